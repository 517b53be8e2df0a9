#!/bin/sh
# SPDX-License-Identifier: ISC
# Everything builds without a warning, with gcc and with clang.
. "${top_srcdir:-.}/tests/lib.sh"

need gcc clang make
plan 2

# build_with COMPILER: the programs, the tests' and the benchmarks'.
build_with() {
	mkdir "$tmp/$1" && cd "$tmp/$1" || return 1
	"$top_srcdir/configure" --quiet --enable-werror CC="$1" CFLAGS='-O2 -g' || return 1
	# shellcheck disable=SC2016 # the expansion is make's
	make -s -k --eval='programs: all $(check_PROGRAMS) $(EXTRA_PROGRAMS)' programs \
		>make.log 2>&1 && return
	grep -E 'error:|undefined reference|No rule|\*\*\*' make.log
	return 1
}

for compiler in gcc clang; do
	ok "everything builds without a warning with $compiler" build_with "$compiler"
done
