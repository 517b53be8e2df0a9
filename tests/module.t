#!/bin/sh
# SPDX-License-Identifier: ISC
# The module inside a real snmpd: what it answers from, what it does where there is nothing, and that
# nothing of this hurts snmpd. The tables themselves are tested by the scripts that run again with
# door=module.

. "${top_srcdir:-.}/tests/lib.sh"
need snmpd snmpget snmpset snmpbulkwalk gcc ldd nm python3 valgrind mdb_dump mdb_load mdb_stat
need_root
# shellcheck disable=SC2034 # for start_snmpd
door=module

null=$top_builddir/tests/bench/null
[ -x "$null" ] || make -s -C "$top_builddir" tests/bench/null >&2 || bail 'cannot build the null subagent'
fixture=$top_builddir/tests/store_fixture
[ -x "$fixture" ] || make -s -C "$top_builddir" tests/store_fixture >&2 || bail 'cannot build store_fixture'
root=.$(sed -n 's/^#define IMSC_OID_ROOT //p' "$top_builddir/config.h" | tr , .)

# plain_conf [PATH=VALUE]...
plain_conf() {
	write_conf backend=none disconnect.allow_snmp=true dovecot.dict_socket= "$@"
}

make_store() {
	rm -rf "${tmp:?}/$1"
	mkdir "$tmp/$1"
	"$fixture" "$tmp/$1" >/dev/null || bail 'cannot make a store'
}

# What says it to a manager: "31 37", or that there is no such object.
rows() {
	snmp_get -Oqv imscSessionRows.0 imscUserRows.0 | sed 's/ rows//' | xargs
}

sees_rows() {
	says_like '^[0-9]+ 37$' rows
}

sees_nothing() {
	says_like 'No Such' rows
}

# said PATTERN: how often the module has said that since forget_said.
forget_said() {
	said_from=$(wc -l <"$tmp/snmpd.log")
}

said() {
	tail -n "+$((said_from + 1))" "$tmp/snmpd.log" | grep -cE "^imsconn: .*$1" || :
}

# tells_once SENTENCE PATTERN: it said this once, though it was asked often, and snmpd lives.
tells_once() {
	for _ in 1 2 3 4 5; do
		rows >/dev/null
	done
	is "$1" "$(said "$2") $(said 'left to imsconnd')" '1 1'
}

# Asked again, it says that it reads.
reads_anew() {
	sees_rows && [ "$(said 'reading the store in')" = 1 ]
}

snmpd_answers() {
	is_running snmpd && says_like '^[0-9]' snmp_get -Oqvt -t1 -r0 .1.3.6.1.2.1.1.3.0
}

snmpd_and_module_answer() {
	snmpd_answers && sees_rows
}

# ---- what it is made of

nm -D --undefined-only "$snmpd_module" | sed 's/@.*//; s/.* //' >"$tmp/imports"
is 'nothing of it ends snmpd, waits, or changes signals and threads' \
	"$(grep -xE '_?_?(abort|_?exit|_Exit|fork|vfork|exec.*|system|popen|kill|raise|signal|sig.*|pthread_.*|thrd_.*|sleep|usleep|nanosleep|poll|select|wait.*|connect|socket|fsync|fdatasync|flock|lockf|printf|fprintf|puts|fputs|perror|openlog|syslog|vsyslog|assert_fail|x[a-z]*alloc)' "$tmp/imports")" ''
ok 'the list is no empty one' grep -qx snmp_log "$tmp/imports"
is 'all that it needs is in its libraries' "$(ldd -r "$snmpd_module" 2>&1 | grep -E 'undefined|not found')" ''
is 'it shows snmpd its two functions alone' \
	"$(nm -D --defined-only "$snmpd_module" | sed 's/.* //' | sort | xargs)" 'deinit_imsconn init_imsconn'

# ---- nothing there yet

ietf_mibs
plain_conf
start_snmpd
forget_said
ok 'without a board there is nothing' sees_nothing
tells_once 'which is told once' "there is no board \"$board\""
like 'and nothing can be set' \
	"$(snmp_set "$root.1.4.1.1.9.3.97.110.110" i 1 2>&1)" 'resourceUnavailable'
make_store store
start_imsconnd
ok 'it is there when imsconnd is' await sees_rows
is 'which is told, too' "$(said 'reading the store in')" 1
is 'a SET goes to imsconnd' "$(snmp_set -Oqv imscUserDisconnect.\"bob\" i 1)" true
ok 'and is done there' await log_has imsconnd 'disconnect user="bob"'

