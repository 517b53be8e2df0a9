/* SPDX-License-Identifier: ISC */
/*
 * inject SOCKET SESSIONS USERS: tells Dovecot's anvil of sample sessions as its login
 * processes do. Their pids are beyond what Linux gives, so that nothing real can be meant.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/sample.h"

static FILE *
connect_anvil(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof address.sun_path - 1);
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
		sample_die("inject: cannot connect to %s: %s", path, strerror(errno));
	return fdopen(fd, "r+");
}

int
main(int argc, char **argv)
{
	struct sample sample;
	char answer[64];
	uint32_t sessions;
	uint32_t users;
	FILE *anvil;

	if (argc != 4)
		sample_die("usage: inject socket sessions users");
	sessions = sample_number(argv[2], 1, SAMPLE_USERS_MAX);
	users = sample_number(argv[3], 1, SAMPLE_USERS_MAX);
	anvil = connect_anvil(argv[1]);
	fputs("VERSION\tanvil\t1\t0\n", anvil);
	for (uint32_t i = 0; i < sessions; i++) {
		struct endpoint remote = { 0 };
		char ip[ENDPOINT_TEXT_SIZE];

		sample_make(&sample, i, users);
		remote.address = sample.session.remote.address;
		fprintf(anvil, "CONNECT\t%u\timap/%s/%s\n", sample.session.process.pid,
		    endpoint_format(ip, &remote), sample.user);
	}
	/* Its answer says that all before it was read. */
	fputs("LOOKUP\timap/192.0.2.1/nobody\n", anvil);
	fflush(anvil);
	if (fgets(answer, sizeof answer, anvil) == NULL || strcmp(answer, "0\n") != 0)
		sample_die("inject: anvil does not answer as it should");
	fclose(anvil);
	return 0;
}
