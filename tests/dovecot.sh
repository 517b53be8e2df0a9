# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private instance of a real Dovecot, with contrib's snippet as it is shipped. Source it after
# lib.sh. Every user name of any bytes may log in, with the password "pw". $dovecot_version is 2.3, or
# 2.4; what differs is in dovecot-2.3.sh and dovecot-2.4.sh, so that a test need not know which it is.

: "${dovecot_version:=2.3}"
doveconf=$tmp/bin/doveconf # a program: Dovecot's, which is told the configuration

# use_dovecot NAME: from here on everything is about the instance of that name. A test has one, "dovecot",
# unless it asks for another; each has its own ports, which it keeps, and its own dict socket.
use_dovecot() {
	dovecot_name=$1
	dovecot_dir=$tmp/$1
	dict_socket=$tmp/dict.sock
	[ "$1" = dovecot ] || dict_socket=$tmp/dict.$1.sock
	anvil_socket=$dovecot_dir/run/anvil
	doveadm=$tmp/bin/$1-doveadm # a program: Dovecot's, with this instance's configuration
	mkdir -p "$dovecot_dir" "$tmp/bin"
	imap_port=$(cat "$dovecot_dir/imap.port" 2>/dev/null)
	pop3_port=$(cat "$dovecot_dir/pop3.port" 2>/dev/null)
	[ -z "${dovecot_is_there:-}" ] || write_doveadm
}

# shellcheck source=tests/clients.sh
. "$top_srcdir/tests/clients.sh"
# shellcheck source=tests/dovecot-2.3.sh
. "$top_srcdir/tests/dovecot-$dovecot_version.sh"
use_dovecot dovecot

write_doveadm() {
	printf '%s\n' '#!/bin/sh' "under='$dovecot_under'" "$dovecot_unprivileged" \
		"exec \$under /usr/bin/doveadm -c $dovecot_dir/dovecot.conf \"\$@\"" >"$doveadm"
	chmod 755 "$doveadm"
}

need_dovecot() {
	need_root
	need python3
	need_this_dovecot
	dovecot_is_there=1
	write_doveadm
	printf '%s\n' '#!/bin/sh' "under='$dovecot_under'" "$dovecot_unprivileged" \
		"exec \$under /usr/bin/doveconf \"\$@\"" >"$doveconf"
	chmod 755 "$doveconf"
}