# ---- readers

# What LMDB's table of readers has of snmpd: its transaction, - if none. The library lets a
# request go after its answer is sent, so who was answered may be earlier than that.
held_by_snmpd() {
	mdb_stat -r "$tmp/store" | awk -v pid="$(pid_of snmpd)" '$1 == pid { print $3 }'
}

ok 'nothing of the store is held between requests' await says - held_by_snmpd
run_snmp snmpbulkwalk public -m: -Onq -Cr50 "$root.1" >"$tmp/walk"
ok 'nor after a walk' await says - held_by_snmpd
stop snmpd KILL 2>/dev/null
start_snmpd
ok 'a new snmpd reads at once' sees_rows

# ---- imsconnd comes and goes

status() {
	snmp_value imscCollectorStatus.0
}

is 'what is served is as imsconnd says' "$(snmp_value imscCollectorLastSuccess.0)" '2026-11-20,12:34:56.7,+0:0'
stop imsconnd KILL 2>/dev/null || :
ok 'the rows stay when imsconnd is gone' sees_rows
is 'but are stale' "$(status)" stale
like 'and nothing can be set' "$(snmp_set imscUserDisconnect.\"ann\" i 1 2>&1)" 'resourceUnavailable'
start_imsconnd
ok 'they are there when it is back' sees_rows
ok 'and can be set again' await says false snmp_set -Oqv imscUserDisconnect.\"ann\" i 2
stop_imsconnd

# ---- stores that are none, each with an imsconnd that is gone, and then a good one again

# with_store SENTENCE PATTERN: snmpd, started anew, tells this of $tmp/store as it is now, once; and goes
# on as soon as there is a good one.
with_store() {
	stop_snmpd
	start_snmpd
	forget_said
	ok "$1: there is nothing" sees_nothing
	tells_once "$1: that is told once" "$2"
	ok "$1: snmpd goes on" snmpd_answers
	make_store next
	rm -rf "$tmp/store"
	mv "$tmp/next" "$tmp/store"
	ok "$1: a good store is found" await sees_rows
}

rm -rf "$tmp/store"
with_store 'a store that is not there' 'cannot open ".*/store/lock.mdb": No such file'
mdb_dump -s meta "$tmp/store" | sed '/^ 736368656d61/{n;s/.*/ 0000000000000063/;}' >"$tmp/meta"
mdb_load -f "$tmp/meta" -s meta "$tmp/store"
with_store 'a newer store' 'has schema 99'
head -c 100000 /dev/urandom >"$tmp/store/data.mdb"
with_store 'a file that is no store' 'data.mdb" is no store'
truncate -s 20480 "$tmp/store/data.mdb"
with_store 'a file that was cut short' 'data.mdb" was cut short'
: >"$tmp/store/data.mdb"
with_store 'an empty file' 'cannot open the store|is no store'
stop_snmpd
start locker python3 -c 'import fcntl, signal, sys
lock = open(sys.argv[1], "r+")
fcntl.lockf(lock, fcntl.LOCK_EX)
print("locked", flush=True)
signal.pause()' "$tmp/store/lock.mdb"
ok 'somebody has the store to himself' await log_has locker locked
with_store 'a store that somebody has to himself' 'lock.mdb" is locked'
stop locker 2>/dev/null || :

# ---- what happens beneath an open store

forget_said
mv "$tmp/store" "$tmp/moved"
make_store store
ok 'a store that is replaced is opened anew' await reads_anew
rm -rf "$tmp/moved"
ok 'and read' sees_rows
forget_said
truncate -s 8192 "$tmp/store/data.mdb"
ok 'a store that is cut short beneath it is given up' await sees_nothing
tells_once 'which is told once' 'was cut short'
ok 'snmpd goes on' snmpd_answers
make_store store
ok 'and finds a good one' await sees_rows
forget_said
rm -rf "$tmp/store"
ok 'a store that was taken away is given up' await sees_nothing
make_store store
ok 'and found when it is back' await sees_rows

# ---- boards that are none

# with_board SENTENCE: nothing comes of the board as it is now.
with_board() {
	forget_said
	ok "$1 is none" await sees_nothing
	tells_once 'which is told once' "$2"
	start_imsconnd
	ok 'imsconnd makes it one' await sees_rows
	stop_imsconnd
}

