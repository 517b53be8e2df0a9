/* SPDX-License-Identifier: ISC */
/* No libsystemd: there is no journal to be read. */
#include "config.h"

#include "agent/collect/log_source.h"

static void *
log_journal_open(const char *where, const struct conf *conf, struct error *err)
{
	(void)where;
	(void)conf;
	error_set(err,
	    "log_file cannot be the journal: imsconnd was built without "
	    "libsystemd");
	return NULL;
}

const struct log_source log_journal_source = {
	.name = "journal",
	.open = log_journal_open,
};
