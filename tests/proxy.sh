# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh and dovecot.sh set them
# A second real Dovecot, which passes all logins on to the first one. Source it after dovecot.sh.

proxy_dir=$tmp/proxy
proxy_imap=$(free_port)
proxy_pop3=$(free_port)

write_proxy_conf() {
	mkdir -p "$proxy_dir/run" "$proxy_dir/state" "$tmp/bin"
	proxy_settings >"$proxy_dir/dovecot.conf"
	cat >>"$proxy_dir/dovecot.conf" <<-END
		base_dir = $proxy_dir/run
		state_dir = $proxy_dir/state
		log_path = $tmp/proxy-mail.log
		protocols = imap pop3
		listen = 127.0.0.1
		ssl = no
		auth_username_chars =
		service imap-login {
		  inet_listener imap {
		    port = $proxy_imap
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
		service pop3-login {
		  inet_listener pop3 {
		    port = $proxy_pop3
		  }
		  inet_listener pop3s {
		    port = 0
		  }
		}
	END
	printf '%s\n' '#!/bin/sh' "exec ${dovecot_under:-} doveadm -c $proxy_dir/dovecot.conf \"\$@\"" >"$tmp/bin/proxy-doveadm"
	chmod 755 "$tmp/bin/proxy-doveadm"
}

proxy_answers() {
	mail_client greet imap "$proxy_imap" && mail_client greet pop3 "$proxy_pop3"
}

start_proxy() {
	# shellcheck disable=SC2086 # a command and its words
	start proxy ${dovecot_under:-} dovecot -F -c "$proxy_dir/dovecot.conf"
	await proxy_answers || bail 'the proxy does not come up'
}

# hold_through NAME SERVICE USER [OPTION]...: as hold, by way of the proxy.
hold_through() {
	behind_imap=$imap_port
	behind_pop3=$pop3_port
	imap_port=$proxy_imap
	pop3_port=$proxy_pop3
	through_status=0
	hold "$@" || through_status=$?
	imap_port=$behind_imap
	pop3_port=$behind_pop3
	return "$through_status"
}
