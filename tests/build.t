#!/bin/sh
# SPDX-License-Identifier: ISC
# From a copy of the sources: configure, make, install, uninstall, distcheck; another root of
# the MIB; without systemd.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/sources.sh"

need autoreconf make pkg-config xz snmptranslate
default_root=1.3.6.1.4.1.8072.9999.9999.4242
other_root=1.3.6.1.4.1.99999.7

# What belongs into a system, and nothing else.
installed='etc/imsconn/imsconn.conf
usr/lib/imsconn/imsconn.so
usr/lib/systemd/system/imsconnd-feed.socket
usr/lib/systemd/system/imsconnd-feed@.socket
usr/lib/systemd/system/imsconnd.service
usr/lib/systemd/system/imsconnd.socket
usr/lib/systemd/system/imsconnd@.socket
usr/lib/sysusers.d/imsconn.conf
usr/sbin/imsconnd
usr/sbin/imsconnutil
usr/share/doc/imsconn/COPYING
usr/share/doc/imsconn/README
usr/share/doc/imsconn/examples/cyrus/README
usr/share/doc/imsconn/examples/cyrus/imsconn-imapd.conf
usr/share/doc/imsconn/examples/cyrus/imsconn.conf
usr/share/doc/imsconn/examples/cyrus/lastpop
usr/share/doc/imsconn/examples/dovecot/README
usr/share/doc/imsconn/examples/dovecot/imsconn-2.3.conf
usr/share/doc/imsconn/examples/dovecot/imsconn-2.4.conf
usr/share/doc/imsconn/examples/dovecot/imsconn-deny
usr/share/doc/imsconn/examples/dovecot/imsconn-deny-2.3.conf
usr/share/doc/imsconn/examples/dovecot/imsconn-deny-2.4.conf
usr/share/doc/imsconn/examples/imsconn.conf
usr/share/doc/imsconn/examples/roundcube/imsconn/README
usr/share/doc/imsconn/examples/roundcube/imsconn/composer.json
usr/share/doc/imsconn/examples/roundcube/imsconn/config.inc.php.dist
usr/share/doc/imsconn/examples/roundcube/imsconn/imsconn.php
usr/share/doc/imsconn/examples/roundcube/imsconn/imsconn_feed.php
usr/share/doc/imsconn/examples/roundcube/imsconn/imsconn_outage.php
usr/share/doc/imsconn/examples/roundcube/imsconn/localization/de_DE.inc
usr/share/doc/imsconn/examples/roundcube/imsconn/localization/en_US.inc
usr/share/doc/imsconn/examples/snmpd/README
usr/share/doc/imsconn/examples/snmpd/disman.conf
usr/share/doc/imsconn/examples/snmpd/imsconn.conf
usr/share/doc/imsconn/examples/systemd/cyrus.conf
usr/share/doc/imsconn/examples/systemd/least-privilege.conf
usr/share/man/man5/imsconn-feed.5
usr/share/man/man5/imsconn.conf.5
usr/share/man/man8/imsconnd.8
usr/share/man/man8/imsconnutil.8
usr/share/snmp/mibs/IMSCONN-MIB.txt'

copy_sources() {
	mkdir "$tmp/src" && (cd "$top_srcdir" && sources . | tar cf - -T -) | tar xf - -C "$tmp/src"
}

# configure_in DIRECTORY OPTION...
configure_in() {
	configure_dir=$tmp/$1
	shift
	mkdir -p "$configure_dir" && cd "$configure_dir" && "$tmp/src/configure" --quiet \
		--cache-file="$tmp/config.cache" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
		--runstatedir=/run "$@"
}

make_in() {
	make_dir=$tmp/$1
	shift
	make -s -C "$make_dir" "$@"
}