# least_rights [CAPABILITIES [GROUP]...]: from now on imsconnd runs with the least that it needs for this
# Dovecot, as least-privilege.conf of contrib/systemd has it, and with these: ",+sys_ptrace" adm. No
# systemd holds the dict socket for it here, so it is in group dovecot, to give it away itself.
least_rights() {
	least_more=${1:-}
	[ $# = 0 ] || shift
	imsconnd_as "$least_capabilities$least_more" dovecot "$@"
}

# dovecot_tool NAME ARGUMENT...: one of its programs, as it is.
dovecot_tool() {
	# shellcheck disable=SC2086 # a command and its words
	$dovecot_under "$@"
}

# The snippet, with the place of the dict socket moved to where the test has it.
shipped_snippet() {
	snippet=$top_builddir/contrib/dovecot/imsconn-$dovecot_version.conf
	[ -f "$snippet" ] || bail "$snippet is not built"
	sed "s,proxy:[^:]*:imsconn\$,proxy:$dict_socket:imsconn,; s,^\( *socket_path =\) .*,\1 $dict_socket," \
		"$snippet"
}

# The block of the snippet that is commented out and begins with this word, as one would use it.
shipped_block() {
	shipped_snippet | awk -v begin="#$1 " 'index($0, begin) == 1 && /{$/ { on = 1 } on { print substr($0, 2) }
		$0 == "#}" { on = 0 }'
}

# write_dovecot_conf [LINES]...: with these at the end, so that they override. With tell_ports=1 the
# snippet's userdb is in use, too. $dovecot_dir/00-*.conf are read before the
# databases of users.
write_dovecot_conf() {
	imap_port=${imap_port:-$(free_port)}
	pop3_port=${pop3_port:-$(free_port)}
	echo "$imap_port" >"$dovecot_dir/imap.port"
	echo "$pop3_port" >"$dovecot_dir/pop3.port"
	mkdir -p "$dovecot_dir/run" "$dovecot_dir/mail" "$dovecot_dir/state"
	chown nobody "$dovecot_dir/mail"
	rm -f "$dovecot_dir/00-imsconn.conf"
	[ -z "${tell_ports:-}" ] || shipped_block userdb >"$dovecot_dir/00-imsconn.conf"
	shipped_snippet >"$dovecot_dir/imsconn.conf" || return 1
	[ -z "$imsconnd_rights" ] || shipped_block service | sed "s/= imsconn\$/= $imsconn_group/" \
		>>"$dovecot_dir/imsconn.conf"
	: >"$dovecot_dir/more.conf"
	[ $# = 0 ] || printf '%s\n' "$@" >"$dovecot_dir/more.conf"
	own_settings >"$dovecot_dir/dovecot.conf"
	cat >>"$dovecot_dir/dovecot.conf" <<-END
		base_dir = $dovecot_dir/run
		state_dir = $dovecot_dir/state
		log_path = $tmp/$dovecot_name-mail.log
		log_timestamp = "%Y-%m-%d %H:%M:%S "
		listen = 127.0.0.1
		ssl = no
		# Any byte may be in a name.
		auth_username_chars =
		first_valid_uid = 1
		first_valid_gid = 1
		# Room for a thousand clients at once, all of one user if need be.
		mail_max_userip_connections = 20000
		default_client_limit = 4000
		service imap {
		  process_limit = 4000
		}
		service pop3 {
		  process_limit = 4000
		}
		service imap-login {
		  inet_listener imap {
		    port = $imap_port
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service pop3-login {
		  inet_listener pop3 {
		    port = $pop3_port
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
		!include $dovecot_dir/imsconn.conf
		!include $dovecot_dir/more.conf
	END
}

# What differs between versions and a test may want is written by functions, for
#	start_dovecot "$(shared_processes)"
# shared_processes [SERVICE]...	one process serves all sessions of IMAP, or of each of these
# no_last_login		imsconnd is told nothing
# site_last_login	it is told, with the site's own dict in front: "lastlogin" and its key
# log_pop3_octets	the log tells what sessions of POP transferred
# log_peer		the log tells who connected, too, if it can
# listed_users FILE	the userdb has these users, and can list them
# master_user NAME	he may log in as anybody: "ann*NAME", with the password "pw"
# lua_passdb FILE	this script knows passwords
# The same in all of them:

# auth_cache: passwords and refusals are remembered for an hour. Those of static never are, but those
# of Lua; it is asked before static, and behind imsconn-deny.
auth_cache() {
	cat >"$dovecot_dir/passdb.lua" <<-END
		function auth_passdb_get_cache_key()
		  return "%{user}"
		end
		function auth_passdb_lookup(request)
		  return dovecot.auth.PASSDB_RESULT_OK, { password = "pw" }
		end
	END
	lua_passdb "$dovecot_dir/passdb.lua" >"$dovecot_dir/00-lua.conf"
	printf '%s\n' 'auth_cache_size = 1M' 'auth_cache_ttl = 1h' 'auth_cache_negative_ttl = 1h'
}

# hibernation SECONDS: clients in IDLE for so long hand their sessions to one process.
hibernation() {
	printf '%s\n' "imap_hibernate_timeout = ${1}s" 'service imap {' '  unix_listener imap-master {' \
		'    user = dovecot' '  }' '}' 'service imap-hibernate {' '  unix_listener imap-hibernate {' \
		'    mode = 0666' '  }' '}'
}

# make_tls: a certificate, and ports; tls_lines: TLS and STARTTLS with them, for start_dovecot.
make_tls() {
	make_certificate "$dovecot_dir"
	imaps_port=${imaps_port:-$(free_port)}
	pop3s_port=${pop3s_port:-$(free_port)}
}

tls_lines() {
	tls_certificate
	printf '%s\n' 'ssl = yes' 'service imap-login {' '  inet_listener imaps {' "    port = $imaps_port" \
		'    ssl = yes' '  }' '}' 'service pop3-login {' '  inet_listener pop3s {' \
		"    port = $pop3s_port" '    ssl = yes' '  }' '}'
}

dovecot_answers() {
	is_listening "$anvil_socket" &&
		mail_client greet imap "$imap_port" && mail_client greet pop3 "$pop3_port"
}

# start_dovecot [LINES]...: as write_dovecot_conf; ports stay the same when started again.
start_dovecot() {
	write_dovecot_conf "$@" || return 1
	run_dovecot
}

run_dovecot() {
	# As Debian's syslog makes a log; what Dovecot makes is root's alone.
	: >>"$tmp/$dovecot_name-mail.log"
	chgrp adm "$tmp/$dovecot_name-mail.log"
	chmod 640 "$tmp/$dovecot_name-mail.log"
	# shellcheck disable=SC2086 # a command and its words
	start "$dovecot_name" $dovecot_under dovecot -F -c "$dovecot_dir/dovecot.conf"
	await dovecot_answers || bail 'Dovecot does not come up'
}

# Its sessions get their BYE and end with it.
stop_dovecot() {
	dovecot_children=$(pgrep -P "$(pid_of "$dovecot_name")" || :)
	stop "$dovecot_name"
	for child in $dovecot_children; do
		await not pid_lives "$child"
	done
}

# With the configuration as it is.
restart_dovecot() {
	stop_dovecot
	run_dovecot
}

# dovecot_process NAME: the pids of its processes of that name, as anvil.
dovecot_process() {
	pgrep -P "$(pid_of "$dovecot_name")" -x "$1"
}
