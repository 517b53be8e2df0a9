#!/bin/sh
# SPDX-License-Identifier: ISC
# Every C file is as clang-format would write it.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/sources.sh"

need clang-format
plan 1

# One line for each place that clang-format would change.
check_format() {
	cd "$top_srcdir" || return 1
	sources '\.[ch]$' >"$tmp/files"
	[ -s "$tmp/files" ] || { echo 'no file found' && return 1; }
	xargs clang-format --dry-run -Werror <"$tmp/files" >"$tmp/format" 2>&1 && return
	grep 'error:' "$tmp/format" | cut -d : -f 1 | sort | uniq -c
	return 1
}
ok 'every C file is formatted; clang-format -i does it' check_format
