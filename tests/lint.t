#!/bin/sh
# SPDX-License-Identifier: ISC
# What cppcheck, shellcheck and mandoc have to say. An exception stands in the file it is for,
# with a reason on the same line or the line before.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/sources.sh"

need cppcheck shellcheck mandoc col
cd "$top_srcdir" || exit 99

# Left out: variableScope wants blocks for the sake of blocks, and breaks what points into an
# array; unusedStructMember does not see keys that are written as bytes; ctuuninitvar takes
# what a function fills for what it reads; internalAstError is its own. sys/queue.h has to be
# shown to it.
run_cppcheck() {
	queue=$(echo '#include <sys/queue.h>' | ${CC:-cc} -E - |
		sed -n 's/^# 1 "\(.*sys\/queue.h\)".*/\1/p' | head -n 1)
	cppcheck --quiet --language=c --std=c11 --enable=warning,style,performance \
		--suppress=variableScope --suppress=unusedStructMember --suppress=ctuuninitvar \
		--suppress=internalAstError --inline-suppr --include="$queue" -I . -I "$top_builddir" \
		-DIMSC_SYSCONFDIR='""' -DIMSC_STATEDIR='""' -DIMSC_RUNDIR='""' \
		--template='{file}:{line}: {severity}: {id}: {message}' --error-exitcode=1 agent cli tests
}

run_shellcheck() {
	shell_sources >"$tmp/scripts"
	xargs shellcheck -x -f gcc <"$tmp/scripts"
}

# A page's faults, without what depends on the pages that are installed here.
run_mandoc() {
	[ -f "$top_builddir/$1" ] || make -s -C "$top_builddir" "$1" || return 1
	! mandoc -Tlint "$top_builddir/$1" 2>/dev/null | grep -v 'referenced manual not found'
}

# What a program says of its usage, and its page, both without "usage:" and in one line.
usage_of() {
	"$top_builddir/$1" -h | sed -n '/^$/q; s/^usage://; p' | tr -s ' \n' ' '
}

synopsis_of() {
	mandoc -Tascii "$top_builddir/$1.8" 2>/dev/null | col -b |
		sed -n '/^SYNOPSIS/,/^$/{ /^SYNOPSIS/d; p; }' | tr -s ' \t\n' ' '
}

# Exceptions for a tool without a word why. The brackets keep this script out of it.
find_unreasoned() {
	# shellcheck disable=SC2016 # $0 is awk's
	sources '\.([ch]|sh|t)$|/run$|quickstart' | xargs awk '
		FNR == 1 { before = "" }
		/cppcheck[-]suppress/ && !/suppress [^ ]+ *[;:].*[a-z]/ { print FILENAME ":" FNR ": " $0 }
		/# shellcheck[ ].*disable=/ && !/disable=[A-Z0-9,]+ *#.*[a-z]/ &&
			(before !~ /^[ \t]*# [A-Z]/ || before ~ /SPDX/) { print FILENAME ":" FNR ": " $0 }
		{ before = $0 }'
}

plan 9
ok 'cppcheck finds nothing' run_cppcheck
ok 'shellcheck finds nothing' run_shellcheck
for page in agent/imsconnd.8 agent/imsconn.conf.5 agent/imsconn-feed.5 cli/imsconnutil.8; do
	ok "mandoc finds nothing in $page" run_mandoc "$page"
done
for program in agent/imsconnd cli/imsconnutil; do
	is "the usage of $program is its page's synopsis" "$(usage_of "$program")" "$(synopsis_of "$program")"
done
is 'every exception has its reason' "$(find_unreasoned)" ''
