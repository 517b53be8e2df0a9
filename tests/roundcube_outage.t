#!/bin/sh
# SPDX-License-Identifier: ISC
# The plugin in Debian's Roundcube, before a real Dovecot, with people at real browsers: what it tells of
# their sessions, how an administrator ends one, and what the mail server knows of them.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/roundcube.sh"
need_dovecot
need_roundcube

# feed_says MODE [USER]...: how events are answered from now on; see fake_feed.py.
feed_says() {
	printf '%s\n' "$@" >"$tmp/feed.new" && mv "$tmp/feed.new" "$tmp/feed.mode"
}

start_feed() {
	start feed python3 "$top_srcdir/tests/fake_feed.py" "$feed_socket" "$tmp/feed.mode"
	await is_listening "$feed_socket" || bail 'nobody listens at the feed'
}

# told EVENT USER: what the feed was told of these, one line an event.
told() {
	grep -F "{\"event\":\"$1\",\"user\":\"$2\"," "$tmp/feed.log"
}

count_told() {
	told "$@" | wc -l
}

# tells_more COUNT EVENT USER
tells_more() {
	between "$(($1 + 1))" "$(count_told "$2" "$3")" 1000000
}

last_told() {
	told "$@" | tail -n 1
}

# member NAME: of the event on standard input.
member() {
	python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], "none"))' "$1"
}

# keeps_alive USER COMMAND...: COMMAND makes the session be told of as active.
keeps_alive() {
	alive_user=$1
	alive_before=$(count_told KeepAlive "$1")
	shift
	"$@" && await tells_more "$alive_before" KeepAlive "$alive_user"
}

# visits NAME TASK: a click in Roundcube's menu.
visits() {
	visit_class=$2
	[ "$2" != addressbook ] || visit_class=contacts
	browse "$1" click "#taskmenu a.$visit_class" && await is_at "$1" "$2"
}

# loses NAME: a click, and the login page comes.
loses() {
	browse "$1" click '#taskmenu a.contacts' && await is_at_login "$1"
}

# is_refused NAME USER: the form, and it comes again.
is_refused() {
	refused_before=$(count_told Logout "$2")
	browse "$1" fill '#rcmloginuser' "$2" && browse "$1" fill '#rcmloginpwd' pw &&
		browse "$1" click '#rcmloginsubmit' && await tells_more "$refused_before" Logout "$2" &&
		await is_at_login "$1"
}

log_out() {
	browse "$1" click '#taskmenu a.logout' && await is_at_login "$1"
}

# logs_in_as USER: what Dovecot has of the last login, without what is always the same.
logs_in_as() {
	sed -n "s/.*Login: user=<$1>.* \\(rip=[^,]*\\),.* \\(session=.*\\)/\\1 \\2/p" "$tmp/dovecot-mail.log" |
		tail -n 1
}

# sends EVENT [SOCKET]: what the plugin's own client gets for it, and whether in time.
sends() {
	# shellcheck disable=SC2016 # the variables are PHP's
	php -r 'require $argv[1];
		$start = microtime(true);
		try {
			print_r(json_encode((new imsconn_feed($argv[2], 200))->tell(json_decode($argv[3], true))));
		}
		catch (RuntimeException $error) {
			print_r($error->getMessage());
		}
		print_r(microtime(true) - $start < 5 ? "" : " late");' \
		"$roundcube_dir/plugins/imsconn/imsconn_feed.php" "${2:-$feed_socket}" "$1"
}

feed_says ok
start_feed
start_dovecot "login_trusted_networks = $roundcube_address"
start_roundcube "\$config['language'] = null;" "\$config['proxy_whitelist'] = ['127.0.0.1'];"
start_chromedriver

# ---- a session from its beginning to its end

