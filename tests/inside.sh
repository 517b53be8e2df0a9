# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# Programs of another Debian: debian has them in a directory, which they see as their root.

# need_inside WHAT: of what debian knows.
need_inside() {
	need unshare chroot
	unshare -m true 2>/dev/null || skip_all 'it needs mount namespaces'
	inside_root=$("$top_srcdir/tests/debian" "$1" 2>"$tmp/debian.log") ||
		bail "there is no $1: $(tail -n 1 "$tmp/debian.log")"
	write_entries
}

# $tmp/bin/inside COMMAND...: runs it in that Debian, in a mount namespace that is its own. Users, groups
# and local time are the host's, and so are /tmp, processes and devices. Nothing else can be written.
# $tmp/bin/beside COMMAND...: runs it where it is, and has the same in $tmp/inside.
# What is in $tmp/etc and $tmp/inside-dev, if that is there, is in its /etc and /dev.
write_entries() {
	mkdir -p "$tmp/bin" "$tmp/etc" "$tmp/inside"
	cp -L /etc/passwd /etc/group /etc/nsswitch.conf /etc/services "$tmp/etc" 2>/dev/null || :
	[ ! -e /etc/localtime ] || cp -L /etc/localtime "$tmp/etc"
	ln -sf /proc/mounts "$tmp/etc/mtab"
	write_entry inside "$inside_root" 'chroot .'
	# shellcheck disable=SC2016 # the expansion is the script's
	write_entry beside "$tmp/inside" 'env -C "$OLDPWD"'
}

# write_entry NAME PLACE COMMAND: a script that makes the mounts at PLACE, and goes on from there.
write_entry() {
	cat >"$tmp/bin/$1" <<-END
		#!/bin/sh
		set -e
		mount --bind -o ro "$inside_root" "$2"
		cd "$2"
		mount --bind "$tmp/etc" etc
		mount --bind /tmp tmp
		mount --rbind /proc proc
		dev=$tmp/inside-dev
		[ -d "\$dev" ] || dev=/dev
		mount --rbind "\$dev" dev
		exec $3 "\$@"
	END
	chmod 755 "$tmp/bin/$1"
}
