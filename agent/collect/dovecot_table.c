/* SPDX-License-Identifier: ISC */
/* What doveadm prints of connections: a header, and a row for each. */
#include "config.h"

#include <string.h>

#include "agent/collect/child.h"
#include "agent/collect/dovecot_table.h"
#include "agent/collect/dovecot_text.h"

enum {
	COLUMNS_MAX = 64
};

#define HAS(table, column) ((table)->at[column] != 0)

/* What the columns were called until now; the first name of each is told if it is missing. */
static const struct {
	const char *name;
	enum doveadm_column column;
} names[] = {
	{ "username", DOVEADM_USER },
	{ "user", DOVEADM_USER },
	{ "proto", DOVEADM_SERVICE },
	{ "protocol", DOVEADM_SERVICE },
	{ "service", DOVEADM_SERVICE },
	{ "pid", DOVEADM_PID },
	{ "ip", DOVEADM_ADDRESS },
	{ "remote_ip", DOVEADM_ADDRESS },
	{ "src ip", DOVEADM_ADDRESS },
	{ "src-ip", DOVEADM_ADDRESS },
	{ "dest ip", DOVEADM_SERVER },
	{ "dest-ip", DOVEADM_SERVER },
	{ "dest_ip", DOVEADM_SERVER },
	{ "port", DOVEADM_SERVER_PORT },
	{ "dest-port", DOVEADM_SERVER_PORT },
};

enum {
	NAMES = sizeof names / sizeof names[0]
};

/* What stands behind the last SEPARATOR, which there is, taken off REST. */
static struct text
cut_last(struct text *rest, char separator)
{
	const char *at = memrchr(rest->data, separator, rest->length);
	size_t length = (size_t)(at - rest->data);
	struct text last = { at + 1, rest->length - length - 1 };

	rest->length = length;
	return last;
}

static size_t
count_fields(struct text line)
{
	size_t count = 1;

	for (size_t i = 0; i < line.length; i++)
		count += line.data[i] == '\t';
	return count;
}

/* FIELDS between tabs, which are at most COLUMNS_MAX; their number, or 0 for too many. */
static size_t
split(struct text line, struct text fields[COLUMNS_MAX])
{
	size_t count = count_fields(line);

	if (count > COLUMNS_MAX)
		return 0;
	for (size_t i = 0; i < count; i++)
		fields[i] = text_split(&line, '\t');
	return count;
}

/* The column that NAME is the name of, or DOVEADM_COLUMNS. */
static enum doveadm_column
find_column(struct text name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (text_equal(name, text_from(names[i].name)))
			return names[i].column;
	return DOVEADM_COLUMNS;
}

static bool
fail_missing(enum doveadm_column column, struct text line, struct error *err)
{
	char shown[120];
	size_t i = 0;

	while (names[i].column != column)
		i++;
	text_escape(shown, sizeof shown, line);
	error_set(err, "doveadm's header has no %s: \"%s\"", names[i].name, shown);
	return false;
}

static bool
read_header(struct dovecot_table *table, struct text line, struct error *err)
{
	struct text fields[COLUMNS_MAX];

	table->columns = split(line, fields);
	for (size_t i = 0; i < table->columns; i++) {
		enum doveadm_column column = find_column(fields[i]);

		if (column != DOVEADM_COLUMNS)
			table->at[column] = i + 1;
	}
	table->known = true;
	for (enum doveadm_column c = 0; c < DOVEADM_COLUMNS; c++)
		if (table->required & 1u << c && !HAS(table, c))
			return fail_missing(c, line, err);
	return true;
}

static bool
read_number(struct text text, uint32_t most, uint32_t *number)
{
	uint64_t value = 0;

	if (text.length == 0 || text.length > 10)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	*number = (uint32_t)value;
	return value > 0 && value <= most;
}

static bool
read_address(struct text text, struct address *address)
{
	return text.length == 0 || text_equal(text, text_from("-")) ||
	    address_parse(address, text);
}

static enum service
read_service(struct text name, const struct listed *row)
{
	if (row->local.address.length > 0)
		return SERVICE_PROXY;
	if (text_equal(name, text_from("imap-hibernate")))
		return SERVICE_IMAP;
	return service_from_name(name);
}

/* Connections that differ in nothing follow each other. */
static void
add(struct listing *listing, const struct listed *row)
{
	struct listed *last =
	    listing->count > 0 ? &listing->rows[listing->count - 1] : NULL;

	if (last != NULL && last->pid == row->pid && last->service == row->service &&
	    text_equal(last->user, row->user) &&
	    address_equal(&last->remote, &row->remote)) {
		last->count++;
		listing->sessions++;
		return;
	}
	listing_add(listing, row);
}

static bool
fail_nonsense(struct text line, struct error *err)
{
	char shown[120];

	text_escape(shown, sizeof shown, line);
	error_set(err, "doveadm's answer makes no sense at \"%s\"", shown);
	return false;
}

/*
 * The fields of a row by column. Dovecot 2.3.19 and 2.4.1 leave tabs in names as they are, and nothing
 * else has any: what is too much belongs to the name.
 */
static bool
split_row(const struct dovecot_table *table, struct text line,
    struct text fields[DOVEADM_COLUMNS])
{
	struct text all[COLUMNS_MAX];
	size_t user = table->at[DOVEADM_USER] - 1;