# list_files DIRECTORY
list_files() {
	(cd "$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort)
}

# refuses_root ROOT: configure says no, and names it.
refuses_root() {
	! configure_in bad --with-oid-root="$1" >"$tmp/refused" 2>&1 &&
		grep -qF -e "--with-oid-root: ${1#.} is not an OID" "$tmp/refused"
}

refuses_bad_roots() {
	for root in 1.3.6.1.4.1 1.3.6.1.2.1.99 1.3.6.1.4.1.x 1.3.6.1.4.1.5. 1.3.6.1.4.1.05 \
		1.3.6.1.4.1.4294967296 1.3.6.1.4.1.1.2.3.4.5.6.7.8.9.10.11 '1.3.6.1.4.1.5 6' yes; do
		refuses_root "$root" || { echo "taken: $root" && return 1; }
	done
}

# Where the module says it is.
translate_module() {
	ietf_mibs
	SNMP_PERSISTENT_DIR=$tmp/snmp/state snmptranslate -M "$tmp/other/mib:$IMSC_MIBDIR" \
		-m IMSCONN-MIB -On IMSCONN-MIB::imsconnMIB 2>"$tmp/translate.log"
}

# The generated files have nothing of the default root in them, nor anything left to fill in.
no_other_root() {
	! grep -rnE '8072[. )].*9999|@[A-Z_]+@' "$tmp/other/mib" "$tmp/other/contrib"
}

# What the binary answers to, through a real snmpd.
other_root_answers() {
	imsconnd=$tmp/other/agent/imsconnd
	write_conf backend=none
	start_snmpd
	start imsconnd "$imsconnd" -f "$tmp/imsconn.conf"
	await says_like '^"?[0-9]+\.' snmp_get -Oqv ".$other_root.1.1.1.0" &&
		says_like 'No Such' snmp_get ".$default_root.1.1.1.0"
}

# Every name that EXTRA_DIST and the like leave out breaks this.
run_distcheck() {
	make_in build -j2 distcheck TESTS='tests/test_conf_read tests/conf.t' \
		DISTCHECK_CONFIGURE_FLAGS='--enable-werror'
}

plan 20
ok 'the sources can be copied' copy_sources || exit 1
cd "$tmp/src" || exit 1
ok 'autoreconf makes configure' autoreconf -fi || exit 1
ok 'configure works outside the sources' configure_in build || exit 1
ok 'make builds everything' make_in build -j2 || exit 1
is 'nothing is written into the sources' "$(cd "$tmp/src" && find . -newer "$tmp/build/config.h" \
	-type f ! -path './autom4te.cache/*')" ''

ok 'make install works' make_in build install DESTDIR="$tmp/root"
is 'it installs just what belongs into a system' "$(list_files "$tmp/root")" "$installed"

echo '# changed' >>"$tmp/root/etc/imsconn/imsconn.conf"
cp "$tmp/root/etc/imsconn/imsconn.conf" "$tmp/changed.conf"
make_in build install DESTDIR="$tmp/root" >"$tmp/install.log" 2>&1
ok 'a configuration that is there stays as it is' \
	cmp "$tmp/changed.conf" "$tmp/root/etc/imsconn/imsconn.conf"

make_in build uninstall DESTDIR="$tmp/root" >"$tmp/uninstall.log" 2>&1
is 'make uninstall leaves nothing but a changed configuration' "$(list_files "$tmp/root")" \
	etc/imsconn/imsconn.conf

rm -rf "$tmp/root"
make_in build install DESTDIR="$tmp/root" >>"$tmp/install.log" 2>&1
make_in build uninstall DESTDIR="$tmp/root" >>"$tmp/uninstall.log" 2>&1
is 'and nothing at all if nothing was changed' "$(list_files "$tmp/root")" ''

ok 'make distcheck works' run_distcheck

ok 'roots that are no OID below enterprises are refused' refuses_bad_roots
ok "it configures with --with-oid-root=$other_root and --without-systemd" \
	configure_in other --with-oid-root=$other_root --without-systemd --enable-werror
ok 'and builds' make_in other -j2
ok 'the MIB has that root' says ".$other_root" translate_module
ok 'the examples have it' grep -rq '99999\.7' "$tmp/other/contrib"
ok 'no generated file has another' no_other_root
ok 'imsconnd answers at that root' other_root_answers
is 'without systemd nothing of it is linked' "$(ldd "$tmp/other/agent/imsconnd" | grep systemd)" ''
echo 'dovecot = { log_file = "journal"; };' >"$tmp/journal.conf"
is 'and a journal is refused' "$("$tmp/other/agent/imsconnd" -C -f "$tmp/journal.conf" 2>&1)" \
	'imsconnd: error: log_file cannot be the journal: imsconnd was built without libsystemd'
