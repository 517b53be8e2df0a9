/* SPDX-License-Identifier: ISC */
/* What every unit test includes: cmocka, in the order that it wants. */
#ifndef IMSC_TESTS_UNIT_H
#define IMSC_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/text.h"

static inline void
assert_text(struct text text, const char *expected)
{
	assert_int_equal(text.length, strlen(expected));
	assert_memory_equal(text.data, expected, text.length);
}

#endif