	if (table->columns == 0 || count_fields(line) < table->columns)
		return false;
	for (size_t i = 0; i < user; i++)
		all[i] = text_split(&line, '\t');
	for (size_t i = table->columns - 1; i > user; i--)
		all[i] = cut_last(&line, '\t');
	all[user] = line;
	for (enum doveadm_column c = 0; c < DOVEADM_COLUMNS; c++)
		if (HAS(table, c))
			fields[c] = all[table->at[c] - 1];
	return true;
}

/* Dovecot 2.3 begins what each process tells of its proxied logins with a header. */
static bool
is_header(const struct dovecot_table *table, const struct text fields[DOVEADM_COLUMNS])
{
	for (enum doveadm_column c = 0; c < DOVEADM_COLUMNS; c++)
		if (HAS(table, c) && find_column(fields[c]) != c)
			return false;
	return true;
}

/* The row's numbers and addresses, and its service. */
static bool
read_fields(const struct dovecot_table *table,
    const struct text fields[DOVEADM_COLUMNS], struct listed *row)
{
	uint32_t port = 0;

	if (!read_address(fields[DOVEADM_ADDRESS], &row->remote) ||
	    !read_address(fields[DOVEADM_SERVER], &row->local.address) ||
	    (HAS(table, DOVEADM_SERVER_PORT) &&
		!read_number(fields[DOVEADM_SERVER_PORT], UINT16_MAX, &port)))
		return false;
	row->local.port = (uint16_t)port;
	row->service = read_service(fields[DOVEADM_SERVICE], row);
	return !HAS(table, DOVEADM_PID) ||
	    read_number(fields[DOVEADM_PID], INT32_MAX, &row->pid);
}

/* The name is unescaped in NAME. What is no escape is as it was: not every Dovecot has them. */
static struct text
read_user(struct text field, char name[CHILD_LINE_MAX])
{
	size_t length;

	memcpy(name, field.data, field.length);
	length = dovecot_unescape(name, field.length);
	return length != SIZE_MAX ? (struct text){ name, length } : field;
}

static bool
take_row(const struct dovecot_table *table, const struct text fields[DOVEADM_COLUMNS],
    struct listed *row, struct listing *listing, size_t max_sessions, struct error *err)
{
	char name[CHILD_LINE_MAX];

	row->user = read_user(fields[DOVEADM_USER], name);
	if (!(listing->services & 1u << row->service))
		return true;
	if (row->user.length == 0 || row->user.length > USER_NAME_MAX) {
		listing->refused++;
		return true;
	}
	if (listing->sessions >= max_sessions) {
		error_set(err,
		    "doveadm lists more than %zu sessions; raise "
		    "collector.max_sessions",
		    max_sessions);
		return false;
	}
	if (!HAS(table, DOVEADM_PID))
		row->pid = listed_stand_in(row, fields[DOVEADM_SERVICE]);
	add(listing, row);
	return true;
}

static bool
fail_begun(const struct dovecot_table *table, struct error *err)
{
	return fail_nonsense((struct text){ table->row, table->begun - 1 }, err);
}

/* Puts LINE behind what there is of its row, with room for a newline. */
static bool
append(struct dovecot_table *table, struct text line, struct error *err)
{
	if (line.length >= sizeof table->row - table->begun)
		return table->begun > 0 ? fail_begun(table, err) :
					  fail_nonsense(line, err);
	memcpy(table->row + table->begun, line.data, line.length);
	table->begun += line.length;
	return true;
}

/*
 * Newlines in names are printed as they are, by 2.3.19 and 2.4.1. So a line that makes no sense is
 * the beginning of a row, and the next one goes on with it.
 */
static bool
read_row(struct dovecot_table *table, struct text line, struct listing *listing,
    size_t max_sessions, struct error *err)
{
	struct text fields[DOVEADM_COLUMNS] = { 0 };
	struct listed row = { .count = 1 };

	if (!append(table, line, err))
		return false;
	if (!split_row(table, (struct text){ table->row, table->begun }, fields) ||
	    !(is_header(table, fields) || read_fields(table, fields, &row))) {
		table->row[table->begun++] = '\n';
		return true;
	}
	table->begun = 0;
	return is_header(table, fields) ||
	    take_row(table, fields, &row, listing, max_sessions, err);
}

/* Where no process has a login that is passed on, there is an empty line and nothing else. */
static bool
begin(struct dovecot_table *table, struct text line, struct listing *listing,
    struct error *err)
{
	if (line.length == 0 && !(table->required & 1u << DOVEADM_PID)) {
		table->known = true;
		return true;
	}
	if (!read_header(table, line, err))
		return false;
	if (HAS(table, DOVEADM_SERVER))
		listing->services |= 1u << SERVICE_PROXY;
	return true;
}

bool
dovecot_table_read(struct dovecot_table *table, struct text text,
    struct listing *listing, size_t max_sessions, struct error *err)
{
	if (text.length > 0 && text.data[text.length - 1] != '\n') {
		error_set(err, "doveadm's answer ends within a line");
		return false;
	}
	while (text.length > 0) {
		struct text line = text_split(&text, '\n');
		bool ok;

		ok = table->known ? read_row(table, line, listing, max_sessions, err) :
				    begin(table, line, listing, err);
		if (!ok)
			return false;
	}
	return true;
}

bool
dovecot_table_end(const struct dovecot_table *table, struct error *err)
{
	if (!table->known) {
		error_set(err, "doveadm printed nothing");
		return false;
	}
	return table->begun == 0 || fail_begun(table, err);
}
