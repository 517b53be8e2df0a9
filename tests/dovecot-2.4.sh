# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh and dovecot.sh set them
# What is special about Dovecot 2.4, which is Debian 13's. For dovecot.sh; dovecot-2.3.sh has the same.

# shellcheck source=tests/inside.sh
. "$top_srcdir/tests/inside.sh"

# shellcheck disable=SC2034 # for dovecot.sh and daemons.sh
dovecot_under="unshare -m $tmp/bin/inside"
# Who is not root cannot make mounts: imsconnd sees some already, and a user namespace lets its doveadm
# go into them.
# shellcheck disable=SC2034 # for daemons.sh and dovecot.sh
imsconnd_sees="unshare -m $tmp/bin/beside"
# shellcheck disable=SC2034 # for dovecot.sh
dovecot_unprivileged="[ ! -e $tmp/inside/etc ] ||
	under='unshare -U --map-current-user --keep-caps chroot $tmp/inside'"

# A session is ended at anvil.
# shellcheck disable=SC2034 # for dovecot.sh
least_capabilities=

need_this_dovecot() {
	for user in dovecot dovenull; do
		getent passwd "$user" >/dev/null || skip_all "it needs Debian's user $user"
	done
	need_inside dovecot-2.4
}

# The settings that other versions write otherwise.
own_settings() {
	cat <<-END
		dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		protocols = imap pop3
		auth_mechanisms = plain login cram-md5
		auth_allow_cleartext = yes
		mail_driver = maildir
		mail_path = ~/mail
		!include_try $dovecot_dir/00-*.conf
		passdb static {
		  password = pw
		}
		userdb static {
		  fields {
		    uid = nobody
		    gid = nogroup
		    # A directory for each name, whatever is in it.
		    home = $dovecot_dir/mail/%{user | md5}
		  }
		  allow_all_users = yes
		}
		service imap-login {
		  restart_request_count = unlimited
		}
		service pop3-login {
		  restart_request_count = unlimited
		}
	END
}

# ---- lines for start_dovecot

shared_processes() {
	for shared_service in "${@:-imap}"; do
		printf '%s\n' "service $shared_service {" '  client_limit = 5' \
			'  restart_request_count = unlimited' '  process_limit = 1' '}'
	done
}

tls_certificate() {
	printf '%s\n' "ssl_server_cert_file = $dovecot_dir/tls.crt" "ssl_server_key_file = $dovecot_dir/tls.key"
}

lua_passdb() {
	printf '%s\n' 'passdb lua {' "  lua_file = $1" '}'
}

no_last_login() {
	printf '%s\n' 'protocol imap {' '  mail_plugins =' '}' 'protocol pop3 {' '  mail_plugins =' '}'
}

site_last_login() {
	ours=$(shipped_snippet | sed -n 's/^ *last_login_key = //p')
	printf '%s\n' 'last_login {' '  dict proxy {' '    name = lastlogin' '  }' \
		"  last_login_key = last-login/%{protocol}/%{user}|$ours" '}'
}

master_user() {
	printf '%s\n' "$1:{PLAIN}pw" >"$dovecot_dir/masters"
	printf '%s\n' 'auth_master_user_separator = *' 'passdb passwd-file {' '  master = yes' \
		"  passwd_file_path = $dovecot_dir/masters" '}'
}

# It cannot: what it logs as %{real_remote_ip} is the local address.
log_peer() {
	:
}

log_pop3_octets() {
	echo 'pop3_logout_format = in=%{input}, out=%{output}, size=%{message_bytes}'
}

listed_users() {
	printf '%s\n' 'userdb passwd-file {' "  passwd_file_path = $1" '}'
}

# For proxy.sh: all logins are passed on to the other Dovecot, by their protocol; with a master user's
# credentials if proxy_master is his name.
proxy_settings() {
	cat <<-END
		dovecot_config_version = 2.4.0
		dovecot_storage_version = 2.4.0
		auth_allow_cleartext = yes
		passdb static {
		  password = pw
		  fields {
		    proxy = yes
		    host = 127.0.0.1
		    port = %{protocol | if('eq', 'imap', '$imap_port', '$pop3_port')}
		    pass = pw
		    ${proxy_master:+master = $proxy_master}
		  }
		}
	END
}
