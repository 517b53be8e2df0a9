# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# Private instances of the real snmpd and of imsconnd, and how to ask them. Part of lib.sh.

# ---- SNMP

# ietf_mibs: sets IMSC_MIBDIR to a directory with the IETF's modules, kept for the next time.
ietf_mibs() {
	[ -z "${IMSC_MIBDIR:-}" ] || return 0
	IMSC_MIBDIR=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/imsconn/mibs
	mkdir -p "$IMSC_MIBDIR" 2>/dev/null && [ -w "$IMSC_MIBDIR" ] ||
		IMSC_MIBDIR=$top_builddir/tests/ietf-mibs
	export IMSC_MIBDIR
	"$top_srcdir/contrib/ietf-mibs" "$IMSC_MIBDIR" >"$tmp/mibs.log" 2>&1 ||
		bail "cannot get the IETF's MIB modules: $(tail -n 1 "$tmp/mibs.log")"
}

# With door=module the tables are in snmpd: it loads the module, which stands before imsconnd.
snmpd_module=$top_builddir/agent/imsconn.so
board=$tmp/board

load_module() {
	echo "dlmod imsconn $snmpd_module"
	echo "imsconnBoard $board ${1:-}"
}

# How often the module has found a board and its store.
module_reads() {
	log_count snmpd '^imsconn: reading the store in'
}

# module_serves COMMAND...: what COMMAND asks for is answered with a number; if need be by the module,
# not by imsconnd because it has come first, and with imsconnd behind it.
module_serves() {
	says_like '^[0-9]' "$@" || return 1
	[ "${door:-}" = module ] || return 0
	grep '^imsconn: ' "$tmp/snmpd.log" | tail -n 1 | grep -qE 'reading the store|pseudonyms' &&
		grep 'master agent at' "$tmp/imsconnd.log" | tail -n 1 | grep -q 'connected to'
}

# start_snmpd [LINE]...: a private snmpd with these lines added to its configuration. It reads
# with community public; user "reader" may read, user "operator" may write (v3, authNoPriv).
# Ports and sockets stay the same when it is started again.
start_snmpd() {
	agentx_socket=$tmp/agentx
	snmp_port=${snmp_port:-$(free_port udp)}
	export SNMP_PERSISTENT_DIR="$tmp/snmp/state" SNMPCONFPATH="$tmp/snmp"
	{
		echo "agentaddress udp:127.0.0.1:$snmp_port"
		echo 'rocommunity public 127.0.0.1'
		echo 'createUser reader SHA readerpassword'
		echo 'rouser reader auth'
		echo 'createUser operator SHA operatorpassword'
		echo 'rwuser operator auth'
		echo 'master agentx'
		echo "agentXSocket unix:$agentx_socket"
		[ -z "$imsconnd_rights" ] || echo "agentXPerms 0660 0755 root $imsconn_group"
		echo 'agentXTimeout 5'
		echo 'agentXRetries 0'
		echo 'dontLogTCPWrappersConnects yes'
		[ "${door:-}" != module ] || load_module
		printf '%s\n' "$@"
	} >"$tmp/snmp/test-snmpd.conf"
	rm -f "$agentx_socket"
	start snmpd env MIBS=: snmpd -f -Lo -C -c "$tmp/snmp/test-snmpd.conf" -I -smux
	await snmp_get -t0.2 -r0 -Oqv .1.3.6.1.2.1.1.3.0 || bail 'snmpd does not answer'
}

stop_snmpd() {
	stop snmpd
}

# start_snmptrapd: receives what snmpd sends when it is started with the line $trap_sink. By TCP,
# so that nothing is lost on the way.
start_snmptrapd() {
	ietf_mibs
	trap_port=$(free_port)
	# shellcheck disable=SC2034 # for the tests, which give it to start_snmpd
	trap_sink="trap2sink tcp:127.0.0.1:$trap_port public"
	cp "$top_builddir/mib/IMSCONN-MIB.txt" "$tmp/mibs"
	echo 'authCommunity log public' >"$tmp/snmp/test-snmptrapd.conf"
	start snmptrapd env SNMP_PERSISTENT_DIR="$tmp/snmp/trap-state" snmptrapd -f -Lo -C \
		-c "$tmp/snmp/test-snmptrapd.conf" -M "$tmp/mibs:$IMSC_MIBDIR" -m IMSCONN-MIB -OQsU -n \
		-F 'TRAP|%V|%v\n' "tcp:127.0.0.1:$trap_port" "udp:127.0.0.1:$trap_port"
	await is_listening_tcp "$trap_port" || bail 'snmptrapd does not listen'
}

# traps NAME [TEXT]...: the notifications of this name that snmptrapd has, with all of these texts.
traps() {
	traps_found=$(grep -F ".1.1.4.1.0 = $1|" "$tmp/snmptrapd.log" || :)
	shift
	for traps_text in "$@"; do
		traps_found=$(printf '%s\n' "$traps_found" | grep -F -e "$traps_text" || :)
	done
	[ -z "$traps_found" ] || printf '%s\n' "$traps_found"
}

