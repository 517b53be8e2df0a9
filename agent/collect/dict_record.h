/* SPDX-License-Identifier: ISC */
/*
 * Inside the dict server only: the records of logins, first a connection's until their
 * transaction is committed, then a batch's until they are durable.
 */
#ifndef IMSC_DICT_RECORD_H
#define IMSC_DICT_RECORD_H

#include "agent/collect/news_batch.h"
#include "agent/collect/dict_parse.h"

enum {
	DICT_TRANSACTION_SIZE = 24
};

struct dict_record;

/* Those of one connection; all zero is none. */
struct dict_records {
	struct dict_record *all;
	size_t count;
	size_t capacity;
};

void dict_records_fini(struct dict_records *records);

/*
 * Keeps what a line sets. -1 if there are too many. A record that makes no sense is kept as such;
 * WHY says why, or is "".
 */
int dict_records_add(struct dict_records *records, const struct dict_line *line,
    struct error *why, struct error *err);
/* Hands the transaction's records over. False if one of them made no sense. */
bool dict_records_commit(
    struct dict_records *records, struct text transaction, struct news_batch *batch);
/* Forgets the transaction's records. */
void dict_records_drop(struct dict_records *records, struct text transaction);

#endif
