#!/bin/sh
# SPDX-License-Identifier: ISC
# What the plugin says at the feed, and what becomes of Roundcube when there is no sense in the answers,
# or none. In imsconnd's place is a server that is none, since imsconnd has no such faults.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
. "$top_srcdir/tests/roundcube.sh"
need_dovecot
need_roundcube
AWAIT_SECONDS=60

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

# ---- what is told

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
visits ann addressbook
is 'clicks are told of the same session' "$(told KeepAlive ann | grep -cvF "\"$ann\"")" 0
is 'the password and the session cookie are not told' \
	"$(grep -cF -e "$(browse ann cookie roundcube_sessid)" -e '"pw"' "$tmp/feed.log")" 0
come_through ann 'the moon'
alive=$(count_told KeepAlive ann)
visits ann settings
ok 'behind a proxy that says nonsense' tells_more "$alive" KeepAlive ann
unlike 'no address is told' "$(last_told KeepAlive ann)" 'client'
come_through ann 203.0.113.7
visits ann addressbook
like 'behind another the one it says, without its port' "$(last_told KeepAlive ann)" \
	'"clientIP":"203.0.113.7","serverDomain"'
come_through ann 127.0.0.1
log_out ann
is 'a logout is told once, as what it is' "$(count_told Logout ann) $(last_told Logout ann | member reason)" \
	'1 logout'
is 'and of the same session' "$(last_told Logout ann | member sessionId)" "$ann"
log_in ann ann
feed_says ok ann
loses ann
is 'that a session ends as it was said to is told' "$(last_told Logout ann | member reason)" disconnected
refused=$(count_told Logout ann)
is_refused() {
	browse ann fill '#rcmloginuser' ann && browse ann fill '#rcmloginpwd' pw &&
		browse ann click '#rcmloginsubmit' && await tells_more "$refused" Logout ann &&
		await is_at_login ann
}
ok 'a login that is answered so gets no further' is_refused
ok 'and she reads why' await reads ann 'An administrator ended your session.'
feed_says ok
log_in ann ann
let_cookie_expire ann
loses ann
is 'that a session has expired is told' "$(last_told Logout ann | member reason)" expired
log_in ann ann
logouts=$(count_told Logout ann)
roundcube_db "UPDATE session SET changed = datetime('now', '-1 day')"
loses ann
is 'but Roundcube deletes one without a word' "$(count_told Logout ann)" "$logouts"
is 'until now there was no error' "$(roundcube_errors)" 0
open_browser bob

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
