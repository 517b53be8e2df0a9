#!/bin/sh
# SPDX-License-Identifier: ISC
# What contrib/dovecot ships: Debian's own configuration of Dovecot takes it and is otherwise as it was,
# and each login is told with all that is known of it, octet for octet.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
need diff

# ---- Dovecot as Debian installs it, with our files where README says

site=$tmp/site
mkdir "$site"
cp -R "$dovecot_root/usr/share/dovecot/dovecot.conf" "$dovecot_root/usr/share/dovecot/conf.d" "$site"

site_conf() {
	dovecot_tool doveconf -c "$site/dovecot.conf" "$@"
}

site_conf -n >"$tmp/before" 2>"$tmp/before.err"
shipped_snippet >"$site/conf.d/99-imsconn.conf"
shipped_block userdb >"$site/conf.d/00-imsconn.conf"
cp "$top_srcdir/contrib/dovecot/imsconn-deny-$dovecot_version.conf" "$site/conf.d/00-imsconn-deny.conf"
ok "Debian's configuration takes our files" site_conf -n
site_conf -n >"$tmp/after" 2>"$tmp/after.err"
is 'without a word' "$(cat "$tmp/after.err")" "$(cat "$tmp/before.err")"
diff "$tmp/before" "$tmp/after" >"$tmp/diff"
is 'nothing that was there is changed' "$(grep '^<' "$tmp/diff")" ''
like 'the users who are blocked are looked for first' \
	"$(sed -n '/^passdb/,/^}/p' "$tmp/after" | head -n 6 | tr -s '\n ' ' ')" '^passdb [^}]*deny = yes [^}]*}'
for service in imap pop3; do
	like "logins of $service are told" "$(site_conf -f protocol=$service -h mail_plugins)" '\<last_login\>'
done
unlike 'others are not' "$(site_conf -f protocol=lmtp -h mail_plugins)" last_login
shipped_block 'service anvil' >>"$site/conf.d/99-imsconn.conf"
like 'the list of sessions can be opened to a group' \
	"$(site_conf -n | sed -n '/^service anvil/,/^}/p' | tr -s '\n ' ' ')" \
	'unix_listener anvil { (group = imsconn mode = 0660|mode = 0660 group = imsconn) }'
shipped_block 'service auth' >>"$site/conf.d/99-imsconn.conf"
like 'and that of all users, to all as before' \
	"$(site_conf -n | sed -n '/^service auth {/,/^}/p' | tr -s '\n ' ' ')" 'unix_listener auth-userdb { group = imsconn }'

# ---- what is told

# record SERVICE: the key of the last record of this service, with ID for the session's name.
record() {
	sed -n "s,.* ; S1	shared/\(ims2|$1|\)[A-Za-z0-9+/]*|\(.*\)	[0-9]* ; C1\$,\1ID|\2,p" "$tmp/told.log" |
		tail -n 1
}

# time_of USER: microseconds since the epoch in the last record that ends in this name.
time_of() {
	sed -n "s/.*|$1	\([0-9]*\) ; C1\$/\1/p" "$tmp/told.log" | tail -n 1
}

tell_ports=1
start told python3 "$top_srcdir/tests/dict_site.py" "$dict_socket"
await is_listening "$dict_socket"
# As imsconnd has it.
chgrp dovecot "$dict_socket"
chmod 660 "$dict_socket"
start_dovecot "$(master_user boss)" 'login_trusted_networks = 127.0.0.1'
hold ann imap ann mech=cram-md5
at_both_ends="127.0.0.1|$(event ann connected)|127.0.0.1|$imap_port"
ok 'a login is told with both ends, process, mechanism, who connected, and user' await says \
	"ims2|imap|ID|$(dovecot_process imap)|$at_both_ends|CRAM-MD5|127.0.0.1||ann" record imap
ok 'and its time, to the microsecond' between "$(event_time ann connected)" "$(time_of ann)" \
	"$(event_time ann login)"
like 'by a protocol that imsconnd knows' "$(cut -f 1 "$tmp/told.log")" '^H[34]$'
hold bob pop3 'b|o"	b\x'
at_both_ends="127.0.0.1|$(event bob connected)|127.0.0.1|$pop3_port"
one=$(printf '\001')
ok 'also one of POP, and of a user with an odd name' await says \
	"ims2|pop3|ID|$(dovecot_process pop3)|$at_both_ends|PLAIN|127.0.0.1||b|o\"${one}tb\\x" record pop3
visit imap 'cyd*boss' >"$tmp/visit.log"
ok "a master user's login tells whose password it was" await says_like '\|boss\|cyd$' record imap
visit imap DAN id=x-originating-ip:192.0.2.7 >"$tmp/visit.log"
ok "a webmail's tells the browser and the webmail, and a name is as Dovecot has it" await says_like \
	'\|192\.0\.2\.7\|.*\|127\.0\.0\.1\|\|dan$' record imap
is 'a failed login is not told' "$(mail_client visit imap "$imap_port" eva wrong >"$tmp/visit.log"
	grep -c eva "$tmp/told.log")" 0
stop told

# ---- and imsconnd takes it

write_conf agentx.enable=false
start_imsconnd
hold eve imap eve mech=cram-md5
ok 'imsconnd has all of it' await says_like \
	"^eve .* cram-md5 +127\.0\.0\.1:$imap_port +127\.0\.0\.1:$(event eve connected)\$" util -c -u eve
visit pop3 'f|y"	b\x' >"$tmp/visit.log"
ok 'and who came and went' await says_like '^f\|y"\\x09b\\x .*:' util -a
ok 'imsconnd stops when told' stop_imsconnd
done_testing
