# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private instance of a real Cyrus IMAP, as Debian has it. Source it after lib.sh. Every plain user
# name may log in, with the password "pw". $cyrus_version is 3.6 (Debian 12) or 3.10 (Debian 13).

: "${cyrus_version:=3.6}"
: "${cyrus_syslog:=}"
cyrus_dir=$tmp/cyrus
cyrus_proc=$cyrus_dir/conf/proc
cyrus_bin=/usr/lib/cyrus/bin
# It refuses to be root.
cyrus_user=${cyrus_user:-nobody}
cyrus_group=${cyrus_group:-nogroup}

# shellcheck source=tests/clients.sh
. "$top_srcdir/tests/clients.sh"
# shellcheck source=tests/inside.sh
. "$top_srcdir/tests/inside.sh"

need_cyrus() {
	need_root
	need python3 setpriv
	need_inside "cyrus-$cyrus_version"
	mkdir -p "$cyrus_dir"
}

# cyrus_tool NAME ARGUMENT...: one of its programs, as its user.
cyrus_tool() {
	cyrus_tool_name=$1
	shift
	unshare -m "$tmp/bin/inside" setpriv --reuid "$cyrus_user" --regid "$cyrus_group" --clear-groups \
		"$cyrus_bin/$cyrus_tool_name" -C "$cyrus_dir/imapd.conf" "$@"
}

# ---- syslog: a real rsyslogd writes what Cyrus tells to $tmp/cyrus-mail.log, unless $cyrus_syslog is
# another daemon that has the host's /dev/log

start_cyrus_syslog() {
	mkdir -p "$tmp/inside-dev"
	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$tmp/inside-dev"
	cat >"$tmp/rsyslog.conf" <<-END
		module(load="imuxsock" SysSock.Name="$tmp/inside-dev/log" SysSock.RateLimit.Interval="0"
			SysSock.IgnoreTimestamp="off")
		\$ActionFileDefaultTemplate ${cyrus_log_format:-RSYSLOG_FileFormat}
		\$FileCreateMode 0644
		\$umask 0000
		*.* $tmp/cyrus-mail.log
	END
	start rsyslog unshare -m "$tmp/bin/inside" rsyslogd -n -f "$tmp/rsyslog.conf" -i "$tmp/rsyslog.pid"
	await test -S "$tmp/inside-dev/log" || bail 'rsyslogd does not come up'
	chmod 666 "$tmp/inside-dev/log"
}

stop_cyrus_syslog() {
	stop rsyslog
	rm -f "$tmp/inside-dev/log"
}

# ---- Cyrus

# write_cyrus_conf [LINE]...: imapd.conf with these lines, also in place of those of the same keys.
write_cyrus_conf() {
	imap_port=${imap_port:-$(free_port)}
	pop3_port=${pop3_port:-$(free_port)}
	http_port=${http_port:-$(free_port)}
	for folder in conf conf/db conf/socket conf/proc conf/log spool sieve; do
		mkdir -p "$cyrus_dir/$folder"
	done
	cat >"$cyrus_dir/imapd.conf" <<-END
		configdirectory: $cyrus_dir/conf
		defaultpartition: default
		partition-default: $cyrus_dir/spool
		sievedir: $cyrus_dir/sieve
		servername: cyrus.example.org
		cyrus_user: $cyrus_user
		cyrus_group: $cyrus_group
		admins: admin
		allowplaintext: yes
		sasl_mech_list: PLAIN LOGIN CRAM-MD5
		sasl_pwcheck_method: saslauthd
		sasl_saslauthd_path: $tmp/saslauthd.sock
		sasl_auxprop_plugin: sasldb
		sasl_sasldb_path: $cyrus_dir/conf/sasldb2
		unixhierarchysep: yes
		virtdomains: off
		autocreate_quota: 0
		httpmodules: caldav carddav
		idlesocket: $cyrus_dir/conf/socket/idle
		syslog_prefix: ${cyrus_prefix:-cyrus}
	END
	printf '%s\n' "$@" | grep . | while IFS= read -r line; do
		sed -i "/^${line%%:*}:/d" "$cyrus_dir/imapd.conf"
		printf '%s\n' "$line" >>"$cyrus_dir/imapd.conf"
	done
	cyrus_with="-C $cyrus_dir/imapd.conf"
	cat >"$cyrus_dir/cyrus.conf" <<-END
		START {
		  recover cmd="$cyrus_bin/ctl_cyrusdb -r $cyrus_with"
		}
		SERVICES {
		  imap cmd="$cyrus_bin/imapd $cyrus_with" listen="127.0.0.1:$imap_port" prefork=${cyrus_prefork:-0}
		  pop3 cmd="$cyrus_bin/pop3d $cyrus_with" listen="127.0.0.1:$pop3_port" prefork=${cyrus_prefork:-0}
		  http cmd="$cyrus_bin/httpd $cyrus_with" listen="127.0.0.1:$http_port" prefork=${cyrus_prefork:-0}
		${cyrus_services:-}
		}
		DAEMON {
		  idled cmd="$cyrus_bin/idled $cyrus_with"
		}
		EVENTS {
		  checkpoint cmd="$cyrus_bin/ctl_cyrusdb -c $cyrus_with" period=30
		}
	END
	chown -R "$cyrus_user:$cyrus_group" "$cyrus_dir"
}

