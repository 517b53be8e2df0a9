/* SPDX-License-Identifier: ISC */
/* A look at configuration files before libconfig reads them. */
#include "config.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/conf_file.h"

/* A file to be looked at, and how it came to that. */
struct candidate {
	const char *path;
	const char *from; /* "FILE:LINE: " of the line that includes it, or "" */
	int depth;        /* how many files lead here */
};

static int
fail(const struct candidate *candidate, int reason, struct error *err)
{
	enum error_kind kind = ERROR_OTHER;

	if (reason == ENOENT || reason == ENOTDIR)
		kind = ERROR_MISSING;
	if (reason == EACCES || reason == EPERM)
		kind = ERROR_DENIED;
	return error_set_kind(err, kind, "%scannot read %s: %s", candidate->from,
	    candidate->path, strerror(reason));
}

static int
check_status(const struct candidate *candidate, int fd, struct error *err)
{
	struct stat status;

	if (fstat(fd, &status) == -1)
		return fail(candidate, errno, err);
	if (S_ISDIR(status.st_mode))
		return fail(candidate, EISDIR, err);
	if (!S_ISREG(status.st_mode))
		return error_set(err, "%scannot read %s: Not a regular file",
		    candidate->from, candidate->path);
	if (status.st_size > CONF_FILE_KIB * 1024)
		return error_set(err, "%scannot read %s: Larger than %d KiB",
		    candidate->from, candidate->path, CONF_FILE_KIB);
	return 0;
}

static FILE *
open_file(const struct candidate *candidate, struct error *err)
{
	/* Opening a named pipe must not wait for its writer. */
	int fd = open(candidate->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file = NULL;

	if (fd == -1) {
		fail(candidate, errno, err);
		return NULL;
	}
	if (check_status(candidate, fd, err) == 0) {
		file = fdopen(fd, "r");
		if (file == NULL)
			fail(candidate, errno, err);
	}
	if (file == NULL)
		close(fd);
	return file;
}

char *
conf_file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xmemdup0(path, (size_t)(slash - path)) : xstrdup(".");
}

char *
conf_file_join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = xcalloc(size, 1);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

/* The included file's path, owned by the caller, or NULL if LINE includes nothing. */
static char *
find_included(const char *line, const char *folder)
{
	int start = -1;
	char *name;
	char *path;

	sscanf(line, " @include \"%n", &start);
	if (start == -1)
		return NULL;
	name = xmemdup0(line + start, strcspn(line + start, "\""));
	path = conf_file_join(folder, name);
	free(name);
	return path;
}

static int
check_candidate(
    const struct candidate *candidate, const char *folder, struct error *err)
{
	struct error reason = { 0 };
	FILE *file = open_file(candidate, &reason);
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (file == NULL && candidate->depth > 0 && reason.kind != ERROR_OTHER)
		return 0;
	if (file == NULL)
		return error_set_kind(err, reason.kind, "%s", reason.text);
	for (int number = 1; result == 0 && getline(&line, &size, file) != -1;
	     number++) {
		char *path = find_included(line, folder);
		char from[PATH_MAX + 16];
		struct candidate next = { path, from, candidate->depth + 1 };

		if (path == NULL)
			continue;
		snprintf(from, sizeof from, "%s:%d: ", candidate->path, number);
		if (next.depth > CONF_FILE_DEPTH)
			result = error_set(err, "%sfiles include each other %d deep",
			    from, next.depth);
		else
			result = check_candidate(&next, folder, err);
		free(path);
	}
	free(line);
	fclose(file);
	return result;
}

int
conf_file_check(const char *path, const char *folder, struct error *err)
{
	struct candidate top = { path, "", 0 };

	return check_candidate(&top, folder, err);
}
