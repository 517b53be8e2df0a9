/* SPDX-License-Identifier: ISC */
/*
 * The board and the store come and go: both are looked for at most once a second, and every
 * request looks at what may have changed beneath it, by two calls to the kernel.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/clock.h"
#include "agent/log.h"
#include "agent/snmp/imsconn_mib.h"
#include "agent/snmp/module_store.h"

enum {
	LOOK_AGAIN_US = 1000000
};

struct module_store *
module_store_of(const struct scene *scene)
{
	return (struct module_store *)((char *)(uintptr_t)scene -
	    offsetof(struct module_store, scene));
}

/* ---- what is wrong, each said once */

static void
say_failure(struct module_store *store, const struct error *err)
{
	if (strcmp(store->said, err->text) == 0)
		return;
	log_warning("%s; what can be is left to imsconnd", err->text);
	memcpy(store->said, err->text, sizeof store->said);
}

static void
say_success(struct module_store *store)
{
	log_info("reading the store in \"%s\"", store->told.store_path);
	store->said[0] = '\0';
}

/* ---- the store */

static void
close_store(struct module_store *store)
{
	module_store_end(store);
	view_close(store->scene.view);
	store_close(store->store);
	store->scene.view = NULL;
	store->store = NULL;
}

/*
 * LMDB waits for whoever has its file of locks to himself, and takes a file that it may not
 * write as no reason to wait at all. It is looked at while LMDB has it not open: closing it here
 * would give up LMDB's own lock.
 */
static int
check_lock(const char *path, struct error *err)
{
	struct flock first = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };
	char file[BOARD_PATH_MAX + 16];
	int fd;
	int rc;

	snprintf(file, sizeof file, "%s/lock.mdb", path);
	fd = open(file, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd == -1 && (errno == EACCES || errno == EROFS))
		return error_set_kind(err, ERROR_DENIED,
		    "snmpd may not write \"%s\", which reading needs: let its user "
		    "into "
		    "the group of that file",
		    file);
	if (fd == -1)
		return error_set(err, "cannot open \"%s\": %s", file, strerror(errno));
	rc = fcntl(fd, F_GETLK, &first);
	close(fd);
	if (rc == -1 || first.l_type != F_UNLCK)
		return error_set(err, "\"%s\" is locked", file);
	return 0;
}

/* What the file at PATH is now. */
static bool
look_at_data(const char *path, struct stat *st)
{
	char file[BOARD_PATH_MAX + 16];

	snprintf(file, sizeof file, "%s/data.mdb", path);
	return stat(file, st) == 0;
}

static bool
is_in_place(const struct module_store *store)
{
	struct stat st;

	return strcmp(store->data.path, store->told.store_path) == 0 &&
	    look_at_data(store->data.path, &st) && st.st_dev == store->data.device &&
	    st.st_ino == store->data.inode;
}

/* A file that has become shorter would kill us at a read. */
static int
check_size(struct module_store *store, struct error *err)
{
	struct stat st;

	if (fstat(store_fd(store->store), &st) == -1)
		return error_set(err, "cannot look at \"%s/data.mdb\": %s",
		    store->data.path, strerror(errno));
	if (st.st_size < store->data.size)
		return error_set(err,
		    "\"%s/data.mdb\" was cut short (%lld of %lld octets)",
		    store->data.path, (long long)st.st_size,
		    (long long)store->data.size);
	store->data.size = st.st_size;
	store->data.device = st.st_dev;
	store->data.inode = st.st_ino;
	return 0;
}

static int
open_store(struct module_store *store, struct error *err)
{
	const char *path = store->told.store_path;

	if (check_lock(path, err) == -1 ||
	    store_open_reading(&store->store, path, STORE_READ_WHOLE, err) == -1)
		return -1;
	memcpy(store->data.path, path, sizeof store->data.path);
	store->data.size = 0;
	if (check_size(store, err) == 0 &&
	    view_open(&store->scene.view, store->store, err) == 0)
		return 0;
	close_store(store);
	return -1;
}

