# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Installing Debian packages without their services: they are not started now, nor at the next
# boot. Read in by contrib/quickstart and tests/run. Call release_services at the end, however it
# comes.

policy=${POLICY_RC_D:-/usr/sbin/policy-rc.d}

# missing_packages NAME...: those that are not installed.
missing_packages() {
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
			printf '%s ' "$package"
	done
}

# Debian asks policy-rc.d whether a service may be started. What was there comes back.
hold_services() {
	if [ -e "$policy" ] && ! grep -q '^# imsconn ' "$policy"; then
		mv "$policy" "$policy.before-imsconn"
	fi
	printf '#!/bin/sh\n# imsconn installs packages: no service starts meanwhile.\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

release_services() {
	! grep -qs '^# imsconn ' "$policy" || rm -f "$policy"
	[ ! -e "$policy.before-imsconn" ] || mv "$policy.before-imsconn" "$policy"
}

# install_packages NAME...: of packages that were not installed.
install_packages() {
	hold_services
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "$@"
	install_status=$?
	release_services
	for package in "$@"; do
		case $package in
		dovecot-core) update-rc.d dovecot disable ;;
		snmpd | snmptrapd) update-rc.d "$package" disable ;;
		roundcube-core) systemctl disable roundcube-cleandb.timer roundcube-gc.timer ;;
		esac
	done
	return "$install_status"
}
