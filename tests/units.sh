# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The C unit tests once more, in other surroundings: for sanitize.t and valgrind.t.

: "${tmp:?lib.sh comes first}" "${top_srcdir:?}"

CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT

# units: the unit tests' names, such as tests/test_conf.
units() {
	(cd "$top_srcdir" && ls tests/test_*.c) | sed 's/\.c$//'
}

# run_unit COMMAND...: succeeds as the unit test does; else shows what failed, and why.
run_unit() {
	unit_status=0
	"$@" >"$tmp/unit.tap" 2>"$tmp/unit.err" || unit_status=$?
	[ "$unit_status" != 0 ] || return 0
	grep '^not ok' "$tmp/unit.tap"
	head -n 15 "$tmp/unit.err"
	return "$unit_status"
}
