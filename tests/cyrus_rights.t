#!/bin/sh
# SPDX-License-Identifier: ISC
# The table of rights in contrib/cyrus/README: imsconnd as Cyrus's user, as a plain one, and as one with a
# right more, does each thing with what the table names, and says what is missing without it.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpset

plain_user=games
plain_group=games

# as USER GROUP CAPABILITIES [GROUP]...: imsconnd, with an empty store.
as() {
	imsconn_user=$1 imsconn_group=$2
	shift 2
	imsconnd_as "$@"
	chown "$imsconn_user:$imsconn_group" "$tmp"
	chmod 660 "$tmp/agentx"
	chgrp "$imsconn_group" "$tmp/agentx"
	rm -rf "$tmp/store"
	cyrus_conf disconnect.allow_snmp=true "cyrus.users_command=[ \"$tmp/tools/ctl_mboxlist\", \"-d\" ]"
	start_imsconnd
}

status() {
	snmp_value imscCollectorStatus.0
}

disconnect() {
	snmp_set "imscUserDisconnect.\"$1\"" i 1 >/dev/null
}

# ends USER: both ends of his connection's ports, as far as they are known.
ends() {
	echo "$(session_value "$1" LocalPort) $(session_value "$1" RemotePort)"
}

# read_only COMMAND...: as imsconnd, where Cyrus's folder is so.
read_only() {
	cat >"$tmp/bin/read-only" <<-END
		#!/bin/sh
		mount --bind $cyrus_dir/conf $cyrus_dir/conf && mount -o remount,bind,ro $cyrus_dir/conf && exec "\$@"
	END
	chmod 755 "$tmp/bin/read-only"
	# shellcheck disable=SC2086 # commands and their words
	$imsconn_under "$tmp/bin/read-only" $imsconnd_rights "$@"
}

# come USER: he is in, and seen.
come() {
	hold "$1" imap "$1" idle
	await says_like '^imap' sessions_of "$1"
}

start_cyrus
ietf_mibs
start_syslog
cyrus_tools
start_snmpd
make_inbox ann bob

# ---- Cyrus's own user

as "$cyrus_user" "$cyrus_group" ''
come ann
ok 'as user cyrus, without a capability, it sees who is connected' says ok status
ok 'to where and from where' await says "$imap_port $(event ann connected)" ends ann
ok 'and all users' await says 2 snmp_value imscUsersKnown.0
ok "as long as Cyrus's folder is not read-only" not read_only "$tmp/tools/ctl_mboxlist" -d
# shellcheck disable=SC2086 # commands and their words
ok '... indeed' $imsconn_under $imsconnd_rights "$tmp/tools/ctl_mboxlist" -d
disconnect ann
ok 'and disconnects' await log_has ann ' closed'
stop_imsconnd

# ---- somebody else

hold bob imap bob idle
as "$plain_user" "$plain_group" ''
ok 'as another user it sees nobody, and says what is missing' await says_like \
	"cannot read Cyrus's proc files .*Cyrus's user can, or with \"umask: 027\"" snmp_value imscCollectorLastError.0
is '... indeed' "$(sessions_of bob)" ''
stop_imsconnd
stop bob

stop_cyrus
start_cyrus 'umask: 027'
as "$plain_user" "$plain_group" '' "$cyrus_group"
come cat
ok 'with "umask: 027", a member of its group sees who is connected' says ok status
like 'but not to where' "$(ends cat)" 'No Such|^0 '
ok 'nor does it know all users' await log_has imsconnd \
	"all users cannot be listed: .*ctl_mboxlist ended with status 75: fatal error: can't read mailboxes file"
disconnect cat
ok 'nor does it disconnect, and says what is missing' await log_has syslog 'user="cat".*be root or Cyrus.s user, or have CAP_KILL'
ok '... indeed' not log_has cat ' closed'
stop_imsconnd

as "$plain_user" "$plain_group" ,+kill "$cyrus_group"
come dan
disconnect dan
ok 'with CAP_KILL, it does' await log_has dan ' closed'
stop_imsconnd

as "$plain_user" "$plain_group" ,+sys_ptrace "$cyrus_group"
come eve
ok 'with CAP_SYS_PTRACE, it knows both ends' await says "$imap_port $(event eve connected)" ends eve
stop_imsconnd

# ---- events

stop_cyrus
start_cyrus 'umask: 027' "$(cyrus_event_lines "$tmp/events.sock" imap)"
as "$plain_user" "$plain_group" '' "$cyrus_group"
stop_imsconnd
cyrus_conf "cyrus.event_socket=$tmp/events.sock" "cyrus.event_group=$plain_group"
start_imsconnd
come fay
like "events that Cyrus's group cannot send are not told" "$(session_value fay StoreId)" 'No Such'
stop_imsconnd
cyrus_conf "cyrus.event_socket=$tmp/events.sock" "cyrus.event_group=$cyrus_group"
start_imsconnd
come gil
ok 'those that it can are, and tell both ends without a right' await says "$imap_port $(event gil connected)" ends gil
like 'and whose session it is in the log' "$(session_value gil StoreId)" '^cyrus-'
ok 'imsconnd stops when told' stop_imsconnd
done_testing
