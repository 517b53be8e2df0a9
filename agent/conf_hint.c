/* SPDX-License-Identifier: ISC */
/* What a misspelt word was probably meant to be: the closest by Levenshtein's distance. */
#include "config.h"

#include "agent/conf_hint.h"

/* Longer words are not looked at. */
#define WORD_MAX 32

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters must be added, dropped or changed to make B of A. */
static size_t
distance(struct text a, struct text b)
{
	/* row[j]: from the first i letters of A to the first j of B. */
	size_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= b.length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.length; j++) {
			size_t above = row[j];
			size_t change = corner + (a.data[i - 1] != b.data[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, change);
			corner = above;
		}
	}
	return row[b.length];
}

struct conf_hint
conf_hint_for(const char *wrong)
{
	struct text text = text_from(wrong);

	/* Two letters may be wrong, in short words one. */
	return (struct conf_hint){ .wrong = text, .distance = text.length > 3 ? 3 : 2 };
}

void
conf_hint_offer(struct conf_hint *hint, struct text word, struct text meant)
{
	size_t now;

	if (hint->wrong.length > WORD_MAX || word.length > WORD_MAX)
		return;
	now = distance(hint->wrong, word);
	if (now >= hint->distance)
		return;
	hint->distance = now;
	hint->best = meant;
}
