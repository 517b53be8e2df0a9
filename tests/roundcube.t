#!/bin/sh
# SPDX-License-Identifier: ISC
# The plugin in Debian's Roundcube, before a real Dovecot and imsconnd, with people at real browsers: what
# the command and SNMP have of their sessions, how these end, and how an administrator ends one.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/roundcube.sh"
need_dovecot
need_roundcube
least_rights '' www-data # to give it the socket
need snmpd snmpget snmpset
AWAIT_SECONDS=60

ann_is_at=203.0.113.4 # by the proxy's word; bob's browser has no proxy

configure() {
	write_conf "feed.socket=$feed_socket" feed.group=www-data "webmail.hosts=[ \"$roundcube_address\" ]" \
		webmail.session_prefix=web- disconnect.allow_snmp=true "$@"
}

start_daemon() {
	start_imsconnd
	await is_listening "$feed_socket"
	await says ok snmp_value imscCollectorStatus.0
}

# set_life SECONDS: how long a silent session lives from now on.
set_life() {
	configure "local.http.session_timeout=$1"
	reloads=$(log_count imsconnd 'was read again')
	kill -HUP "$(pid_of imsconnd)"
	await not says "$reloads" log_count imsconnd 'was read again'
}

# listed SERVICE USER: AUTH, TO and FROM of his rows, as the command shows them.
listed() {
	util -c -s "$1" 2>/dev/null | awk -v user="$2" '$1 == user { $1 = $2 = ""; print }' | sed 's/^ *//'
}

# row_of USER: his sessions in SNMP, each with its service, index and login time.
row_of() {
	for row in $(sessions_of "$1"); do
		echo "$row $(snmp_value "imscSessionLoginTime.$row")"
	done
}

count_of() {
	sessions_of "$1" | wc -l
}

# last USER SERVICE: his last access in tenths of a second.
last() {
	tenths "$(snmp_value "imscUser${2}LastAccess.\"$1\"")"
}

# last_listed USER: the same of HTTP, in seconds, as the command shows it.
last_listed() {
	date -d "$(util -a -u "$1" | awk -v user="$1" '$1 == user { print $3 }' | sed 's,/, ,g; s/:/ /')" +%s
}

# logs_in_as USER: what Dovecot has of the last login, without what is always the same.
logs_in_as() {
	sed -n "s/.*Login: user=<$1>.* \(rip=[^,]*\),.* \(session=.*\)/\1 \2/p" "$tmp/dovecot-mail.log" |
		tail -n 1
}

# How long the browser waited for the page it is at, with all that led there, in milliseconds.
waited() {
	browse "$1" script 'return Math.round(performance.getEntriesByType("navigation")[0].responseEnd)'
}

ietf_mibs
start_snmpd
tell_ports=1
start_dovecot "login_trusted_networks = $roundcube_address"
configure
start_daemon
start_roundcube "\$config['language'] = null;" "\$config['proxy_whitelist'] = ['127.0.0.1'];"
start_chromedriver
site=127.0.0.1:$roundcube_port

# ---- a session from its beginning to its end

visit imap ann >/dev/null
await last ann Imap
imap=$(last ann Imap)
open_browser ann
come_through ann "198.51.100.9, $ann_is_at"
before=$(date +%s%1N)
ok 'ann logs in at a browser' log_in ann ann || bail 'nobody can log in'
after=$(date +%s%1N)
is 'the command shows her under http, with her browser and the site' "$(listed http ann)" \
	"cram-md5 $site $ann_is_at"
is 'and not under imap' "$(listed imap ann) $(snmp_value imscServiceSessions.imap)" ' 0'
row=$(row_of ann)
like 'in SNMP she has one row, of http' "$(sessions_of ann)" '^http\.[0-9]+$'
is 'with the address of her browser' "$(session_value ann RemoteAddress)" 'CB 00 71 04 '
ok 'and with the time of her login' between "$before" "$(tenths "$(session_value ann LoginTime)")" "$after"
is 'she is counted there' "$(snmp_value imscServiceUsers.http) $(snmp_value imscServiceLogins.http)" '1 1'
for task in addressbook settings mail; do visits ann "$task"; done
ok 'what a page sends by itself is no other session' browse ann script 'rcmail.keep_alive()'
is 'nor is a click: the row is the same' "$(row_of ann)" "$row"
is 'and no login is counted' "$(snmp_value imscServiceLogins.http)" 1
like 'Dovecot sees her browser in place of Roundcube, and a name of the session' "$(logs_in_as ann)" \
	"rip=$ann_is_at session=<web-[0-9a-f]{32}>"