# trap_count NAME [TEXT]...
trap_count() {
	traps "$@" | wc -l
}

# run_snmp TOOL WHO [OPTION]... [OID...]: WHO is "public" or the name of a v3 user; an option
# and its value are one word (-t5).
run_snmp() {
	snmp_tool=$1
	snmp_who="-v2c -c $2"
	[ "$2" = public ] || snmp_who="-v3 -l authNoPriv -a SHA -u $2 -A ${2}password"
	shift 2
	[ -f "$tmp/mibs/IMSCONN-MIB.txt" ] || [ ! -f "$top_builddir/mib/IMSCONN-MIB.txt" ] ||
		cp "$top_builddir/mib/IMSCONN-MIB.txt" "$tmp/mibs"
	snmp_options=
	while [ $# -gt 0 ]; do
		case $1 in -*) snmp_options="$snmp_options $1" ;; *) break ;; esac
		shift
	done
	snmp_mib='-m :'
	[ ! -f "$tmp/mibs/IMSCONN-MIB.txt" ] || [ -z "${IMSC_MIBDIR:-}" ] || snmp_mib='-m IMSCONN-MIB'
	# shellcheck disable=SC2086 # options are words
	"$snmp_tool" $snmp_who -t 3 -r 1 -M "$tmp/mibs:${IMSC_MIBDIR:-}:/usr/share/snmp/mibs" \
		$snmp_mib $snmp_options "127.0.0.1:$snmp_port" "$@"
}

# snmp_get, snmp_walk, snmp_table [OPTION]... OID...; snmp_set OID TYPE VALUE...
snmp_get() {
	run_snmp snmpget public "$@"
}

snmp_walk() {
	run_snmp snmpwalk public "$@"
}

snmp_table() {
	run_snmp snmptable public "$@"
}

snmp_set() {
	run_snmp snmpset operator "$@"
}

# snmp_value OID: the value alone; a string without its quotes.
snmp_value() {
	run_snmp snmpget public -OqvU "$1" | sed 's/^"\(.*\)"$/\1/'
}

# snmp_rows COLUMN: how many instances it has.
snmp_rows() {
	run_snmp snmpwalk public -Oqn "$1" | grep -cvE 'No Such|No more' || :
}

# oid_number NAME: its OID in numbers, with a dot in front.
oid_number() {
	snmptranslate -On -M "$tmp/mibs:$IMSC_MIBDIR" -m IMSCONN-MIB "IMSCONN-MIB::$1"
}

# ---- imsconnd and imsconnutil

imsconn_under=   # a command that they run under
imsconnd_rights= # and one that takes rights from imsconnd alone

# Who imsconnd is without root's rights: any plain user in place of imsconn, with his group.
imsconn_user=games
imsconn_group=games

