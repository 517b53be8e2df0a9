/* SPDX-License-Identifier: ISC */
/* Cyrus's processes by their pids: a hash table with chains. */
#include "config.h"

#include <stdlib.h>

#include "agent/alloc.h"
#include "agent/collect/cyrus_table.h"

enum {
	BUCKETS = 1024 /* at first; doubled with as many entries */
};

struct cyrus_table {
	struct cyrus_entry **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	size_t limit;
};

static struct cyrus_entry **
bucket_of(const struct cyrus_table *table, uint32_t pid)
{
	return &table->buckets[pid & (table->bucket_count - 1)];
}

struct cyrus_table *
cyrus_table_new(size_t limit)
{
	struct cyrus_table *table = xcalloc(1, sizeof *table);

	table->bucket_count = BUCKETS;
	table->buckets = xcalloc(BUCKETS, sizeof *table->buckets);
	table->limit = limit;
	return table;
}

static void
free_entry(struct cyrus_entry *entry)
{
	free(entry->user);
	free(entry->store_id);
	free(entry->mailbox);
	free(entry);
}

void
cyrus_table_free(struct cyrus_table *table)
{
	for (size_t i = 0; i < table->bucket_count; i++)
		while (table->buckets[i] != NULL) {
			struct cyrus_entry *entry = table->buckets[i];

			table->buckets[i] = entry->next;
			free_entry(entry);
		}
	free(table->buckets);
	free(table);
}

size_t
cyrus_table_count(const struct cyrus_table *table)
{
	return table->count;
}

struct cyrus_entry *
cyrus_table_find(const struct cyrus_table *table, uint32_t pid)
{
	struct cyrus_entry *entry = *bucket_of(table, pid);

	while (entry != NULL && entry->pid != pid)
		entry = entry->next;
	return entry;
}

static void
grow(struct cyrus_table *table)
{
	struct cyrus_table larger = *table;

	larger.bucket_count *= 2;
	larger.buckets = xcalloc(larger.bucket_count, sizeof *larger.buckets);
	for (size_t i = 0; i < table->bucket_count; i++)
		while (table->buckets[i] != NULL) {
			struct cyrus_entry *entry = table->buckets[i];
			struct cyrus_entry **bucket = bucket_of(&larger, entry->pid);

			table->buckets[i] = entry->next;
			entry->next = *bucket;
			*bucket = entry;
		}
	free(table->buckets);
	*table = larger;
}

struct cyrus_entry *
cyrus_table_make(struct cyrus_table *table, uint32_t pid)
{
	struct cyrus_entry *entry = cyrus_table_find(table, pid);
	struct cyrus_entry **bucket;

	if (entry != NULL)
		return entry;
	if (table->count >= table->limit)
		return NULL;
	if (table->count >= table->bucket_count)
		grow(table);
	bucket = bucket_of(table, pid);
	entry = xcalloc(1, sizeof *entry);
	entry->pid = pid;
	entry->next = *bucket;
	*bucket = entry;
	table->count++;
	return entry;
}

void
cyrus_table_clean(struct cyrus_table *table, struct cyrus_entry *entry)
{
	struct cyrus_entry **at = bucket_of(table, entry->pid);

	if (entry->has_file || entry->session.service != SERVICE_NONE || entry->dirty)
		return;
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	free_entry(entry);
	table->count--;
}

void
cyrus_table_each(const struct cyrus_table *table,
    void (*call)(void *arg, struct cyrus_entry *entry), void *arg)
{
	for (size_t i = 0; i < table->bucket_count; i++)
		for (struct cyrus_entry *entry = table->buckets[i]; entry != NULL;
		     entry = entry->next)
			call(arg, entry);
}