rm -f "$board"
with_board 'a board that was taken away' 'there is no board'
head -c 30000 /dev/urandom >"$board"
with_board 'a board of noise' 'is not one of imsconn'
truncate -s 20 "$board"
with_board 'a board that was cut short' 'is not one of imsconn'
sed -i 's/^imsconn [0-9.]*/imsconn 9.9.9/' "$board"
with_board "another version's board" 'is not one of imsconn'
rm -f "$board"
mkfifo "$board"
forget_said
ok 'a pipe is no board' await sees_nothing
tells_once 'which is told once' 'is no plain file'
rm -f "$board"

# ---- imsconnd answers what the module may not

plain_conf privacy.mode=pseudonymous "privacy.key_file=$tmp/key"
(umask 077 && head -c 32 /dev/urandom >"$tmp/key")
forget_said
start_imsconnd
pseudonym=$(snmp_walk -OqvU imscUserName | head -n 1)
like 'pseudonyms come from imsconnd' "$pseudonym" '^"?[0-9a-f]{32}"?$'
is 'which is told once' "$(said 'pseudonyms are made by imsconnd alone')" 1
stop_imsconnd
ok 'and from nobody else' sees_nothing
plain_conf
start_imsconnd
ok 'names come from the module again' await reads_anew

# ---- two imsconnd, one board

sed 's,^\( *path = \).*,\1"'"$tmp/other"'";,' "$tmp/imsconn.conf" >"$tmp/other.conf"
like 'a second imsconnd does not take the board' \
	"$("$imsconnd" -f "$tmp/other.conf" 2>&1)" "the board \"$board\" is kept by another imsconnd"

# ---- loaded, unloaded, and asked for a long time

descriptors() {
	find "/proc/$(pid_of snmpd)/fd" -mindepth 1 | wc -l
}

anonymous_kb() {
	awk '/^Anonymous:/ { print $2 }' "/proc/$(pid_of snmpd)/smaps_rollup"
}

# walks N: so many walks, of 21 requests each.
walks() {
	walks_left=$1
	while [ "$walks_left" -gt 0 ]; do
		run_snmp snmpbulkwalk public -m: -Onq -Cr50 "$root.1" >"$tmp/walk.now" || return 1
		walks_left=$((walks_left - 1))
	done
}

hup() {
	hup_from=$(log_count snmpd 'imsconn .* is loaded')
	kill -HUP "$(pid_of snmpd)"
	await says $((hup_from + 1)) log_count snmpd 'imsconn .* is loaded' &&
		await says_like '^[0-9]' snmp_value imscAgentVersion.0
}

stop_imsconnd # nobody is behind: what is seen is the module's
stop_snmpd
start_snmpd
ok 'after a start it reads' await sees_rows
walks 20
hup
fds=$(descriptors)
memory=$(anonymous_kb)
ok 'it is walked a hundred times' walks 100
is 'and has as many descriptors' "$(descriptors)" "$fds"
ok 'and as much memory' between 0 "$(anonymous_kb)" $((memory + 256))
for _ in 1 2 3 4 5 6 7 8 9 10; do
	hup
done
ok 'it is read again by HUP, ten times' sees_rows
is 'and has as many descriptors' "$(descriptors)" "$fds"

# A request that waits for another agent, while the module is unloaded and loaded again. That
# agent is under the next arc.
other_root=$(echo "$root" | awk -F . -v OFS=. '{ $NF = $NF + 1; print }')
start null "$null" "$tmp/agentx" 100
other_answers() {
	says_like user run_snmp snmpgetnext public -m: -Onq "$other_root.1.3.1.1.2"
}
ok 'another agent is there' await other_answers
kill -STOP "$(pid_of null)"
start delegated snmpbulkget -v2c -c public -t 20 -r 0 -m : -Onq -Cn0 -Cr3 "127.0.0.1:$snmp_port" \
	"$root.1.3.1.1.2" "$other_root.1.3.1.1.2"
ok 'a request that waits for it holds a picture' await not says - held_by_snmpd
ok 'which the next request ends' snmpd_and_module_answer
ok 'so that it is not held for long' await says - held_by_snmpd
hup
kill -CONT "$(pid_of null)"
ok 'it is answered after a HUP' collect delegated
is 'as a whole' "$(grep -c user "$tmp/delegated.log")" 3
stop null
ok 'and snmpd goes on' snmpd_answers

