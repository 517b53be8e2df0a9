# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh and dovecot.sh set them
# What is special about Dovecot 2.3, which is the host's. For dovecot.sh; dovecot-2.4.sh has the same.

# shellcheck disable=SC2034 # dovecot.sh has one in front of the programs, tests the other of files
dovecot_under='' dovecot_root='' dovecot_unprivileged=''

# A session is ended by a signal to its process, or by the end of its TCP connection.
# shellcheck disable=SC2034 # for dovecot.sh
least_capabilities=,+kill,+net_admin

need_this_dovecot() {
	need dovecot doveadm
	case $(dovecot --version) in
	2.3.*) ;;
	*) skip_all 'it needs Dovecot 2.3' ;;
	esac
}

# The settings that other versions write otherwise.
own_settings() {
	cat <<-END
		protocols = imap pop3
		auth_mechanisms = plain login cram-md5
		disable_plaintext_auth = no
		mail_location = maildir:~/mail
		!include_try $dovecot_dir/00-*.conf
		passdb {
		  driver = static
		  args = password=pw
		}
		userdb {
		  driver = static
		  # A directory for each name, whatever is in it.
		  args = uid=nobody gid=nogroup home=$dovecot_dir/mail/%Mu allow_all_users=yes
		}
		service imap-login {
		  service_count = 0
		}
		service pop3-login {
		  service_count = 0
		}
	END
}

# ---- lines for start_dovecot

shared_processes() {
	for shared_service in "${@:-imap}"; do
		printf '%s\n' "service $shared_service {" '  client_limit = 5' '  service_count = 0' \
			'  process_limit = 1' '}'
	done
}

tls_certificate() {
	printf '%s\n' "ssl_cert = <$dovecot_dir/tls.crt" "ssl_key = <$dovecot_dir/tls.key"
}

lua_passdb() {
	printf '%s\n' 'passdb {' '  driver = lua' "  args = file=$1" '}'
}

no_last_login() {
	printf '%s\n' 'plugin {' '  last_login_dict =' '}' 'protocol imap {' '  mail_plugins =' '}' \
		'protocol pop3 {' '  mail_plugins =' '}'
}

site_last_login() {
	ours=$(shipped_snippet | sed -n 's/^ *last_login_key = //p')
	printf '%s\n' 'plugin {' "  last_login_dict = proxy:$dict_socket:lastlogin" \
		"  last_login_key = last-login/%s/%u|$ours" '}'
}

master_user() {
	printf '%s\n' "$1:{PLAIN}pw" >"$dovecot_dir/masters"
	printf '%s\n' 'auth_master_user_separator = *' 'passdb {' '  driver = passwd-file' '  master = yes' \
		"  args = $dovecot_dir/masters" '}'
}

log_peer() {
	echo 'login_log_format_elements = user=<%u> method=%m rip=%r lip=%l mpid=%e session=<%{session}> real_rip=%{real_rip}'
}

log_pop3_octets() {
	echo 'pop3_logout_format = top=%t/%p, retr=%r/%b, del=%d/%m, size=%s, in=%i, out=%o'
}

listed_users() {
	printf '%s\n' 'userdb {' '  driver = passwd-file' "  args = $1" '}'
}

# For proxy.sh: all logins are passed on to the other Dovecot, by their protocol; with a master user's
# credentials if proxy_master is his name.
proxy_settings() {
	cat <<-END
		disable_plaintext_auth = no
		passdb {
		  driver = static
		  args = password=pw proxy=y host=127.0.0.1 port=%{if;%s;eq;imap;$imap_port;$pop3_port} pass=pw ${proxy_master:+master=$proxy_master}
		}
	END
}
