/* SPDX-License-Identifier: ISC */
/* Answers to GET and GETNEXT as the library's requests have them. */
#include "config.h"

#include <string.h>

#include "agent/snmp/answer.h"

static void
put_value(netsnmp_variable_list *variable, const struct cell *cell)
{
	snmp_set_var_typed_value(
	    variable, cell->column->type, cell->value.data, cell->value.length);
}

void
answer_get(netsnmp_request_info *request, struct reading *reading)
{
	static const int exceptions[] = {
		[READING_NO_OBJECT] = SNMP_NOSUCHOBJECT,
		[READING_NO_INSTANCE] = SNMP_NOSUCHINSTANCE,
	};
	netsnmp_variable_list *variable = request->requestvb;
	enum reading_result result =
	    reading_get(reading, variable->name, variable->name_length);

	if (result == READING_DONE)
		put_value(variable, &reading->cell);
	else
		netsnmp_request_set_error(request, exceptions[result]);
}

/*
 * The next cell may be in what is registered after what was asked. Mostly the range ends where
 * a subtree does that the cell is in: they differ in the last arc of the end.
 */
static bool
is_in_range(const netsnmp_request_info *request, const struct cell *cell)
{
	const oid *end = request->range_end;
	size_t length = request->range_end_len;

	if (length == 0)
		return true;
	if (cell->length >= length && cell->name[length - 1] < end[length - 1] &&
	    memcmp(cell->name, end, (length - 1) * sizeof(oid)) == 0)
		return true;
	return snmp_oid_compare(cell->name, cell->length, end, length) < 0;
}

void
answer_next(netsnmp_request_info *request, struct reading *reading)
{
	netsnmp_variable_list *variable = request->requestvb;
	const struct cell *cell = &reading->cell;

	if (!reading_next(reading, variable->name, variable->name_length) ||
	    !is_in_range(request, cell))
		return;
	snmp_set_var_objid(variable, cell->name, cell->length);
	put_value(variable, cell);
}

void
answer_each(
    netsnmp_request_info *requests, struct reading *reading, answer_function *answer)
{
	for (netsnmp_request_info *r = requests; r != NULL; r = r->next)
		answer(r, reading);
}