# UCD-DLMOD-MIB, by which a manager may load and unload modules.
dlmod_status=$(run_snmp snmpwalk public -m: -Onq .1.3.6.1.4.1.2021.13.14.2.1.5 | sed 's/ .*//' | head -n 1)
ok 'a manager may unload it' snmp_set -m: "$dlmod_status" i 5
ok 'then there is nothing' sees_nothing
ok 'and load it again' snmp_set -m: "$dlmod_status" i 4
ok 'snmpd goes on' snmpd_answers
stop_snmpd
is 'snmpd ends as it should' "$?" 0

# ---- an SNMP context, and lines that are wrong

start_snmpd 'com2sec -Cn tenant tenants default tenants' 'group tenants v2c tenants' 'view all included .1' \
	'access tenants tenant any noauth exact all none none' "imsconnBoard $tmp/other.board tenant" \
	"imsconnBoard $board twice" 'imsconnBoard relative' "imsconnBoard $tmp/more.board $(printf %033d 0)"
forget_said
tenant_rows() {
	snmpget -v2c -c tenants -m : -Oqv "127.0.0.1:$snmp_port" "$root.1.1.13.0"
}
ok 'the default context has its board' await sees_rows
ok 'and another one its own' says_like 'No Such' tenant_rows
sed "s,$board,$tmp/other.board,; s,\"$tmp/store\",\"$tmp/other\"," "$tmp/imsconn.conf" >"$tmp/other.conf"
make_store other
start other "$imsconnd" -f "$tmp/other.conf" -x "$tmp/nowhere"
ok 'from which it is answered' await says 37 tenant_rows
stop other
for fault in 'the board is there already' 'is no absolute path' 'more than 32 octets'; do
	ok "snmpd is told: $fault" log_has snmpd "$fault"
done
stop_snmpd

# ---- looked at from within

# Walks, a SET, HUP, a store and a board that go.
live_through() {
	AWAIT_SECONDS=60 await sees_rows && walks 1 && hup &&
		await snmp_set imscUserDisconnect.\"ann\" i 1 && stop_imsconnd || return 1
	truncate -s 8192 "$tmp/store/data.mdb"
	await sees_nothing || return 1
	make_store store
	await sees_rows && walks 1 && rm "$board" && await sees_nothing
}

# snmpd_under COMMAND...: snmpd lives through that under COMMAND, and ends as it should.
snmpd_under() {
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$*" "$(command -v snmpd)" >"$tmp/bin/snmpd"
	chmod 755 "$tmp/bin/snmpd"
	make_store store
	start_imsconnd
	PATH=$tmp/bin:$PATH AWAIT_SECONDS=90 start_snmpd
	lived=0
	live_through || lived=1
	stop_imsconnd
	stop_snmpd && [ "$lived" = 0 ]
}

mkdir "$tmp/bin"
ok 'snmpd ends well under valgrind' snmpd_under valgrind -q --leak-check=full --log-file="$tmp/valgrind.out"
is 'which sees nothing wrong, and no leak of the module' "$(grep -E \
	'Invalid|ninitialised|Syscall param|liblmdb|(module|answer|table|view|store|board)[a-z_]*\.c:' \
	"$tmp/valgrind.out")" ''

build_sanitized() {
	mkdir "$tmp/build" && cd "$tmp/build" || return 1
	"$top_srcdir/configure" --quiet CC=gcc \
		CFLAGS='-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' &&
		make -s agent/imsconn.so
}
ok 'the module builds with sanitizers' build_sanitized
snmpd_module=$tmp/build/agent/imsconn.so
ok 'snmpd ends well with them' snmpd_under env "LD_PRELOAD=$(gcc -print-file-name=libasan.so)" \
	"ASAN_OPTIONS=detect_leaks=0:log_path=$tmp/asan"
is 'and they see nothing wrong' "$(cat "$tmp"/asan.* 2>/dev/null)" ''
snmpd_module=$top_builddir/agent/imsconn.so
plain_conf
make_store store
start_imsconnd

# ---- snmpd as a user of its own, as Debian has it

chgrp games "$tmp/store" "$tmp/store/data.mdb" "$tmp/store/lock.mdb" "$board"
chmod 750 "$tmp/store"
chgrp root "$tmp/store/lock.mdb"
start_snmpd 'agentuser games' 'agentgroup games'
forget_said
ok 'who may not write the file of locks sees nothing' sees_nothing
tells_once 'and is told so' 'snmpd may not write ".*/lock.mdb".*let its user into the group'
chgrp games "$tmp/store/lock.mdb"
ok 'in its group he sees all' await sees_rows
stop_snmpd

done_testing
