# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh and dovecot.sh set them
# What is special about Dovecot 2.4, which is Debian 13's: debian13 has it in a directory, and its
# programs see that as their root. For dovecot.sh; dovecot-2.3.sh has the same.

# shellcheck disable=SC2034 # for dovecot.sh and daemons.sh
dovecot_under="unshare -m $tmp/bin/debian13"
# Who is not root cannot make mounts: imsconnd sees some already, and a user namespace lets its doveadm
# go into them.
# shellcheck disable=SC2034 # for daemons.sh and dovecot.sh
imsconnd_sees="unshare -m $tmp/bin/beside-debian13"
dovecot_unprivileged="[ ! -e $tmp/debian13/etc ] ||
	under='unshare -U --map-current-user --keep-caps chroot $tmp/debian13'"

# A session is ended at anvil.
# shellcheck disable=SC2034 # for dovecot.sh
least_capabilities=

need_this_dovecot() {
	need unshare chroot
	for user in dovecot dovenull; do
		getent passwd "$user" >/dev/null || skip_all "it needs Debian's user $user"
	done
	unshare -m true 2>/dev/null || skip_all 'it needs mount namespaces'
	dovecot_root=$("$top_srcdir/tests/debian13" 2>"$tmp/debian13.log") ||
		bail "there is no Dovecot 2.4: $(tail -n 1 "$tmp/debian13.log")"
	write_debian13
}

# $tmp/bin/debian13 COMMAND...: runs it in Debian 13, in a mount namespace that is its own. Users, groups
# and local time are the host's, and so are /tmp, processes and devices. Nothing else can be written.
# $tmp/bin/beside-debian13 COMMAND...: runs it where it is, and has the same in $tmp/debian13.
write_debian13() {
	mkdir -p "$tmp/etc" "$tmp/debian13"
	cp -L /etc/passwd /etc/group "$tmp/etc"
	[ ! -e /etc/localtime ] || cp -L /etc/localtime "$tmp/etc"
	ln -sf /proc/mounts "$tmp/etc/mtab"
	write_entry debian13 "$dovecot_root" 'chroot .'
	# shellcheck disable=SC2016 # the expansion is the script's
	write_entry beside-debian13 "$tmp/debian13" 'env -C "$OLDPWD"'
}

# write_entry NAME PLACE COMMAND: a script that makes the mounts at PLACE, and goes on from there.
write_entry() {
	cat >"$tmp/bin/$1" <<-END
		#!/bin/sh
		set -e
		mount --bind -o ro "$dovecot_root" "$2"
		cd "$2"
		mount --bind "$tmp/etc" etc
		mount --bind /tmp tmp
		mount --rbind /proc proc
		mount --rbind /dev dev
		exec $3 "\$@"
	END
	chmod 755 "$tmp/bin/$1"
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
