#!/bin/sh
# SPDX-License-Identifier: ISC
# The socket of Cyrus's events: who is believed there, and that nobody waits for imsconnd, whatever
# becomes of it.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk setpriv

logins() {
	snmp_value imscServiceLogins.pop3
}

# come COUNT: so many short sessions, one after the other, in the background; their log is come.log.
come() {
	rm -f "$tmp/come.log"
	start come python3 "$top_srcdir/tests/mail_client.py" burst pop3 "$pop3_port" "$1" 1 'ann%.0s'
}

all_came() {
	log_has come " done ok=$1 failed=0"
}

# A process of Cyrus waits until its event is taken.
is_held_up() {
	for held in "$cyrus_proc"/[0-9]*; do
		! grep -q unix_wait_for_peer "/proc/$(basename "$held")/wchan" 2>/dev/null || return 0
	done
	return 1
}

# send [EVENT [USER]]...: from one process, which stays until all was read; EVENT is the event's pid, or
# "self", or what is sent as it is.
send() {
	python3 - "$events" "$@" <<-'END'
		import array, fcntl, json, os, socket, sys, termios, time
		sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		words = sys.argv[2:]
		for pid, user in zip(words[::2], words[1::2]):
		    if pid == "raw":
		        sender.sendto(user.encode(), sys.argv[1])
		        continue
		    event = {"event": "Login", "service": "imap", "user": user,
		             "pid": os.getpid() if pid == "self" else int(pid)}
		    sender.sendto(b"imsconn\0EVENT\0\0\0\0" + b"0\0" + json.dumps(event).encode() + b"\0", sys.argv[1])
		# What is read behind the last one tells that that one was looked at.
		for _ in range(2):
		    sender.sendto(b"end", sys.argv[1])
		    unread = array.array("i", [1])
		    while unread[0] > 0:
		        fcntl.ioctl(sender, termios.TIOCOUTQ, unread)
		        time.sleep(0.01)
	END
}

# as USER COMMAND...: with his own group alone.
as() {
	as_user=$1
	shift
	# shellcheck disable=SC2016 # the expansions are the inner shell's
	setpriv --reuid "$as_user" --regid "$(id -g "$as_user")" --clear-groups sh -c '. "$0"; "$@"' "$tmp/send.sh" "$@"
}

ietf_mibs
start_snmpd
events=$tmp/events.sock
{
	echo "events=$events"
	sed -n '/^send() {/,/^}/p' "$0"
} >"$tmp/send.sh"
start_cyrus "$(cyrus_event_lines "$events" imap pop3)"

# ---- without the socket
cyrus_conf
start_imsconnd
kill -STOP "$(pid_of imsconnd)"
come 60
ok 'an imsconnd that stands still holds nobody up' await all_came 60
collect come
kill -CONT "$(pid_of imsconnd)"
stop_imsconnd

# ---- with it
cyrus_conf "cyrus.event_socket=$events" "cyrus.event_group=$cyrus_group"
start_imsconnd
is 'the socket is for its group' "$(stat -c '%G %a' "$events")" "$cyrus_group 660"
ok 'carl comes' hold carl imap carl
ok 'and is listed' await says_like '^imap\.' sessions_of carl

# Two events each; more than the kernel keeps.
kept=$(cat /proc/sys/net/unix/max_dgram_qlen)
more=$((kept + 20))
before=$(logins)
kill -STOP "$(pid_of imsconnd)"
come "$more"
ok 'an imsconnd that stands still lets them wait then' await is_held_up
diag "$(log_count come ' login ') had logged in; net.unix.max_dgram_qlen is $kept"
kill -CONT "$(pid_of imsconnd)"
ok 'until it goes on' await all_came "$more"
collect come
ok 'and all are counted' await says $((before + more)) logins

kill -STOP "$(pid_of imsconnd)"
come "$more"
ok 'they wait' await is_held_up
stop_imsconnd KILL
ok 'or until it is dead' await all_came "$more"
collect come
ok 'the dead socket is still there' test -S "$events"
come 20
ok 'and nobody waits for it' await all_came 20
collect come
start_imsconnd
ok 'another imsconnd takes its place' await says_like '^imap\.' sessions_of carl
before=$(logins)
come 5
ok 'they come' await all_came 5
collect come
ok 'and are counted' await says $((before + 5)) logins

# ---- who is believed
ok 'what another process says of one' send "$(basename "$(proc_file carl)")" zed
ok 'is refused' await log_has imsconnd 'refused: process [0-9]+ sent it for process'
ok 'or says as Cyrus, of itself' as "$cyrus_user" send self zed 1 zed raw nonsense raw ''
ok 'or says as somebody else' not as games send self zed
chmod 666 "$events"
ok 'even where he may' as games send self zed
python3 - "$events" <<-'END' || :
	import os, socket, sys
	sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	for size in list(range(0, 300)) + [8191, 8192, 8193, 100000]:
	    sender.sendto(os.urandom(size), sys.argv[1])
END
ok 'after all that dora comes' hold dora imap dora
ok 'and is listed' await says_like '^imap\.' sessions_of dora
is 'and nobody but who came' "$(snmp_walk -Oqv imscSessionUser | tr -d '"' | sort | tr '\n' ' ')" 'carl dora '
is 'nobody else was ever there' "$(snmp_get -Oqv 'imscUserName."zed"' | grep -c zed)" 0
is 'it was said once' "$(log_count imsconnd 'is refused')" 1

# ---- other keys while it runs
cyrus_conf "cyrus.event_socket=$tmp/other.sock" "cyrus.event_group=$cyrus_group"
kill -HUP "$(pid_of imsconnd)"
ok 'another socket needs a restart' await log_has imsconnd 'only with a restart: cyrus\.event_socket'
ok 'the socket stays' test -S "$events"
stop_imsconnd
ok 'and goes with imsconnd' not test -e "$events"
come 5
ok 'then nobody waits' await all_came 5
collect come

# ---- what cannot be written at once
rm -rf "$tmp/store"
cyrus_conf collector.poll_seconds=1 "cyrus.event_socket=$events" "cyrus.event_group=$cyrus_group"
mount -t tmpfs -o size=1m none "$tmp/store"
start_imsconnd
ok 'carl is listed again' await says_like '^imap\.' sessions_of carl
before=$(logins)
head -c 2m /dev/zero >"$tmp/store/filler" 2>/dev/null
rm -f "$tmp/come.log"
start come python3 "$top_srcdir/tests/mail_client.py" burst pop3 "$pop3_port" 100 4 'u%d'
ok 'with a full disk all get in' await all_came 100
collect come
ok 'it is told' await log_has imsconnd 'error: .*(space|full)'
rm "$tmp/store/filler"
ok 'what was not written is when there is room' await says $((before + 100)) logins
stop_imsconnd
umount "$tmp/store"

# ---- a socket that cannot be had
cyrus_conf "cyrus.event_socket=$events" cyrus.event_group=nobody-has-this
status=0
said=$(run_imsconnd 2>&1) || status=$?
like 'a group that there is not is named, with its key' "$said" \
	'there is no group "nobody-has-this"; name the group of those who connect in cyrus.event_group'
is 'and imsconnd does not start' "$status" 71

done_testing
