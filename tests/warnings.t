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
	make -s -k all || return 1
	make -s -k check TESTS= || return 1
	for source in "$top_srcdir"/tests/bench/*.c; do
		[ ! -f "$source" ] || make -s -k "tests/bench/$(basename "$source" .c)" || return 1
	done
}

for compiler in gcc clang; do
	ok "everything builds without a warning with $compiler" build_with "$compiler"
done
