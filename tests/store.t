#!/bin/sh
# SPDX-License-Identifier: ISC
# The store when things go wrong: a full disk, a newer schema, a broken file, readers that are killed,
# and readers who are not root. imsconnd says so, and goes on serving what it has.

# Mounts of this test are its own, and go with it.
[ -n "${own_mounts:-}" ] || [ "$(id -u)" != 0 ] || ! command -v unshare >/dev/null ||
	exec unshare -m env own_mounts=1 sh "$0" "$@"

. "${top_srcdir:-.}/tests/lib.sh"
need_root
need snmpd snmpget mdb_dump mdb_load mdb_stat setpriv unshare python3

dict_socket=$tmp/dict.sock
dict_client() {
	command=$1
	shift
	python3 "$top_srcdir/tests/dict_client.py" "$command" "$dict_socket" "$@"
}

status() {
	snmp_value imscCollectorStatus.0
}

# starts_not [WRAPPER]...: how imsconnd ends that cannot start: its last words and its exit status.
starts_not() {
	start refused "$@" "$imsconnd" -f "$tmp/imsconn.conf"
	await not is_running refused
	refusal=0
	collect refused || refusal=$?
	echo "$(tail -n 1 "$tmp/refused.log") [$refusal]"
}

# as_user USER GROUP COMMAND...: with no other rights.
as_user() {
	as_uid=$1
	as_gid=$2
	shift 2
	setpriv --reuid "$as_uid" --regid "$as_gid" --clear-groups --no-new-privs \
		--inh-caps=-all --bounding-set=-all "$@"
}