# imsconnd_as CAPABILITIES [GROUP]...: from now on imsconnd is that user with these alone: ",+kill",
# or nothing. It owns the directory of the test, and finds itself let in by what is started after
# this: Dovecot by the snippet's last block, snmpd as its example does.
imsconnd_as() {
	need_root
	need setpriv
	as_capabilities=-all$1
	shift
	as_groups=--clear-groups
	[ $# = 0 ] || as_groups=--groups=$(echo "$*" | tr ' ' ,)
	imsconnd_rights="${imsconnd_sees:-} setpriv --reuid $imsconn_user --regid $imsconn_group $as_groups \
		--no-new-privs --inh-caps=$as_capabilities --ambient-caps=$as_capabilities \
		--bounding-set=$as_capabilities"
	chown "$imsconn_user:$imsconn_group" "$tmp"
}

# let_in SOCKET: imsconnd may connect there, whoever it is.
let_in() {
	chgrp "$imsconn_group" "$1"
	chmod 660 "$1"
}

# write_conf [PATH=VALUE]...: $tmp/imsconn.conf with everything private to the test, and these
# on top. Numbers, booleans and arrays stand for themselves, everything else is a string.
write_conf() {
	printf '%s\n' local.imap.enableuserlist=1 local.pop3.enableuserlist=1 \
		local.http.enableuserlist=1 local.enablelastaccess=1 backend=dovecot \
		"dovecot.anvil_socket=$tmp/dovecot/run/anvil" "dovecot.dict_socket=$tmp/dict.sock" \
		"dovecot.dict_group=$(getent group dovecot | cut -d: -f1)" collector.poll_seconds=1 \
		"dovecot.doveadm=${doveadm:-doveadm}" "dovecot.doveconf=${doveconf:-doveconf}" "store.path=$tmp/store" store.map_gib=1 "agentx.socket=$tmp/agentx" \
		"module.board=$([ "${door:-}" != module ] || echo "$board")" "$@" |
		awk '{ at = index($0, "="); value[substr($0, 1, at - 1)] = substr($0, at + 1) }
			END { for (path in value) print path "=" value[path] }' |
		sort | nest_conf >"$tmp/imsconn.conf"
	mkdir -p "$tmp/store"
	[ -z "$imsconnd_rights" ] || chown -R "$imsconn_user:$imsconn_group" "$tmp/store"
}

# Sorted "a.b.c=value" lines as libconfig's nested groups.
nest_conf() {
	awk 'function leave(to) { while (depth > to) { printf "%*s};\n", 2 * --depth, "" } }
	{
		at = index($0, "=")
		value = substr($0, at + 1)
		if (value !~ /^(-?[0-9]+|true|false|\[.*\])$/)
			value = "\"" value "\""
		n = split(substr($0, 1, at - 1), part, ".")
		for (same = 0; same < depth && same < n - 1 && open[same + 1] == part[same + 1]; same++)
			;
		leave(same)
		for (; depth < n - 1; depth++) {
			open[depth + 1] = part[depth + 1]
			printf "%*s%s = {\n", 2 * depth, "", part[depth + 1]
		}
		printf "%*s%s = %s;\n", 2 * depth, "", part[n], value
	}
	END { leave(0) }'
}

# conf_value KEY: a value of the last write_conf, by the last word of its path.
conf_value() {
	sed -n "s/^ *$1 = \"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\};\$/\\1/p" "$tmp/imsconn.conf"
}

# has_open NAME FILE: what start() started has FILE open.
has_open() {
	for fd in "/proc/$(pid_of "$1")"/fd/*; do
		[ "$(readlink "$fd")" != "$2" ] || return 0
	done
	return 1
}

imsconnd_is_up() {
	is_running imsconnd && has_open imsconnd "$(conf_value path)/data.mdb" || return 1
	up_dict=$(conf_value dict_socket)
	[ "$(conf_value backend)" != dovecot ] || [ -z "$up_dict" ] || is_listening "$up_dict" || return 1
	! is_running snmpd || [ "$(conf_value enable)" = false ] || says_like '^[0-9]' snmp_value imscAgentVersion.0
}

# start_imsconnd [OPTION]...: with the last write_conf; waits until it serves.
start_imsconnd() {
	! is_running snmpd || ietf_mibs
	# shellcheck disable=SC2086 # a command and its words
	start imsconnd $imsconn_under $imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf" "$@"
	await imsconnd_is_up || bail 'imsconnd does not come up'
	! is_running snmpd || [ "$(conf_value enable)" = false ] ||
		await module_serves snmp_value imscAgentVersion.0 || bail 'the module does not come up'
}

# run_imsconnd [OPTION]...: in the foreground, as it is started.
run_imsconnd() {
	# shellcheck disable=SC2086 # a command and its words
	$imsconn_under $imsconnd_rights "$imsconnd" -f "$tmp/imsconn.conf" "$@"
}

stop_imsconnd() {
	stop imsconnd "$@"
}

# util OPTION...: imsconnutil, with the last write_conf.
util() {
	# shellcheck disable=SC2086 # a command and its words
	$imsconn_under "$imsconnutil" --config "$tmp/imsconn.conf" "$@"
}

# start_syslog: from now on what imsconnd and imsconnutil tell syslog is in $tmp/syslog.log. They
# see a /dev of their own for that.
start_syslog() {
	mkdir "$tmp/dev"
	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$tmp/dev"
	start syslog python3 -uc 'import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
while True:
    print(log.recv(65536).decode(errors="backslashreplace").rstrip("\0\n"))' "$tmp/dev/log"
	await test -S "$tmp/dev/log"
	chmod 666 "$tmp/dev/log"
	printf '#!/bin/sh\nmount --bind %s /dev && exec "$@"\n' "$tmp/dev" >"$tmp/under-syslog"
	chmod 755 "$tmp/under-syslog"
	imsconn_under="unshare -m $tmp/under-syslog"
}

# ---- what SNMP says of users and sessions

# sessions_of USER: the instances of a user's rows, as imap.3; a plain name only.
sessions_of() {
	snmp_walk -Oqs imscSessionUser | sed -n "s/^imscSessionUser\\.\\([^ ]*\\) \"\\{0,1\\}$1\"\\{0,1\\}\$/\\1/p"
}

# session_value USER COLUMN: of the first of the user's sessions.
session_value() {
	snmp_value "imscSession$2.$(sessions_of "$1" | head -n 1)"
}

# tenths DATE: a DateAndTime as snmpget prints it, in tenths of a second since the epoch.
tenths() {
	date -d "$(echo "$1" | sed 's/,\([0-9:.]*\),\([+-]\)\([0-9]*\):\([0-9]*\)/ \1 \20\3:0\4/
		s/\([+-]\)0\([0-9][0-9]\):/\1\2:/; s/:0\([0-9][0-9]\)$/:\1/')" +%s%1N
}

# between LOW VALUE HIGH
between() {
	echo "is $2 between $1 and $3?"
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}