configure_plugin "\$config['imsconn_ident_prefix'] = '';"
visits ann addressbook
visits ann mail
ok 'Dovecot may name the session itself' \
	await says_like "^rip=$ann_is_at session=<[A-Za-z0-9+/]+>" logs_in_as ann
configure_plugin "\$config['imsconn_ident'] = false;"
visits ann addressbook
visits ann mail
ok 'or see Roundcube, if that is what is configured' \
	await says_like "^rip=$roundcube_address session=<[A-Za-z0-9+/]+>" logs_in_as ann
is 'that makes no session of IMAP, either' "$(row_of ann) $(snmp_value imscServiceLogins.imap)" "$row 1"
configure_plugin "\$config['imsconn_retry'] = 1;"
come_through ann 'the moon'
ok 'a proxy that says nonsense' visits ann settings
come_through ann "$ann_is_at"
is 'is not believed' "$(listed http ann) $(row_of ann)" "cram-md5 $site $ann_is_at $row"

open_browser bob
browse bob headers Accept-Language de
ok 'bob logs in at another browser' log_in bob bob
like 'and has his own row' "$(listed http bob)" "^cram-md5 $site 127\.0\.0\.1:[0-9]+\$"
is 'with the address of his browser' "$(session_value bob RemoteAddress)" '7F 00 00 01 '
is 'now there are two' "$(snmp_value imscServiceUsers.http) $(util -c -s http | tail -n 1)" \
	'2 2 users were logged in to http.'
bob=$(row_of bob)

visits ann mail
before=$(date +%s%1N)
ok 'ann logs out' log_out ann
after=$(date +%s%1N)
is 'her row is gone at once' "$(listed http ann)$(row_of ann)" ''
ok 'her last access is the logout' between "$before" "$(last ann Http)" "$after"
ok 'for the command, too' between "${before%?}" "$(last_listed ann)" "${after%?}"
is 'and none by IMAP' "$(last ann Imap)" "$imap"
is "bob's row is the same" "$(row_of bob)" "$bob"

# ---- disconnecting

log_in ann ann
status=0
said=$(util -k -u ann) || status=$?
like 'the command disconnects ann' "$said $status" '^Disconnected user ann: [1-9][0-9]* connections\. 0$'
is 'her row is gone' "$(listed http ann)$(row_of ann)" ''
ok 'her next click brings her to the login page' loses ann
ok 'which says why' await reads ann 'An administrator ended your session.'
ok 'bob gets around as before' visits bob mail
is 'in his row' "$(row_of ann)$(row_of bob)" "$bob"
ok 'and ann is let in again' log_in ann ann
is 'with a row of her own' "$(listed http ann)" "cram-md5 $site $ann_is_at"

# Four requests at a time, one after the other until the browser is told that there is no session.
browse ann script 'window.answers = 0;
	const ask = () => fetch("?_task=mail&_action=keep-alive&_remote=1",
		{headers: {"X-Roundcube-Request": rcmail.env.request_token}})
		.then((answer) => answer.text())
		.then((text) => text.includes("session_error") ? 1 : (window.answers++, ask()));
	window.refused = Promise.all([1, 2, 3, 4].map(ask)).then((each) => each.length);'
get_answers() {
	between "$1" "$(browse ann script 'return window.answers')" 1000000
}
ok 'requests at once are let in' await get_answers 8
like 'during which ann is disconnected' "$(util -k -u ann)" '^Disconnected user ann: '
is 'then none of them is let in any more' "$(browse ann script 'return window.refused')" 4
is 'nor did they bring the session back' "$(listed http ann)$(row_of ann)" ''
ok 'ann has none in Roundcube, either' loses ann
log_in ann ann
await says 1 count_of ann

