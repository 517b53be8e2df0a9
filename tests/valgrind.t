#!/bin/sh
# SPDX-License-Identifier: ISC
# The unit tests under valgrind: no leak, no value that was never set.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/units.sh"

need gcc make valgrind

# gcc's, since valgrind cannot read what clang writes for debuggers.
build_units() {
	mkdir "$tmp/build" && cd "$tmp/build" || return 1
	"$top_srcdir/configure" --quiet CC=gcc CFLAGS='-g -O1' && units | xargs make -s
}

# Debian 12's valgrind knows no pidfd_open(2), which this one is about; sanitize.t has it.
checked() {
	units | grep -vx tests/test_child
}

plan $(($(checked | wc -l) + 1))
ok 'the unit tests build for valgrind' build_units || exit 1
for unit in $(checked); do
	ok "$unit has no leak and no unset value" run_unit \
		valgrind -q --error-exitcode=9 --leak-check=full --child-silent-after-fork=yes "$tmp/build/$unit"
done
