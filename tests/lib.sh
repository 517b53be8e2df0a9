# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the .t scripts share: a private directory and TAP; process.sh adds waiting and processes,
# daemons.sh the real snmpd and imsconnd. A script begins with:
#	. "${top_srcdir:-.}/tests/lib.sh"
# tests/README tells how to run one, keep its files and see its logs.

set -u
umask 022
LC_ALL=C
export LC_ALL
# A make that a test runs must not inherit the list of tests of the make that runs the test.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

top_srcdir=$(cd "${top_srcdir:-.}" && pwd) || exit 99
top_builddir=$(cd "${top_builddir:-.}" && pwd) || exit 99
export top_srcdir top_builddir
imsconnd=$top_builddir/agent/imsconnd
imsconnutil=$top_builddir/cli/imsconnutil

# ---- the private directory; its path is short, since a socket's must be (108 octets)

tmp=$(mktemp -d /tmp/imsc.XXXXXX) || exit 99
chmod 755 "$tmp"
mkdir "$tmp/snmp" "$tmp/snmp/state" "$tmp/mibs"

# Files of the test stay with KEEP=1, and with DEBUG=1 if it failed.
clean_up() {
	status=$?
	trap - EXIT INT TERM HUP
	# The newest first: clients before their servers.
	for name in $started; do
		stop "$name" >/dev/null 2>&1 || :
	done
	[ "${door:-}" != module ] || [ ! -f "$tmp/snmpd.log" ] || [ "$(module_reads)" -gt 0 ] ||
		{ diag 'the module has read nothing' && status=1; }
	[ "$tap_failed$status" = 00 ] || show_logs
	if [ -n "${KEEP:-}" ] || { [ -n "${DEBUG:-}" ] && [ "$tap_failed$status" != 00 ]; }; then
		diag "the test's files are in $tmp"
	else
		rm -rf "$tmp"
	fi
	[ "$tap_failed" = 0 ] || [ "$status" != 0 ] || status=1
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The ends of all logs, as comments: what one wants to see of a failure elsewhere.
show_logs() {
	for file in "$tmp"/*.log; do
		[ -s "$file" ] || continue
		diag "---- the end of $(basename "$file")"
		tail -n 12 "$file" | tr -d '\000' | cut -c 1-200 | sed 's/^/#   /'
	done
}

# ---- TAP: one "ok N - sentence" a check; every check returns whether it passed

tap_number=0
tap_failed=0
tap_plan=

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

plan() {
	tap_plan=$1
	echo "1..$1"
}

# Ends a script whose number of checks is not told before.
done_testing() {
	[ -n "$tap_plan" ] || echo "1..$tap_number"
}

bail() {
	echo "Bail out! $*"
	exit 99
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

tap_result() {
	tap_number=$((tap_number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_number - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_number - $2"
	fi
	return "$1"
}

# ok SENTENCE COMMAND...: COMMAND succeeds. What it prints is shown if it does not.
ok() {
	tap_sentence=$1
	shift
	tap_status=0
	"$@" >"$tmp/ok.out" 2>&1 || tap_status=$?
	if [ "$tap_status" != 0 ]; then
		tap_result 1 "$tap_sentence" || :
		diag "status $tap_status of: $*"
		tail -n 20 "$tmp/ok.out" | sed 's/^/#   /'
		return 1
	fi
	tap_result 0 "$tap_sentence"
}

# is SENTENCE GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1" || :
		diag "     got: $2"
		diag "expected: $3"
		return 1
	fi
}

# like SENTENCE TEXT PATTERN: a line of TEXT matches the extended regular expression.
like() {
	if printf '%s\n' "$2" | grep -qE -e "$3"; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1" || :
		diag "     got: $2"
		diag "no match: $3"
		return 1
	fi
}

unlike() {
	if printf '%s\n' "$2" | grep -qE -e "$3"; then
		tap_result 1 "$1" || :
		diag "     got: $2"
		diag " matches: $3"
		return 1
	fi
	tap_result 0 "$1"
}

# need COMMAND...: skips the whole script if one is not installed.
need() {
	for command in "$@"; do
		command -v "$command" >/dev/null || skip_all "$command is not installed"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip_all 'it needs root'
}

# ---- processes, and the daemons among them

# shellcheck source=tests/process.sh
. "$top_srcdir/tests/process.sh"
# shellcheck source=tests/daemons.sh
. "$top_srcdir/tests/daemons.sh"
