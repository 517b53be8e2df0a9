/* SPDX-License-Identifier: ISC */
/* systemd: notification and socket activation. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <systemd/sd-daemon.h>

#include "agent/systemd.h"

void
systemd_notify(const char *state)
{
	sd_notify(0, state);
}

int
systemd_socket(const char *name)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(0, &names);
	int fd = -1;

	for (int i = 0; i < count; i++) {
		if (fd == -1 && strcmp(names[i], name) == 0 &&
		    sd_is_socket(SD_LISTEN_FDS_START + i, AF_UNIX, SOCK_STREAM, 1) > 0)
			fd = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	return fd;
}
