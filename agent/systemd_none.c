/* SPDX-License-Identifier: ISC */
/* No systemd: nobody is told, nothing is given. */
#include "config.h"

#include "agent/systemd.h"

void
systemd_notify(const char *state)
{
	(void)state;
}

int
systemd_socket(const char *name)
{
	(void)name;
	return -1;
}
