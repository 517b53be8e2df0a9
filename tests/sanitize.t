#!/bin/sh
# SPDX-License-Identifier: ISC
# The unit tests under the address sanitizer, which sees leaks too, and the one for undefined
# behaviour.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/units.sh"

need make
compiler=${SANITIZE_CC:-clang}
need "$compiler"

# Not "everything": that would link the daemon, too, which is not run here.
build_units() {
	mkdir "$tmp/build" && cd "$tmp/build" || return 1
	"$top_srcdir/configure" --quiet CC="$compiler" \
		CFLAGS='-g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all' &&
		units | xargs make -s
}

UBSAN_OPTIONS=print_stacktrace=1
export UBSAN_OPTIONS
plan $(($(units | wc -l) + 1))
ok "the unit tests build with sanitizers of $compiler" build_units || exit 1
for unit in $(units); do
	ok "$unit has no bad access, leak or undefined behaviour" run_unit "$tmp/build/$unit"
done
