/* SPDX-License-Identifier: ISC */
/* Records of logins on their way from a connection into a batch. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alloc.h"
#include "agent/clock.h"
#include "agent/collect/dict_record.h"
#include "agent/collect/dict_login.h"

/* Not yet committed, of one connection. */
enum {
	RECORDS_MAX = 16
};

struct dict_record {
	char transaction[DICT_TRANSACTION_SIZE];
	char *key;              /* what the session's texts point into */
	struct session session; /* of SERVICE_NONE if it makes no sense */
};

void
dict_records_fini(struct dict_records *records)
{
	for (size_t i = 0; i < records->count; i++)
		free(records->all[i].key);
	free(records->all);
}

int
dict_records_add(struct dict_records *records, const struct dict_line *line,
    struct error *why, struct error *err)
{
	struct dict_record record = { 0 };
	struct text key = { NULL, line->key.length };

	why->text[0] = '\0';
	if (records->count == RECORDS_MAX)
		return error_set(
		    err, "more than %d records without a commit", RECORDS_MAX);
	if (line->transaction.length >= DICT_TRANSACTION_SIZE)
		return error_set(err, "a transaction's name makes no sense");
	memcpy(record.transaction, line->transaction.data, line->transaction.length);
	key.data = record.key = xmemdup0(line->key.data, line->key.length);
	if (dict_login_parse(&record.session, key, line->value, clock_now_us(), why) ==
	    -1)
		record.session.service = SERVICE_NONE;
	records->all =
	    xgrow(records->all, &records->capacity, records->count + 1, sizeof record);
	records->all[records->count++] = record;
	return 0;
}

/* Hands a record over to the batch, with its key. */
static bool
take(struct news_batch *batch, struct dict_record *record)
{
	if (record->session.service == SERVICE_NONE)
		return false;
	news_batch_add(
	    batch, &(struct news){ .session = record->session, .octets = record->key });
	record->key = NULL;
	return true;
}

/* Ends a transaction; BATCH is NULL if it was rolled back. */
static bool
end(struct dict_records *records, struct text transaction, struct news_batch *batch)
{
	size_t kept = 0;
	bool taken = true;

	for (size_t i = 0; i < records->count; i++) {
		struct dict_record *record = &records->all[i];

		if (!text_equal(text_from(record->transaction), transaction)) {
			records->all[kept++] = *record;
			continue;
		}
		if (batch != NULL)
			taken &= take(batch, record);
		free(record->key);
	}
	records->count = kept;
	return taken;
}

bool
dict_records_commit(
    struct dict_records *records, struct text transaction, struct news_batch *batch)
{
	return end(records, transaction, batch);
}

void
dict_records_drop(struct dict_records *records, struct text transaction)
{
	end(records, transaction, NULL);
}
