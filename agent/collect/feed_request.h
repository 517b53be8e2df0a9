/* SPDX-License-Identifier: ISC */
/*
 * One request of the feed that webmail talks to: a JSON object with the names of RFC 5423, as
 * imsconn-feed(5) has it; and its answer. Pure.
 */
#ifndef IMSC_FEED_REQUEST_H
#define IMSC_FEED_REQUEST_H

#include "agent/collect/web.h"

/* A longer line is none. */
enum {
	FEED_LINE_MAX = 8192
};

struct json_t;

struct feed_request {
	struct web_event event; /* its texts are in JSON */
	struct json_t *json;
};

/* Fails with what is wrong, for whoever asked. To be given back in either case. */
int feed_request_parse(struct feed_request *request, const char *line, size_t length,
    int64_t now_us, struct error *err);
void feed_request_fini(struct feed_request *request);

/* An answer with its line feed; owned by the caller. WHY: it is an error. */
char *feed_answer(enum web_answer answer);
char *feed_answer_error(const char *why);

#endif
