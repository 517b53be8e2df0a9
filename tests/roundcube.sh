# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private instance of Debian's Roundcube with the plugin of contrib, and browsers to visit it. Source it
# after dovecot.sh. Roundcube's own address at Dovecot is $roundcube_address; browsers have 127.0.0.1.

roundcube_dir=$tmp/roundcube
roundcube_address=127.0.0.5
feed_socket=$tmp/feed.sock

need_roundcube() {
	need php sqlite3 chromium chromedriver setpriv
	for file in /etc/roundcube/defaults.inc.php /usr/share/roundcube/index.php; do
		[ -f "$file" ] || skip_all 'Roundcube is not installed'
	done
}

# The directories of Debian's instance, with the package's files in them.
lay_out_roundcube() {
	mkdir -p "$roundcube_dir/public_html/program" "$roundcube_dir/plugins" "$roundcube_dir/config"
	for file in index.php program skins SQL; do
		ln -s "/usr/share/roundcube/$file" "$roundcube_dir/$file"
	done
	for file in defaults.inc.php mimetypes.php; do
		ln -s "/etc/roundcube/$file" "$roundcube_dir/config/$file"
	done
	ln -s /usr/share/roundcube/plugins/* "$roundcube_dir/plugins"
	cp -R "$top_srcdir/contrib/roundcube/imsconn" "$roundcube_dir/plugins"
	cp /var/lib/roundcube/public_html/index.php "$roundcube_dir/public_html"
	ln -s ../skins ../plugins "$roundcube_dir/public_html"
	ln -s ../../program/js ../../program/resources "$roundcube_dir/public_html/program"
	for directory in logs temp db; do
		install -d -o www-data -g www-data "$roundcube_dir/$directory"
	done
	ln -s "$roundcube_dir/logs/errors.log" "$tmp/roundcube-errors.log"
}

# configure_plugin [LINE]...: PHP that sets options of the plugin; the socket is the test's.
configure_plugin() {
	printf '%s\n' '<?php' "\$config['imsconn_socket'] = '$feed_socket';" "$@" \
		>"$roundcube_dir/config/imsconn.inc.php"
}

# configure_roundcube [LINE]...: PHP that sets options; Dovecot's port has to be known.
configure_roundcube() {
	cat >"$roundcube_dir/config/config.inc.php" <<-END
		<?php
		\$config['db_dsnw'] = 'sqlite:///$roundcube_dir/db/roundcube.db?mode=0640';
		\$config['imap_host'] = '127.0.0.1:$imap_port';
		\$config['imap_conn_options'] = ['socket' => ['bindto' => '$roundcube_address:0']];
		\$config['log_dir'] = '$roundcube_dir/logs';
		\$config['temp_dir'] = '$roundcube_dir/temp';
		\$config['des_key'] = 'these are 24 characters.';
		\$config['plugins'] = ['imsconn'];
		\$config['skin'] = 'elastic';
		\$config['language'] = 'en_US';
	END
	printf '%s\n' "$@" >>"$roundcube_dir/config/config.inc.php"
}

# start_roundcube [LINE]...: as configure_roundcube; as Debian runs it, by www-data. PHP's processes would
# live on without the first one, so they are a group, which ends as a whole.
start_roundcube() {
	lay_out_roundcube
	configure_plugin
	configure_roundcube "$@"
	roundcube_port=$(free_port)
	roundcube=http://127.0.0.1:$roundcube_port/
	# shellcheck disable=SC2016 # the expansion is the inner shell's
	start roundcube setsid sh -c 'trap "trap - TERM; kill 0" TERM; "$@" & wait' sh \
		env PHP_CLI_SERVER_WORKERS=4 setpriv --reuid=www-data --regid=www-data --clear-groups \
		php -d opcache.revalidate_freq=0 -S "127.0.0.1:$roundcube_port" -t "$roundcube_dir/public_html"
	await is_listening_tcp "$roundcube_port" || bail 'Roundcube does not come up'
}

roundcube_db() {
	sqlite3 "$roundcube_dir/db/roundcube.db" "$@"
}

# roundcube_errors [PATTERN]: how many lines of Roundcube's log of errors match. Left out is what it says
# when several requests at once find no session, and each begins one of the same name.
roundcube_errors() {
	[ -f "$roundcube_dir/logs/errors.log" ] || { echo 0 && return; }
	grep -vF 'UNIQUE constraint failed: session.sess_id' "$roundcube_dir/logs/errors.log" |
		grep -cE -e "${1:-.}"
}

# ---- browsers

start_chromedriver() {
	mkdir -p "$tmp/home"
	chromedriver_port=$(free_port)
	start chromedriver env HOME="$tmp/home" TMPDIR="$tmp/home" chromedriver \
		--port="$chromedriver_port"
	await is_listening_tcp "$chromedriver_port" || bail 'chromedriver does not come up'
}

# browse NAME COMMAND [ARGUMENT]...: see browser.py.
browse() {
	browse_name=$1
	shift
	python3 "$top_srcdir/tests/browser.py" "$tmp/$browse_name.browser" "$@"
}

# open_browser NAME: a person's own, which nobody else's cookies are in. It outlives chromedriver, and
# so it is one of those who are stopped at the end.
open_browser() {
	open_pid=$(browse "$1" begin "$chromedriver_port" "$tmp/home/$1") || bail "no browser for $1"
	echo "$open_pid" >"$tmp/pids/browser-$1"
	started="browser-$1 $started"
}

# log_in NAME USER: by the form, until the first page is there.
log_in() {
	browse "$1" open "$roundcube" && browse "$1" fill '#rcmloginuser' "$2" &&
		browse "$1" fill '#rcmloginpwd' pw && browse "$1" click '#rcmloginsubmit' &&
		await is_at "$1" mail
}

# is_at NAME TASK: has a page of this part of Roundcube, whole, and it waits for nothing.
is_at() {
	says "$2 complete 0" browse "$1" script \
		'return [rcmail.env.task, document.readyState, $.active].join(" ")'
}

is_at_login() {
	is_at "$1" login
}

# reads NAME TEXT: a person reads it on the page.
reads() {
	browse "$1" text >"$tmp/reads" && grep -qF -e "$2" "$tmp/reads"
}

# visits NAME TASK: a click in Roundcube's menu.
visits() {
	visit_class=$2
	[ "$2" != addressbook ] || visit_class=contacts
	browse "$1" click "#taskmenu a.$visit_class" && await is_at "$1" "$2"
}

# again_and_again NAME: clicks, as a person would who waits for something.
again_and_again() {
	visits "$1" addressbook && visits "$1" settings
}

# loses NAME: a click, and the login page comes. Of the menu only mail may be clicked anywhere: others
# do nothing where one is already.
loses() {
	browse "$1" click '#taskmenu a.mail' && await is_at_login "$1"
}

log_out() {
	browse "$1" click '#taskmenu a.logout' && await is_at_login "$1"
}

# come_through NAME ADDRESSES: from now on by a proxy, which says that the browser is there.
come_through() {
	browse "$1" headers X-Forwarded-For "$2"
}

# What the cookie has after its last dash is the time it was made, to half of a session's lifetime.
let_cookie_expire() {
	cookie=$(browse "$1" cookie roundcube_sessauth)
	browse "$1" cookie roundcube_sessauth "${cookie%-*}-$((${cookie##*-} - 3600))"
}
