# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # what sources it sets them
# Waiting for a condition, and processes that are started and stopped by their pid. For lib.sh and
# contrib/quickstart; what sources it has a private directory $tmp and a function diag.

started= # the names of what start() started, the newest first
mkdir -p "$tmp/pids"

# ---- waiting: the only place that pauses

# await COMMAND...: tries until COMMAND succeeds, for at most AWAIT_SECONDS (20).
await() {
	await_end=$(($(date +%s) + ${AWAIT_SECONDS:-20}))
	until "$@" >"$tmp/await.out" 2>&1; do
		if [ "$(date +%s)" -ge "$await_end" ]; then
			diag "waited in vain for: $*"
			tail -n 5 "$tmp/await.out" | sed 's/^/#   /'
			return 1
		fi
		sleep "${AWAIT_POLL:-0.05}"
	done
}

# says WANTED COMMAND...: COMMAND prints exactly WANTED.
says() {
	says_wanted=$1
	shift
	says_got=$("$@" 2>&1)
	[ "$says_got" = "$says_wanted" ] || { echo "said: $says_got" && return 1; }
}

# says_like PATTERN COMMAND...: a line that COMMAND prints matches.
says_like() {
	says_wanted=$1
	shift
	says_got=$("$@" 2>&1)
	printf '%s\n' "$says_got" | grep -qE -e "$says_wanted" || { echo "said: $says_got" && return 1; }
}

not() {
	! "$@"
}

# count_lines PATTERN FILE: how many lines match, 0 if there is no file.
count_lines() {
	[ -f "$2" ] || { echo 0 && return; }
	grep -cE -e "$1" "$2" || :
}

# log_has NAME PATTERN; log_count NAME PATTERN: of the log of what start() started.
log_has() {
	grep -qE -e "$2" "$tmp/$1.log"
}

log_count() {
	count_lines "$2" "$tmp/$1.log"
}

# is_listening PATH: somebody listens on this Unix socket.
is_listening() {
	awk -v path="$1" '$4 == "00010000" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix
}

# is_listening_tcp PORT: somebody does, at 127.0.0.1.
is_listening_tcp() {
	awk -v at="0100007F:$(printf %04X "$1")" '$2 == at && $4 == "0A" { found = 1 } END { exit !found }' \
		/proc/net/tcp
}

# ---- processes: started here, and only those are ever stopped

# free_port [udp]: a port of 127.0.0.1 that nobody has.
free_port() {
	python3 -c 'import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM if "udp" in sys.argv else socket.SOCK_STREAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' "$@"
}

# start NAME COMMAND...: in the background, with its output in $tmp/NAME.log.
start() {
	start_name=$1
	shift
	"$@" </dev/null >>"$tmp/$start_name.log" 2>&1 &
	echo $! >"$tmp/pids/$start_name"
	started="$start_name $started"
}

pid_of() {
	cat "$tmp/pids/$1"
}

# Whether a process lives; a zombie does not.
pid_lives() {
	pid_state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -n "$pid_state" ] && [ "$pid_state" != Z ]
}

is_running() {
	[ -f "$tmp/pids/$1" ] && pid_lives "$(pid_of "$1")"
}

# stop NAME [SIGNAL]: ends what start() started and returns its exit status. What does not
# end in time is killed, and the status is 137 then.
stop() {
	stop_pid=$(pid_of "$1" 2>/dev/null) || return 0
	kill "-${2:-TERM}" "$stop_pid" 2>/dev/null || :
	await not pid_lives "$stop_pid" || kill -KILL "$stop_pid" 2>/dev/null || :
	collect "$1"
}

# collect NAME: waits for the end of what ends by itself; returns its exit status.
collect() {
	collect_pid=$(pid_of "$1")
	rm -f "$tmp/pids/$1"
	collect_status=0
	wait "$collect_pid" 2>/dev/null || collect_status=$?
	return "$collect_status"
}
