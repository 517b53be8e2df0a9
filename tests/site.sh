# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2154 # lib.sh sets them
# A private snmpd as a site has it: with contrib/snmpd's examples in the directory that Debian's
# snmpd.conf includes, and users and keys in its own state. Source it after lib.sh.

site=$tmp/snmp/snmpd.conf.d
site_passphrases='SHA-256 "a passphrase" AES "another one"'
snmp_port=$(free_port udp)

for file in imsconn.conf disman.conf; do
	[ -f "$top_builddir/contrib/snmpd/$file" ] || make -s -C "$top_builddir" "contrib/snmpd/$file" >&2 ||
		bail "cannot build contrib/snmpd/$file"
done

# make_site LINE...: these are in snmpd.conf; the users are made as contrib/snmpd/README tells.
make_site() {
	mkdir -p "$site"
	printf '%s\n' "agentaddress udp:127.0.0.1:$snmp_port" "$@" "includeDir $site" >"$tmp/snmp/snmpd.conf"
	for user in imscmonitor imscreader imscnewreader imscoperator imsctrap; do
		echo "createUser $user $site_passphrases"
	done >"$tmp/snmp/state/snmpd.conf"
}

# install_example NAME [SED'S OPTION]...: with the test's socket, and what else sed is told to do.
install_example() {
	site_name=$1
	shift
	[ "${door:-}" != module ] || set -- -e "s,^#\(dlmod imsconn \).*,\1$snmpd_module," \
		-e "s,^#\(imsconnBoard \).*,\1$board," "$@"
	sed -e "s,^agentXSocket .*,agentXSocket unix:$tmp/agentx," -e '/^agentXPerms/d' "$@" \
		"$top_builddir/contrib/snmpd/$site_name" >"$site/$site_name"
}

# start_site: stop_snmpd ends it. Its engine's identity and its keys stay when it is started again.
start_site() {
	start snmpd env MIBS=: SNMPCONFPATH="$tmp/snmp:$tmp/snmp/state" SNMP_PERSISTENT_DIR="$tmp/snmp/state" \
		snmpd -f -Lo -I -smux
	await receives "$snmp_port" || bail 'snmpd does not come up'
}

# receives PORT: somebody has this UDP port of 127.0.0.1.
receives() {
	grep -q "0100007F:$(printf %04X "$1") " /proc/net/udp
}