# cyrus_tls: what is started next has imaps, pop3s and https, and STARTTLS; its lines are for start_cyrus.
cyrus_tls() {
	imaps_port=${imaps_port:-$(free_port)}
	pop3s_port=${pop3s_port:-$(free_port)}
	https_port=${https_port:-$(free_port)}
	cyrus_with="-s -C $cyrus_dir/imapd.conf"
	cyrus_services="  imaps cmd=\"$cyrus_bin/imapd $cyrus_with\" listen=\"127.0.0.1:$imaps_port\" prefork=0
		  pop3s cmd=\"$cyrus_bin/pop3d $cyrus_with\" listen=\"127.0.0.1:$pop3s_port\" prefork=0
		  https cmd=\"$cyrus_bin/httpd $cyrus_with\" listen=\"127.0.0.1:$https_port\" prefork=0"
	mkdir -p "$cyrus_dir/conf"
	make_certificate "$cyrus_dir/conf"
}

# cyrus_event_lines SOCKET SERVICE...: these services tell of logins there; for start_cyrus.
cyrus_event_lines() {
	event_at=$1
	shift
	for event_service; do
		cat <<-END
			${event_service}_event_notifier: imsconn
			${event_service}_event_groups: access
			${event_service}_event_extra_params: timestamp service clientAddress vnd.cmu.sessionId
			${event_service}_notifysocket: $event_at
		END
	done
}

cyrus_tls_lines() {
	printf '%s\n' "tls_server_cert: $cyrus_dir/conf/tls.crt" "tls_server_key: $cyrus_dir/conf/tls.key" "allowstarttls: on"
}

cyrus_answers() {
	mail_client greet imap "$imap_port" && mail_client greet pop3 "$pop3_port" && is_listening_tcp "$http_port"
}

# start_cyrus [LINE]...: as write_cyrus_conf; ports stay the same when started again.
start_cyrus() {
	write_cyrus_conf "$@" || return 1
	run_cyrus
}

# Its master ends its whole process group with itself.
run_cyrus() {
	[ -n "$cyrus_syslog" ] || is_running rsyslog || start_cyrus_syslog
	is_running saslauthd || start_saslauthd
	start cyrus setsid unshare -m "$tmp/bin/inside" setpriv --reuid "$cyrus_user" --regid "$cyrus_group" \
		--clear-groups "$cyrus_bin/master" -C "$cyrus_dir/imapd.conf" -M "$cyrus_dir/cyrus.conf" \
		-p "$cyrus_dir/master.pid" -D
	await cyrus_answers || bail 'Cyrus does not come up'
}

# Its sessions end with it.
stop_cyrus() {
	is_running cyrus || return 0
	cyrus_children=$(pgrep -P "$(pid_of cyrus)" || :)
	stop cyrus
	for child in $cyrus_children; do
		await not pid_lives "$child"
	done
}

restart_cyrus() {
	stop_cyrus
	run_cyrus
}

# Who asks for passwords is told that "pw" is right.
start_saslauthd() {
	start saslauthd python3 "$top_srcdir/tests/saslauthd.py" "$tmp/saslauthd.sock"
	await is_listening "$tmp/saslauthd.sock"
	chmod 666 "$tmp/saslauthd.sock"
}

# cyrus_password USER: he may log in with CRAM-MD5 and the like, too.
cyrus_password() {
	printf pw | unshare -m "$tmp/bin/inside" setpriv --reuid "$cyrus_user" --regid "$cyrus_group" --clear-groups \
		saslpasswd2 -c -p -f "$cyrus_dir/conf/sasldb2" -u cyrus.example.org "$1"
}

# cyrus_tools: makes $tmp/tools, with those of Cyrus's programs that imsconnd runs: for whoever is in a
# mount namespace with $tmp/inside, as what runs under $imsconn_under is from now on.
cyrus_tools() {
	mkdir -p "$tmp/tools"
	tools_libc=$(cd "$inside_root" && find lib usr/lib -name libc.so.6 | head -n 1)
	tools_libs=${tools_libc%/*}
	tools_loader=$(cd "$inside_root" && find "$tools_libs/" -name 'ld-linux*.so.*' | head -n 1)
	for tool in ctl_mboxlist cyr_deny; do
		cat >"$tmp/tools/$tool" <<-END
			#!/bin/sh
			exec $tmp/inside/$tools_loader \
				--library-path $tmp/inside/$tools_libs:$tmp/inside/usr/${tools_libs#usr/} \
				$tmp/inside$cyrus_bin/$tool -C $cyrus_dir/imapd.conf "\$@"
		END
		chmod 755 "$tmp/tools/$tool"
	done
	imsconn_under="unshare -m $tmp/bin/beside ${imsconn_under:-}"
}

# serving NAME: the process that has the client's connection.
serving() {
	ss -Htnp "dport = :$(event "$1" connected)" | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1
}

# put_message USER FILE: into his INBOX.
put_message() {
	mail_client put imap "$imap_port" "$1" pw "$2" >/dev/null
}

# proc_file USER: the proc file of the user's process, if it has one.
proc_file() {
	awk -F '\t' -v user="$1" '$3 == user { print FILENAME }' "$cyrus_proc"/[0-9]* 2>/dev/null
}

# cyrus_conf [PATH=VALUE]...: as write_conf, for this Cyrus.
cyrus_conf() {
	write_conf backend=cyrus dovecot.dict_socket= "cyrus.proc_path=$cyrus_proc" "cyrus.pid_file=$cyrus_dir/master.pid" "$@"
}

# make_inbox USER...: who comes by HTTP has to have one.
make_inbox() {
	for inbox_user in "$@"; do
		visit imap "$inbox_user" >/dev/null
	done
}