open_browser ann
ok 'ann logs in' log_in ann ann || bail 'nobody can log in'
is 'which is told once' "$(count_told Login ann)" 1
ann=$(last_told Login ann | member sessionId)
like 'with a name of the session' "$ann" '^[0-9a-f]{32}$'
site="\"serverDomain\":\"127.0.0.1\",\"serverPort\":$roundcube_port"
like 'with the address of her browser and of the site' "$(last_told Login ann)" \
	"\"clientIP\":\"127.0.0.1\",\"clientPort\":[1-9][0-9]+,$site}"
like 'and with the time' "$(last_told Login ann)" \
	'"service":"http","timestamp":"20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}[+-][0-9]{2}:[0-9]{2}"'
is 'the password and the session cookie are not told' \
	"$(grep -cF -e "$(browse ann cookie roundcube_sessid)" -e '"pw"' "$tmp/feed.log")" 0

ok 'a click tells that she is there' keeps_alive ann visits ann addressbook
ok 'and so does what a page sends by itself' keeps_alive ann browse ann script 'rcmail.keep_alive()'
is 'it is the same session all the time' "$(told KeepAlive ann | grep -cvF "\"$ann\"")" 0

is 'Dovecot sees her browser in place of Roundcube, and the name of the session' \
	"$(logs_in_as ann)" "rip=127.0.0.1 session=<web-$ann>"
configure_plugin "\$config['imsconn_ident'] = false;"
visits ann mail
ok 'or Roundcube, if that is what is configured' \
	await says_like "^rip=$roundcube_address session=<[A-Za-z0-9+/]+>" logs_in_as ann
configure_plugin "\$config['imsconn_ident_prefix'] = '';"
visits ann addressbook
visits ann mail
ok 'and it names the session, if that is what is configured' \
	await says_like 'rip=127\.0\.0\.1 session=<[A-Za-z0-9+/]+>' logs_in_as ann
configure_plugin "\$config['imsconn_retry'] = 1;"

open_browser bob
come_through() {
	browse bob headers Accept-Language de X-Forwarded-For "$1"
}
come_through '198.51.100.9, 203.0.113.7'
ok 'bob logs in through a proxy' log_in bob bob
like 'and is told where his browser is, without the port of the proxy' "$(last_told Login bob)" \
	'"clientIP":"203.0.113.7","serverDomain"'
like 'and so is Dovecot' "$(logs_in_as bob)" '^rip=203\.0\.113\.7 session=<web-'

come_through 'the moon'
ok 'a proxy that says nonsense' keeps_alive bob visits bob settings
unlike 'is not believed' "$(last_told KeepAlive bob)" 'client'
come_through 203.0.113.7

ok 'ann logs out' log_out ann
is 'which is told once' "$(count_told Logout ann)" 1
is 'as what it is' "$(last_told Logout ann | member reason)" logout
is 'of the same session' "$(last_told Logout ann | member sessionId)" "$ann"

# ---- disconnecting

log_in ann ann
feed_says ok ann
ok 'her next click after a disconnect brings ann to the login page' loses ann
ok 'which says why' await reads ann 'An administrator ended your session.'
is 'and that she is out is told' "$(last_told Logout ann | member reason)" disconnected
ok 'bob is not touched' visits bob mail
ok 'a login that is answered so gets no further' is_refused ann ann
ok 'and she reads why again' await reads ann 'An administrator ended your session.'
feed_says ok
ok 'and one that is not, does' log_in ann ann

# In how many of four answers at once the browser is told that there is no session.
four_at_once='return Promise.all([1, 2, 3, 4].map(() =>
	fetch("?_task=mail&_action=keep-alive&_remote=1",
		{headers: {"X-Roundcube-Request": rcmail.env.request_token}})
		.then((answer) => answer.text())))
	.then((texts) => texts.filter((text) => text.includes("session_error")).length)'
is 'requests at once are let in' "$(browse ann script "$four_at_once")" 0
feed_says ok ann
is 'or, after a disconnect, none of them' "$(browse ann script "$four_at_once")" 4
feed_says ok
log_in ann ann

