# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private instance of the real Dovecot 2.3, with contrib's snippet as it is shipped. Source it
# after lib.sh. Every user name of any bytes may log in, with the password "pw".

dovecot_dir=$tmp/dovecot
mkdir "$dovecot_dir"
dict_socket=$tmp/dict.sock
anvil_socket=$dovecot_dir/run/anvil

need_dovecot() {
	need_root
	need dovecot doveadm python3
	case $(dovecot --version) in
	2.3.*) ;;
	*) skip_all 'it needs Dovecot 2.3' ;;
	esac
}

# The snippet, with the place of the dict socket moved to where the test has it.
shipped_snippet() {
	[ -f "$top_builddir/contrib/dovecot/imsconn-2.3.conf" ] ||
		bail 'contrib/dovecot/imsconn-2.3.conf is not built'
	sed "s,proxy:[^:]*:imsconn\$,proxy:$dict_socket:imsconn," \
		"$top_builddir/contrib/dovecot/imsconn-2.3.conf"
}

# The block of the snippet that is commented out and begins like this, as one would use it.
shipped_block() {
	shipped_snippet | awk -v begin="#$1 {" '$0 == begin { on = 1 } on { print substr($0, 2) }
		$0 == "#}" { on = 0 }'
}

# write_dovecot_conf [LINE]...: with these lines at the end, so that they override. With tell_ports=1
# the snippet's userdb is in use, too.
write_dovecot_conf() {
	imap_port=${imap_port:-$(free_port)}
	pop3_port=${pop3_port:-$(free_port)}
	mkdir -p "$dovecot_dir/run" "$dovecot_dir/mail" "$dovecot_dir/state"
	chown nobody "$dovecot_dir/mail"
	: >"$dovecot_dir/imsconn-first.conf"
	[ -z "${tell_ports:-}" ] || shipped_block userdb >"$dovecot_dir/imsconn-first.conf"
	shipped_snippet >"$dovecot_dir/imsconn.conf" || return 1
	: >"$dovecot_dir/more.conf"
	[ $# = 0 ] || printf '%s\n' "$@" >"$dovecot_dir/more.conf"
	cat >"$dovecot_dir/dovecot.conf" <<-END
		base_dir = $dovecot_dir/run
		state_dir = $dovecot_dir/state
		log_path = $tmp/dovecot-mail.log
		log_timestamp = "%Y-%m-%d %H:%M:%S "
		protocols = imap pop3
		listen = 127.0.0.1
		ssl = no
		disable_plaintext_auth = no
		auth_mechanisms = plain login cram-md5
		# Any byte may be in a name.
		auth_username_chars =
		first_valid_uid = 1
		first_valid_gid = 1
		mail_location = maildir:~/mail
		# Room for a thousand clients at once, all of one user if need be.
		mail_max_userip_connections = 20000
		default_process_limit = 4000
		default_client_limit = 4000
		!include_try $dovecot_dir/deny.conf
		passdb {
		  driver = static
		  args = password=pw
		}
		!include $dovecot_dir/imsconn-first.conf
		userdb {
		  driver = static
		  # A directory for each name, whatever is in it.
		  args = uid=nobody gid=nogroup home=$dovecot_dir/mail/%Mu allow_all_users=yes
		}
		service imap-login {
		  service_count = 0
		  inet_listener imap {
		    port = $imap_port
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service pop3-login {
		  service_count = 0
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

# What a test may want, as a line for start_dovecot:
# master_user NAME	he may log in as anybody: "ann*NAME", with the password "pw"
# no_last_login		imsconnd is told nothing
master_user() {
	printf '%s\n' "$1:{PLAIN}pw" >"$dovecot_dir/masters"
	printf '%s\n' 'auth_master_user_separator = *' 'passdb {' '  driver = passwd-file' '  master = yes' \
		"  args = $dovecot_dir/masters" '}'
}

no_last_login() {
	printf '%s\n' 'plugin {' '  last_login_dict =' '}' 'protocol imap {' '  mail_plugins =' '}' \
		'protocol pop3 {' '  mail_plugins =' '}'
}

dovecot_answers() {
	is_listening "$anvil_socket" &&
		mail_client greet imap "$imap_port" && mail_client greet pop3 "$pop3_port"
}

# start_dovecot [LINE]...: as write_dovecot_conf; ports stay the same when started again.
start_dovecot() {
	write_dovecot_conf "$@" || return 1
	run_dovecot
}

run_dovecot() {
	start dovecot dovecot -F -c "$dovecot_dir/dovecot.conf"
	await dovecot_answers || bail 'Dovecot does not come up'
}

# Its sessions get their BYE and end with it.
stop_dovecot() {
	dovecot_children=$(pgrep -P "$(pid_of dovecot)" || :)
	stop dovecot
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
	pgrep -P "$(pid_of dovecot)" -x "$1"
}

# ---- clients

mail_client() {
	python3 "$top_srcdir/tests/mail_client.py" "$@"
}

port_of() {
	case $1 in imap) echo "$imap_port" ;; *) echo "$pop3_port" ;; esac
}

# hold NAME SERVICE USER [OPTION]...: a client that logs in and stays; returns when it is in.
# Its events are in $tmp/NAME.log; tell() steers it.
hold() {
	hold_name=$1
	hold_service=$2
	hold_user=$3
	shift 3
	rm -f "$tmp/$hold_name.ctl" "$tmp/$hold_name.log"
	mkfifo "$tmp/$hold_name.ctl"
	start "$hold_name" python3 "$top_srcdir/tests/mail_client.py" hold "$hold_service" \
		"$(port_of "$hold_service")" "$hold_user" pw "control=$tmp/$hold_name.ctl" "$@"
	await log_has "$hold_name" ' (ready|refused|closed)' && log_has "$hold_name" ' ready'
}

# tell NAME COMMAND: logout, close, or "send LINE".
tell() {
	echo "$2" >"$tmp/$1.ctl"
}

# event NAME EVENT: what stands behind the first such event of a client; event_time: when, in
# microseconds since the epoch.
event() {
	sed -n "s/^[0-9]* $2 *//p" "$tmp/$1.log" | head -n 1
}

event_time() {
	sed -n "s/^\\([0-9]*\\) $2.*/\\1/p" "$tmp/$1.log" | head -n 1
}

# visit SERVICE USER [OPTION]...: logs in and out again.
visit() {
	visit_service=$1
	visit_user=$2
	shift 2
	mail_client visit "$visit_service" "$(port_of "$visit_service")" "$visit_user" pw "$@"
}