has_refused() {
	[ "$(log_count storm " again .*b'F")" -ge "$1" ]
}

# The places that are taken in the store's list of readers.
count_readers() {
	mdb_stat -r "$tmp/store" | grep -c '^ *[0-9]'
}

waits_for_pipe() {
	grep -q pipe_write "/proc/$(pid_of "$1")/wchan"
}

ietf_mibs
start_snmpd

# ---- a full disk

mkdir "$tmp/store"
mount -t tmpfs -o size=1m none "$tmp/store"
write_conf
start_imsconnd
is 'with room, a login is acknowledged' "$(dict_client put first)" O
start storm python3 "$top_srcdir/tests/dict_client.py" storm "$dict_socket" 3000 4 \
	"$(printf '%0500d' 0)-%d"
ok 'a full disk is noticed' await log_has imsconnd 'error: .*(space|full)'
ok 'logins that cannot be recorded are refused, not swallowed' await has_refused 50
is 'imsconnd goes on serving' "$(snmp_value 'imscUserName."first"')" first
rows=$(snmp_value imscUserRows.0)
ok 'all that was acknowledged' test "$rows" -gt "$(log_count storm ' acked ')"
# There is no Dovecot either, so that the last error is in turn the one and the other.
ok 'its last error says why' await says_like 'space|full' snmp_value imscCollectorLastError.0
ok 'the command reads it, too' says_like '^first ' util -a -u first
said=$(grep -oE 'error: cannot write|can be written again' "$tmp/imsconnd.log")
is 'it says so once a time, not once a login' "$(echo "$said" | uniq)" "$said"
mount -o remount,size=64m "$tmp/store"
ok 'with room again, imsconnd finds it by itself' await log_has imsconnd 'can be written again'
is 'and a login is acknowledged' "$(dict_client put third)" O
ok 'those who tried again get in' await log_has storm ' done'
stop storm
is 'and none is lost' "$(snmp_value imscUserRows.0)" 3002
stop_imsconnd
ok 'the store is whole' mdb_stat -a "$tmp/store"
umount "$tmp/store"
ok 'imsconnd stopped when told' not is_running imsconnd

# ---- a store that is not ours to read

start_imsconnd
dict_client put ann >/dev/null
stop_imsconnd
cp -r "$tmp/store" "$tmp/good"
mdb_dump -s meta "$tmp/store" >"$tmp/meta"
sed '/^ 736368656d61/{n;s/.*/ 0000000000000063/;}' "$tmp/meta" >"$tmp/meta.new"
ok 'the mark of the schema is where it was' not cmp -s "$tmp/meta" "$tmp/meta.new"
mdb_load -f "$tmp/meta.new" -s meta "$tmp/store"
like 'a store with a newer schema is refused by name and number' "$(starts_not)" \
	"error: .*$tmp/store.* 99, .* up to [0-9]+: .*\[74\]$"
mdb_dump -s user "$tmp/store" >"$tmp/user.after"
mdb_dump -s user "$tmp/good" >"$tmp/user.before"
ok 'and left as it is' cmp "$tmp/user.before" "$tmp/user.after"
said=$(util -a 2>&1) || :
like 'the command refuses it, too' "$said" 'schema 99'
rm -rf "$tmp/store"
mkdir "$tmp/store"
head -c 100000 /dev/urandom >"$tmp/store/data.mdb"
like 'a file that is no store is refused' "$(starts_not)" "$tmp/store/data.mdb.*no store.*\[74\]$"
rm -rf "$tmp/store"
cp -r "$tmp/good" "$tmp/store"
truncate -s 20480 "$tmp/store/data.mdb"
like 'so is one that was cut short' "$(starts_not)" "$tmp/store/data.mdb.*cut short.*\[74\]$"
rm -rf "$tmp/store"
echo 'a file' >"$tmp/store"
like 'and one that is no directory' "$(starts_not)" "$tmp/store.*\[74\]$"
rm -f "$tmp/store"
cp -r "$tmp/good" "$tmp/store"
start_imsconnd
like 'two of us do not write at once' "$(starts_not)" 'error: .*\[7[14]\]$'

# ---- readers that are killed

seq -f 'r%g' 3000 | python3 -c 'import runpy, sys
client = runpy.run_path(sys.argv[1])
for user in sys.stdin:
    with client["connect"](sys.argv[2]) as s:
        s.sendall(client["record"](user.strip().encode()))
        s.recv(9)' "$top_srcdir/tests/dict_client.py" "$dict_socket"
mkfifo "$tmp/stuck"
# stick NAME COMMAND...: it cannot go on once the pipe is full.
stick() {
	stuck=$1
	shift
	# shellcheck disable=SC2016 # the inner shell expands
	start "$stuck" sh -c 'exec 3<>"$0"; exec "$@" >&3' "$tmp/stuck" "$@"
}
stick util "$imsconnutil" --config "$tmp/imsconn.conf" -a
ok 'the command gets stuck in a pipe that nobody reads' await waits_for_pipe util
own=$(count_readers)
for k in 1 2 3 4 5; do
	stick "reader$k" mdb_dump -s user "$tmp/store"
done
ok 'five readers are stuck within the store' await says $((own + 5)) count_readers
is 'but not our command' "$(mdb_stat -r "$tmp/store" | grep -c "^ *$(pid_of util) ")" 0
for k in 1 2 3 4 5; do
	stop "reader$k" KILL
done
stop util
is 'after they were killed logins are acknowledged' "$(dict_client put late)" O
ok 'and others read' says_like '^late ' util -a -u late
ok 'imsconnd clears their places' await says "$own" count_readers
stop_imsconnd

# ---- readers who are not root

group=$(getent group mail | cut -d: -f3)
rm -rf "$tmp/store"
mkdir "$tmp/store"
chown "nobody:$group" "$tmp/store"
chmod 750 "$tmp/store"
dict_socket=$tmp/store/dict.sock
write_conf dovecot.dict_group= "dovecot.dict_socket=$dict_socket" agentx.enable=false
imsconn_under="setpriv --reuid nobody --regid $group --clear-groups"
start_imsconnd
imsconn_under=
is 'imsconnd needs no root for its store' "$(dict_client put ann)" O
is 'nobody else can read it' "$(stat -c '%a' "$tmp/store/data.mdb")" 640
ok 'a member of its group can' says_like '^ann ' \
	as_user games "$group" "$imsconnutil" --config "$tmp/imsconn.conf" -a -u ann
refusal=0
said=$(as_user games games "$imsconnutil" --config "$tmp/imsconn.conf" -a 2>&1) || refusal=$?
like 'others are told what they lack' "$said" 'permission denied.*group mail'
is 'with exit status 77' "$refusal" 77
stop_imsconnd
chown root:root "$tmp/store"
chmod 700 "$tmp/store"
like 'a store that imsconnd may not open ends it' \
	"$(starts_not setpriv --reuid nobody --regid "$group" --clear-groups)" \
	"$tmp/store.*permission denied.*\[74\]\$"
done_testing