ok 'a manager disconnects her' snmp_set 'imscUserDisconnect."ann"' i 1
ok 'and her row is gone' await says 0 count_of ann
ok 'her next click brings her to the login page, too' loses ann
ok 'which says the same' await reads ann 'An administrator ended your session.'
ok 'bob gets around' visits bob settings
is 'in the same row' "$(row_of bob)" "$bob"

visits bob mail
util -k -u bob >/dev/null
browse bob click '#layout-list a.refresh'
ok 'a page that asks behind the scenes gets to the login page' await is_at_login bob
ok "which speaks bob's language" await reads bob 'Ihre Sitzung wurde von einem Administrator beendet.'
log_in bob bob
configure_plugin "\$config['imsconn_disconnect'] = false;"
util -k -u bob >/dev/null
ok 'where it is so configured, an administrator does not end a session' visits bob settings
configure_plugin "\$config['imsconn_retry'] = 1;"
ok 'and where it no longer is, he does' loses bob

# ---- expiry

log_in ann ann
log_in bob bob
await says 1 count_of ann
let_cookie_expire ann
ok 'a cookie that is too old is not good for a click' loses ann
is 'and its row is gone' "$(listed http ann)$(row_of ann)" ''
ok 'the page says what it is' await reads ann 'expired'
is 'until now there was no error' "$(roundcube_errors)" 0

# ---- without imsconnd

# Long enough to be noticed, if anything waited for it.
configure_plugin "\$config['imsconn_timeout'] = 5000;" "\$config['imsconn_retry'] = 1;"
ok 'ann logs in' log_in ann ann
with=$(waited ann)
log_out ann
stop_imsconnd
is 'imsconnd leaves nothing at which anybody would wait' "$(find "$tmp" -maxdepth 1 -name '*.sock')" ''
ok 'ann logs in without it' log_in ann ann
without=$(waited ann)
diag "a login took $with ms with imsconnd, and $without ms without"
ok 'which waits for nothing' between 0 "$without" 4999
ok 'she gets around' again_and_again ann
is 'there is one error for that' "$(roundcube_errors),$(roundcube_errors ': No such file or directory in')" 1,1
start_daemon
logins=$(snmp_value imscServiceLogins.http)
is_time_to_ask() {
	[ "$(stat -c %Y "$roundcube_dir/temp/imsconn.outage")" -le "$(date +%s)" ]
}
await is_time_to_ask
ok 'her next click, when it is back,' visits ann addressbook
ok 'brings back her row' await says "$site $ann_is_at" listed http ann
is 'and it is no login' "$(snmp_value imscServiceLogins.http)" "$logins"
is 'that imsconnd is told again is in the log' "$(roundcube_errors),$(roundcube_errors \
	"imsconnd is told of sessions again: $feed_socket\$")" 2,1
like 'it is disconnected like any other' "$(util -k -u ann)" '^Disconnected user ann: '
ok 'and ends with the next click' loses ann

# ---- who is silent

log_in ann ann
await says 1 count_of ann
before=$(date +%s%1N)
visits ann addressbook
after=$(date +%s%1N)
set_life 2
ok 'a session of which nothing is heard is over for imsconnd' await says 0 count_of ann
ok 'as of when she was last there' between "$before" "$(last ann Http)" "$after"
set_life 600
ok 'but not for Roundcube' visits ann settings
ok 'and a click brings it back' await says 1 count_of ann
roundcube_db "UPDATE session SET changed = datetime('now', '-1 day')"
ok 'one that Roundcube deletes without a word ends there' loses ann
set_life 2
ok 'and for imsconnd when it is silent for long' await says 0 count_of ann
is 'after all that, ann was never again there by IMAP' \
	"$(last ann Imap) $(snmp_value imscServiceLogins.imap)" "$imap 1"
ok 'imsconnd stops when told' stop_imsconnd
done_testing
