/* SPDX-License-Identifier: ISC */
/* What is counted of each service: changed in memory, and written by the commit. */
#include "config.h"

#include <string.h>

#include "agent/store/record.h"
#include "agent/store/view.h"

struct totals *
view_change_totals(struct view *view, enum service service)
{
	if (!(view->totals_read & 1u << service))
		store_get_totals(view, service, &view->totals[service]);
	view->totals_read |= 1u << service;
	view->totals_changed |= 1u << service;
	return &view->totals[service];
}

void
store_get_totals(struct view *view, enum service service, struct totals *totals)
{
	uint8_t number = (uint8_t)service;
	MDB_val value;

	memset(totals, 0, sizeof *totals);
	if (view->totals_read & 1u << service)
		*totals = view->totals[service];
	else if (view_find(view, TABLE_TOTALS, (MDB_val){ 1, &number }, &value) &&
	    !record_get_totals(value.mv_data, value.mv_size, totals))
		view_damaged(view, TABLE_TOTALS, "no totals");
}

int
view_flush_totals(struct view *view, struct error *err)
{
	uint8_t buffer[RECORD_SIZE];

	for (uint8_t s = 0; s < SERVICE_END; s++) {
		size_t length;

		if (!(view->totals_changed & 1u << s))
			continue;
		length = record_put_totals(buffer, &view->totals[s]);
		if (view_put(view, TABLE_TOTALS, (MDB_val){ 1, &s },
			(MDB_val){ length, buffer }, err) == -1)
			return -1;
	}
	return 0;
}

void
store_count_disconnects(struct view *view, enum service service, uint32_t ended)
{
	view_change_totals(view, service)->disconnects += ended;
	view_change_totals(view, SERVICE_ALL)->disconnects += ended;
}

static void
add_login(struct totals *totals, int64_t login_us)
{
	totals->logins++;
	if (login_us > totals->last_login_us)
		totals->last_login_us = login_us;
}

void
store_count_login(struct view *view, enum service service, int64_t login_us)
{
	add_login(view_change_totals(view, service), login_us);
	add_login(view_change_totals(view, SERVICE_ALL), login_us);
}

static void
add_octets(struct totals *totals, const struct octets *octets)
{
	totals->octets.known = true;
	totals->octets.in += octets->in;
	totals->octets.out += octets->out;
}

void
store_count_octets(struct view *view, enum service service, const struct octets *octets)
{
	if (!octets->known)
		return;
	add_octets(view_change_totals(view, service), octets);
	add_octets(view_change_totals(view, SERVICE_ALL), octets);
}

/* The counts stay, so that none of them ever falls. */
void
store_forget_octets(struct view *view)
{
	struct totals totals;

	for (enum service s = SERVICE_ALL; s < SERVICE_END; s++) {
		store_get_totals(view, s, &totals);
		if (totals.octets.known)
			view_change_totals(view, s)->octets.known = false;
	}
}
