/* SPDX-License-Identifier: ISC */
/*
 * What does nothing but count up, as a stock handler of Net-SNMP's library: the bound for what
 * is served this way. It has our session and user tables with the same names, types and
 * sizes, under the next arc.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "agent/snmp/netsnmp.h"
#include "tests/bench/null_table.h"

struct column {
	oid arc;
	u_char type;
	size_t length; /* of its value */
	long number;   /* which is this, or octets */
};

/* In size like what a full row of our table has. */
static const struct column session_columns[] = {
	{ 2, ASN_OCTET_STR, SAMPLE_NAME_LENGTH, 0 },
	{ 3, ASN_OCTET_STR, 11, 0 },
	{ 4, ASN_GAUGE, sizeof(long), 55000000 },
	{ 5, ASN_OCTET_STR, 5, 0 },
	{ 6, ASN_INTEGER, sizeof(long), 1 },
	{ 7, ASN_OCTET_STR, 4, 0 },
	{ 8, ASN_GAUGE, sizeof(long), 143 },
	{ 9, ASN_INTEGER, sizeof(long), 1 },
	{ 10, ASN_OCTET_STR, 4, 0 },
	{ 11, ASN_GAUGE, sizeof(long), 40000 },
	{ 19, ASN_GAUGE, sizeof(long), 5000000 },
	{ 20, ASN_OCTET_STR, 16, 0 },
	{ 21, ASN_INTEGER, sizeof(long), 2 },
	{ 22, ASN_INTEGER, sizeof(long), 1 },
	{ 0, 0, 0, 0 },
};

static const struct column user_columns[] = {
	{ 2, ASN_OCTET_STR, SAMPLE_NAME_LENGTH, 0 },
	{ 3, ASN_GAUGE, sizeof(long), 1 },
	{ 4, ASN_OCTET_STR, 11, 0 },
	{ 5, ASN_GAUGE, sizeof(long), 0 },
	{ 6, ASN_OCTET_STR, 11, 0 },
	{ 7, ASN_OCTET_STR, 11, 0 },
	{ 8, ASN_OCTET_STR, 11, 0 },
	{ 9, ASN_INTEGER, sizeof(long), 2 },
	{ 0, 0, 0, 0 },
};

static const oid first_root[] = { SHAPE_ROOT };
static oid root[] = { SHAPE_ROOT };

enum {
	ROOT_LENGTH = sizeof root / sizeof root[0],
	COLUMN_AT = ROOT_LENGTH + 3, /* behind table.1.1 */
	INDEX_AT
};

static oid null_rows;

static oid
read_number(const oid *digits)
{
	oid number = 0;

	for (size_t i = 0; i < SAMPLE_DIGITS; i++)
		number = number * 10 + digits[i] - '0';
	return number;
}

static void
write_number(oid *digits, oid number)
{
	for (size_t i = SAMPLE_DIGITS; i > 0; i--, number /= 10)
		digits[i - 1] = '0' + number % 10;
}

/* The index of a session is imap(2) and a number from 1. False behind the last row. */
static bool
next_session(oid *index, size_t *length)
{
	oid next = *length == SHAPE_INDEX_SESSION ? index[1] + 1 : 1;

	index[0] = SERVICE_IMAP;
	index[1] = next;
	*length = SHAPE_INDEX_SESSION;
	return next <= null_rows;
}

/* The index of a user is his name with its length; the numbers in it begin at 0. */
static bool
next_user(oid *index, size_t *length)
{
	static const char name[] = "user000000@example.com";
	oid *digits = index + 1 + SAMPLE_DIGITS_AT;
	oid next = 0;

	if (*length == SHAPE_INDEX_USER) {
		next = read_number(digits) + 1;
	} else {
		index[0] = SAMPLE_NAME_LENGTH;
		for (size_t i = 0; i < SAMPLE_NAME_LENGTH; i++)
			index[i + 1] = (unsigned char)name[i];
	}
	write_number(digits, next);
	*length = SHAPE_INDEX_USER;
	return next < null_rows;
}

static const struct column *
find_column(const struct column *columns, oid arc)
{
	while (columns->arc != 0 && columns->arc < arc)
		columns++;
	return columns;
}

static void
answer_next(netsnmp_variable_list *variable)
{
	static const char octets[SAMPLE_NAME_LENGTH + 1] = "user000000@example.com";
	oid name[MAX_OID_LEN];
	size_t length = variable->name_length;
	size_t index = length > INDEX_AT ? length - INDEX_AT : 0;
	const struct column *column;
	bool users;

	if (length <= COLUMN_AT)
		return;
	memcpy(name, variable->name, length * sizeof(oid));
	users = name[ROOT_LENGTH] == SHAPE_USER;
	column = find_column(users ? user_columns : session_columns, name[COLUMN_AT]);
	while (column->arc != 0 &&
	    !(users ? next_user : next_session)(name + INDEX_AT, &index)) {
		column++;
		index = 0;
	}
	if (column->arc == 0)
		return;
	name[COLUMN_AT] = column->arc;
	snmp_set_var_objid(variable, name, INDEX_AT + index);
	snmp_set_var_typed_value(variable, column->type,
	    column->type == ASN_OCTET_STR ? (const void *)octets : &column->number,
	    column->length);
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
    netsnmp_agent_request_info *info, netsnmp_request_info *requests)
{
	(void)handler;
	(void)registration;
	for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
		if (info->mode == MODE_GETNEXT)
			answer_next(r->requestvb);
		else
			netsnmp_request_set_error(r, SNMP_NOSUCHINSTANCE);
	}
	return SNMP_ERR_NOERROR;
}

int
null_register(const char *rows)
{
	null_rows = sample_number(rows, 1, SAMPLE_USERS_MAX);
	if (root[ROOT_LENGTH - 2] == first_root[ROOT_LENGTH - 2])
		root[ROOT_LENGTH - 2]++;
	return netsnmp_register_handler(netsnmp_create_handler_registration(
	    "null", handle, root, ROOT_LENGTH, HANDLER_CAN_RONLY));
}
