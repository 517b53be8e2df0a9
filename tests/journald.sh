# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private instance of systemd's real journald. Source it after lib.sh.

journald=/lib/systemd/systemd-journald

# own_mounts: runs the script again in a mount namespace of its own, and ends with it. What is
# mounted there nobody else sees.
own_mounts() {
	need_root
	need unshare journalctl logger
	[ -x "$journald" ] || skip_all "$journald is not installed"
	[ -z "${IMSC_OWN_MOUNTS:-}" ] || return 0
	unshare -m true 2>/dev/null || skip_all 'it needs mount namespaces'
	for file in /etc/machine-id /etc/systemd/journald.conf; do
		[ -e "$file" ] || skip_all "there is no $file"
	done
	IMSC_OWN_MOUNTS=1 unshare -m "$0"
	exit $?
}

# new_machine: this host has another machine-id from now on.
new_machine() {
	tr -d - </proc/sys/kernel/random/uuid >"$tmp/own/machine-id"
}

# journald_conf [LINE]...: its configuration, with these lines.
journald_conf() {
	printf '%s\n' '[Journal]' ReadKMsg=no Audit=no RateLimitIntervalSec=0 Compress=512 "$@" \
		>"$tmp/own/journald.conf"
}

# make_journald: the place that it lives in: /run in memory, as it expects, all else in $tmp/own.
# /dev/log leads there by a way that a Dovecot with another root has, too.
make_journald() {
	mkdir "$tmp/own" "$tmp/own/log" "$tmp/own/dev" "$tmp/own/sockets"
	cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$tmp/own/dev"
	ln -s "$tmp/own/sockets/dev-log" "$tmp/own/dev/log"
	journald_conf
	new_machine
	mount --bind "$tmp/own/log" /var/log
	mount --bind "$tmp/own/dev" /dev
	mount --bind "$tmp/own/journald.conf" /etc/systemd/journald.conf
	mount --bind "$tmp/own/machine-id" /etc/machine-id
	mount -t tmpfs tmpfs /run
	mkdir -p /run/systemd/journal /run/log/journal
	mount --bind "$tmp/own/sockets" /run/systemd/journal
	own_journal /run/log/journal
}

# own_journal FOLDER: members of the group may read the journals that are made in it.
own_journal() {
	chgrp systemd-journal "$1"
	chmod 2755 "$1"
}

journald_is_up() {
	is_running journald && logger -t imsconn-test up && says_like ' up$' journalctl -q -t imsconn-test
}

start_journald() {
	start journald "$journald"
	await journald_is_up || bail 'journald does not come up'
}

stop_journald() {
	journalctl --sync
	stop journald
}
