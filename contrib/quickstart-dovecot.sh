# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034,SC2154 # what is set and used here belongs to contrib/quickstart
# The quick start with Dovecot.

server_name=Dovecot
server_packages='dovecot-core dovecot-imapd dovecot-pop3d'
password=secret
# CAP_KILL is for disconnecting; group dovecot, to give Dovecot the socket, which systemd does where
# imsconn is installed.
imsconn_rights=,+kill
imsconn_groups=--groups=dovecot

# The example's blocks that are commented out and begin with this word.
example_block() {
	sed -n "/^#$1 /,/^#}/s/^#//p" "$example"
}

prepare_server() {
	example=$tmp/root/share/doc/imsconn/examples/dovecot/imsconn-2.3.conf
	imap_port=$(free_port) pop3_port=$(free_port)
	mkdir -p "$tmp/dovecot/run" "$tmp/dovecot/mail"
	chown nobody "$tmp/dovecot/mail"
	printf '%s:{PLAIN}secret\n' ann bob carl >"$tmp/etc/users"
	# The block of the example that tells both ports has to be read first, those that let imsconnd in
	# last.
	example_block userdb >"$tmp/etc/ports.conf"
	example_block service | sed "s/= imsconn\$/= $imsconn/" >"$tmp/etc/rights.conf"
	cat >"$tmp/etc/dovecot.conf" <<-END
		base_dir = $tmp/dovecot/run
		state_dir = $tmp/dovecot
		log_path = $tmp/dovecot-mail.log
		protocols = imap pop3
		listen = 127.0.0.1
		ssl = no
		disable_plaintext_auth = no
		auth_mechanisms = plain login cram-md5
		first_valid_uid = 1
		first_valid_gid = 1
		mail_location = maildir:$tmp/dovecot/mail/%u
		passdb {
		  driver = passwd-file
		  args = $tmp/etc/users
		}
		!include $tmp/etc/ports.conf
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=$tmp/dovecot/mail/%u
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
		!include $example
		!include $tmp/etc/rights.conf
	END
}

server_keys() {
	echo "dovecot = { anvil_socket = \"$tmp/dovecot/run/anvil\"; };"
}

start_server() {
	start dovecot dovecot -F -c "$tmp/etc/dovecot.conf"
}

server_answers() {
	python3 "$top/tests/mail_client.py" greet imap "$imap_port" &&
		python3 "$top/tests/mail_client.py" greet pop3 "$pop3_port"
}

tell_configuration() {
	note "All three are private, on 127.0.0.1: Dovecot at port $imap_port (IMAP) and $pop3_port" \
		"(POP), snmpd at $snmp_port. Dovecot's configuration has one file of ours:"
	show "grep -v '^ *#' $example | grep ."
}

tell_rights() {
	note "imsconnd is not root: it is user $imsconn here. It may do one thing more, end processes of" \
		'others (20 is CAP_KILL), since that is how a user of Dovecot 2.3 is disconnected:'
}

come() {
	note 'Real clients: ann is at two devices and bob at one, by IMAP, waiting for mail; carl' \
		'fetches his by POP and goes.'
	client phone imap ann idle
	client desk imap ann idle
	client bob imap bob idle
	show "python3 tests/mail_client.py visit pop3 $pop3_port carl $password"
}

sees_everyone() {
	says 3 snmpget -OqvU "$agent" imscServiceSessions.imap &&
		says_like '^[0-9]' snmpget -OqvU "$agent" 'imscUserPopLastAccess."carl"'
}

tell_end() {
	note 'What her two clients were told:'
	show "grep -h BYE $tmp/phone.log $tmp/desk.log"
}
