#!/bin/sh
# SPDX-License-Identifier: ISC
# Names that nobody expects, of users who really log in: they go through login, poll, store, tables,
# command and disconnect unharmed, and harm nobody.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights ,+kill # Dovecot 2.4 itself does not end those whose names it escapes
need snmpd snmpset snmpbulkwalk

dict_put() {
	python3 "$top_srcdir/tests/dict_client.py" put "$dict_socket" "$@"
}

count=18
# name_of NUMBER: the octets themselves; shown_of: as the command shows them.
name_of() {
	case $1 in
	1) printf '../../etc' ;;
	2) printf ' a  b c ' ;;
	3) printf 'tab\there' ;;
	4) printf '"double" and '\''single'\' ;;
	5) printf 'new\nline' ;;
	6) printf 'j\303\274rgen\342\202\254\360\237\220\247' ;;
	7) printf 'x' ;;
	8) printf '%096d' 8 ;;
	9) printf '%097d' 9 ;;
	10) printf '%0254d' 10 ;;
	11) printf 'a|b|c' ;;
	12) printf 'octet\001tone' ;;
	13) printf 'bad\377\300utf' ;;
	14) printf -- '-u' ;;
	15) printf '%%s%%n%%u' ;;
	16) printf 'a*?[b]' ;;
	17) printf 'esc\033[31m' ;;
	18) printf 'back\\slash' ;;
	esac
}

shown_of() {
	case $1 in
	3) printf '%s' 'tab\x09here' ;;
	5) printf '%s' 'new\x0aline' ;;
	12) printf '%s' 'octet\x01tone' ;;
	13) printf '%s' 'bad\xff\xc0utf' ;;
	17) printf '%s' 'esc\x1b[31m' ;;
	*) name_of "$1" ;;
	esac
}

# oid_of NUMBER: the instance of the user's row. A name that is too long is looked up.
oid_of() {
	length=$(name_of "$1" | wc -c)
	if [ "$length" -gt 96 ]; then
		snmp_walk -Oqn imscUserName | sed -n "s/^$(oid_number imscUserName)\\.\\([^ ]*\\) $(name_of "$1")\$/\\1/p"
	else
		echo "$length$(name_of "$1" | od -An -v -tu1 | tr -s ' \n' '..' | sed 's/\.$//')"
	fi
}

# all_names COLUMN: the octets of every row in hexadecimal, sorted.
all_names() {
	run_snmp snmpbulkwalk public -m: -Oqnx "$(oid_number "$1")" | python3 -c 'import re, sys
for row in re.split(r"^\.1\.3", sys.stdin.read(), flags=re.M)[1:]:
    print("".join(re.findall(r"\b[0-9A-F]{2}\b", row.split("\"", 1)[1])))' | sort
}

wanted_names() {
	for k in $(seq "$count"); do
		name_of "$k" | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F
		echo
	done | sort
}

numbers() {
	seq "$1" 2 "$count"
}

ietf_mibs
start_snmpd
start_dovecot
write_conf disconnect.allow_snmp=true
start_imsconnd
for k in $(seq "$count"); do
	hold "c$k" imap "$(name_of "$k")" || ok "user $k can log in" false
done
is "$count users log in" "$(cat "$tmp"/c*.log | grep -c ' ready')" "$count"
ok 'all of them are listed' await says "$count" snmp_value imscServiceUsers.imap
is 'with names as they are, octet for octet' "$(all_names imscSessionUser)" "$(wanted_names)"
is 'so is the user table' "$(all_names imscUserName)" "$(wanted_names)"
is 'every login is recorded, and by no name but its own' \
	"$(snmp_walk -Oqvs imscSessionLoginTimeSource | sort | uniq -c | tr -s ' ')" " $count recorded"
is 'no row has more than 128 sub-identifiers' \
	"$(snmp_walk -Oqn imscUserTable | awk '/^\./ && gsub(/\./, ".", $1) > 128' | wc -l)" 0
for k in $(seq "$count"); do
	util -c -s imap -u "$(name_of "$k")" >"$tmp/out"
	is "the command shows user $k, escaped, and nobody else" \
		"$(sed -n 2p "$tmp/out" | cut -c "1-$(shown_of "$k" | wc -c)"); $(wc -l <"$tmp/out")" \
		"$(shown_of "$k"); 3"
	ok 'and his last access' util -a -u "$(name_of "$k")"
done
is 'no octet that steers a terminal gets out' "$(util -c -a | tr -d '\n\040-\176\200-\377' | wc -c)" 0
for k in $(seq "$count"); do
	ok "the row of user $k is found by his name" says 1 snmp_value "imscUserSessions.$(oid_of "$k")"
done

# ---- the store keeps them

stop_imsconnd
start_imsconnd
is 'after a restart all have their names' "$(all_names imscUserName)" "$(wanted_names)"
is 'and are connected once' "$(snmp_value imscServiceSessions.imap)" "$count"

# ---- disconnecting: the odd ones by the command, the even ones by SNMP

for k in $(numbers 1); do
	is "the command disconnects user $k" "$(util -k -u "$(name_of "$k")")" \
		"Disconnected user $(shown_of "$k"): 1 connections."
done
ok 'only they are gone' await says $((count / 2)) snmp_value imscServiceSessions.imap
for k in $(numbers 2); do
	ok "a SET disconnects user $k" snmp_set "imscUserDisconnect.$(oid_of "$k")" i 1
done
ok 'all are gone' await says 0 snmp_value imscServiceSessions.imap
is 'each client was told good-bye' "$(cat "$tmp"/c*.log | grep -c 'received \* BYE')" "$count"
is 'nobody lost his record' "$(all_names imscUserName)" "$(wanted_names)"

# ---- names that Dovecot lets nobody have

is 'a name with a zero octet is recorded' "$(dict_put hex:61006200)" O
is 'so is one of 1000 octets' "$(dict_put "$(printf '%01000d' 1)")" O
is 'one of 1001 is refused' "$(dict_put "$(printf '%01001d' 1)" | cut -c 1)" F
is 'so is an empty one' "$(dict_put '' | cut -c 1)" F
is 'two names that differ only behind their 96th octet are two users' \
	"$(dict_put "$(printf '%099d' 1)")$(dict_put "$(printf '%099d' 2)")" OO
ok 'all of these have rows' says $((count + 4)) snmp_value imscUserRows.0
is 'and can be walked' "$(snmp_rows imscUserSessions)" $((count + 4))
done_testing