feed_says ok bob
configure_plugin "\$config['imsconn_disconnect'] = false;"
ok 'where it is so configured, an administrator does not end a session' visits bob settings
configure_plugin "\$config['imsconn_retry'] = 1;"
feed_says ok
visits bob mail
feed_says ok bob
browse bob click '#layout-list a.refresh'
ok 'a page that asks behind the scenes gets to the login page, too' await is_at_login bob
ok "which speaks bob's language" await reads bob 'Ihre Sitzung wurde von einem Administrator beendet.'
is 'and that bob is out is told' "$(last_told Logout bob | member reason)" disconnected

# ---- expiry

# What the cookie has after its last dash is the time it was made, to half of a session's lifetime.
cookie=$(browse ann cookie roundcube_sessauth)
browse ann cookie roundcube_sessauth "${cookie%-*}-$((${cookie##*-} - 3600))"
ok 'a cookie that is too old is not good for a click' loses ann
is 'and its session is told to have expired' "$(last_told Logout ann | member reason)" expired
log_in ann ann
logouts=$(count_told Logout ann)
roundcube_db "UPDATE session SET changed = datetime('now', '-1 day')"
ok 'nor is a session that is too old' loses ann
is 'which Roundcube deletes without a word' "$(count_told Logout ann)" "$logouts"
is 'until now there was no error' "$(roundcube_errors)" 0

# ---- a feed that is not as it should be

event='{"event":"KeepAlive","user":"ann"}'
for fault in "hang:no answer within 200 ms" "trickle:no answer within 200 ms" \
	"close:it closed the connection without an answer" "huge:its answer does not end" \
	"garbage:this is no answer: $(printf '\377\000') what?" 'list:this is no answer: ["ok"]'; do
	feed_says "${fault%%:*}"
	is "a feed in mode ${fault%%:*} is known for it in time" "$(sends "$event")" "${fault#*:}"
done
is 'so is a path that cannot be a socket' "$(sends "$event" "/$(printf %0107d 0)")" \
	'the path is too long for a socket'

# again_and_again NAME: clicks, as a person would who waits for something.
again_and_again() {
	visits "$1" addressbook && visits "$1" settings
}

feed_says hang
configure_plugin "\$config['imsconn_retry'] = 600;"
alive=$(count_told KeepAlive bob)
ok 'bob logs in while the feed hangs' log_in bob bob
ok 'and gets around' again_and_again bob
is 'without asking it again' "$(count_told KeepAlive bob)" "$alive"
is 'there is one error for it' "$(roundcube_errors),$(roundcube_errors \
	"imsconnd is not told of sessions: $feed_socket: no answer within 200 ms in .* on line")" 1,1
feed_says ok
logouts=$(count_told Logout bob)
log_out bob
ok 'a logout is told whatever was before' tells_more "$logouts" Logout bob
is 'that it goes on is in the log' "$(roundcube_errors),$(roundcube_errors \
	"imsconnd is told of sessions again: $feed_socket\$")" 2,1

configure_plugin "\$config['imsconn_retry'] = 1;"
stop feed
ok 'ann logs in without anybody at the feed' log_in ann ann
ok 'and gets around again' again_and_again ann
is 'there is one error for that' "$(roundcube_errors),$(roundcube_errors ': Connection refused in')" 3,1
start_feed
alive=$(count_told KeepAlive ann)
click_and_tell() {
	again_and_again ann && tells_more "$alive" KeepAlive ann
}
ok 'some time after the feed is back it is told of clicks' await click_and_tell
is 'of the login that it missed, these tell all' "$(last_told KeepAlive ann | member clientIP)" 127.0.0.1

feed_says error
ok 'ann gets around while her events are refused' again_and_again ann
refusal='imsconnd refuses session [0-9a-f]{32}: the disk is.\[7m.full in '
is 'there is one error for her session, and nothing in it that a terminal would take' \
	"$(roundcube_errors),$(roundcube_errors "$refusal")" 5,1

done_testing