/* ---- the board */

/* What the tables read of it. */
static void
take_told(struct module_store *store)
{
	const struct board_told *told = &store->told;
	struct agentx *agentx = &store->agentx;

	agentx->listed = told->listed;
	agentx->capabilities = told->capabilities;
	agentx->notify_min_seconds = told->notify_min_seconds;
	agentx->inactive_days = told->inactive_days;
	agentx->inactive_rows = told->inactive_rows;
	agentx->network_services = told->network_services != 0;
	agentx->index_base = told->index_base;
	store->privacy.mode = (enum privacy_mode)told->privacy;
}

/* What is not open, and what is no longer where it was. */
static int
look(struct module_store *store, struct error *err)
{
	store->look_us = clock_monotonic_us() + LOOK_AGAIN_US;
	if (!board_reader_is_at(&store->board, store->board_path)) {
		board_reader_close(&store->board);
		if (board_reader_open(&store->board, store->board_path, err) == -1)
			return -1;
	}
	if (board_reader_get(&store->board, &store->told, err) == -1)
		return -1;
	store->looked_at = store->told.opened_us;
	if (store->store != NULL && !is_in_place(store))
		close_store(store);
	if (store->told.privacy == PRIVACY_PSEUDONYMOUS)
		return error_set(err, "pseudonyms are made by imsconnd alone");
	if (store->store != NULL)
		return 0;
	if (open_store(store, err) == -1)
		return -1;
	say_success(store);
	return 0;
}

/* Once a second, and whenever an imsconnd was started. */
static int
keep_open(struct module_store *store, struct error *err)
{
	if (clock_monotonic_us() >= store->look_us)
		return look(store, err);
	if (store->store == NULL)
		return error_set(err, "%s", store->said);
	if (board_reader_get(&store->board, &store->told, err) == -1)
		return -1;
	return store->told.opened_us == store->looked_at ? 0 : look(store, err);
}

/* The newest picture of both. */
static int
renew(struct module_store *store, struct error *err)
{
	if (keep_open(store, err) == -1)
		return -1;
	if (check_size(store, err) == -1 || view_renew(store->scene.view, err) == -1)
		return -1;
	take_told(store);
	return 0;
}

/* ---- pictures */

void
module_store_init(struct module_store *store, const char *context)
{
	memset(store, 0, sizeof *store);
	snprintf(store->context, sizeof store->context, "%s", context);
	store->board.fd = -1;
	store->agentx.context = store->context;
	store->scene.agentx = &store->agentx;
	store->scene.privacy = &store->privacy;
}

void
module_store_use(struct module_store *store, const char *board)
{
	snprintf(store->board_path, sizeof store->board_path, "%s", board);
}

bool
module_store_is_used(const struct module_store *store)
{
	return store->board_path[0] != '\0';
}

void
module_store_close(struct module_store *store)
{
	char context[sizeof store->context];

	close_store(store);
	board_reader_close(&store->board);
	memcpy(context, store->context, sizeof context);
	module_store_init(store, context);
}

static void
set_time(struct scene *scene)
{
	int64_t now_us = clock_now_us();

	if (scene->master_start_us == 0)
		scene->master_start_us =
		    now_us - (int64_t)netsnmp_get_agent_uptime() * VALUE_TICK_US;
	scene_set_time(scene, now_us);
}

struct reading *
module_store_begin(struct module_store *store)
{
	struct error err;

	module_store_end(store);
	if (renew(store, &err) == -1) {
		close_store(store);
		say_failure(store, &err);
		return NULL;
	}
	set_time(&store->scene);
	store->kicks_read = false;
	store->held = true;
	reading_begin(&store->reading, scene_tables(&store->scene), &store->scene);
	return &store->reading;
}

void
module_store_end(struct module_store *store)
{
	if (store->held)
		view_release(store->scene.view);
	store->held = false;
}
