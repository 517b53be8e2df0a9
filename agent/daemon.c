/* SPDX-License-Identifier: ISC */
/* One store's threads: opens the store, starts them, and waits for signals. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/alloc.h"
#include "agent/collect/backend.h"
#include "agent/collect/collector.h"
#include "agent/collect/log_source.h"
#include "agent/conf_stores.h"
#include "agent/daemon.h"
#include "agent/log.h"
#include "agent/snmp/agentx.h"
#include "agent/snmp/tell.h"
#include "agent/snmp/watchdog.h"
#include "agent/store/alias.h"
#include "agent/store/lock.h"
#include "agent/systemd.h"

#define DAEMON_READY "READY=1"

/* A master agent that hangs must not keep us from stopping. */
enum {
	STOP_SECONDS = 5
};

/* So many notices wait for a master agent that is away. */
enum {
	NOTICES_MAX = 1024
};

struct daemon {
	const struct daemon_setup *setup;
	struct conf conf; /* the SNMP thread's part; the collector has its own */
	struct privacy privacy;
	struct store *store;
	struct store_lock *lock;
	struct health_board health;
	struct kick_queue *kicks;
	struct notice_queue *notices;
	struct alarm_switches *switches;
	struct collector *collector;
	struct agentx agentx;
	pthread_t collector_thread;
	pthread_t agentx_thread;
};

static unsigned
listed_services(const struct conf *conf)
{
	unsigned listed = 0;

	for (enum service s = SERVICE_ALL + 1; s < SERVICE_END; s++)
		if (conf_lists(conf, s))
			listed |= 1u << s;
	return listed;
}

/*
 * What the backend can tell and the privacy lets be told. The socket of the logins, or the log, is
 * opened at the start only, or the socket comes from systemd.
 */
static unsigned
capabilities(const struct daemon *daemon, const struct conf *conf)
{
	static const unsigned told[] = {
		[PRIVACY_FULL] = UINT_MAX,
		[PRIVACY_PSEUDONYMOUS] =
		    ~(1u << CAPABILITY_REMOTE_PORT | 1u << CAPABILITY_MAILBOX),
		[PRIVACY_AGGREGATE] = 1u << CAPABILITY_ALL_USERS,
	};

	return told[daemon->privacy.mode] &
	    backend_capabilities(
		conf, backend_fed(&daemon->conf, daemon->setup->sockets.dict != -1));
}

static void
name_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
}

/* They are taken by sigtimedwait() in the main thread and disturb no other. */
void
daemon_block_signals(void)
{
	sigset_t signals;

	name_signals(&signals);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * Each thread reads its own copy of the configuration: the same file, read twice, is
 * cheaper than a lock around every value.
 */
static struct conf *
read_conf(const struct daemon_setup *setup, struct error *err)
{
	struct conf *conf = xcalloc(1, sizeof *conf);

	if (conf_read_store(conf, setup->conf_path, setup->store, err) == 0)
		return conf;
	conf_fini(conf);
	free(conf);
	return NULL;
}

static void *
run_collector(void *arg)
{
	struct daemon *daemon = arg;

	collector_run(daemon->collector);
	return NULL;
}

static void *
run_agentx(void *arg)
{
	struct daemon *daemon = arg;
	struct error err;

	if (agentx_run(&daemon->agentx, &err) == -1)
		log_error("SNMP is not served: %s", err.text);
	return NULL;
}

static int
start_agentx(struct daemon *daemon, struct error *err)
{
	struct agentx *agentx = &daemon->agentx;
	int rc;

	agentx->socket =
	    daemon->setup->master ? daemon->setup->master : daemon->conf.agentx_socket;
	agentx->context = daemon->conf.agentx_context;
	agentx->ping_seconds = daemon->conf.ping_seconds;
	agentx->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	agentx->store = daemon->store;
	agentx->health = &daemon->health;
	agentx->kicks = daemon->kicks;
	agentx->notices = daemon->notices;
	agentx->switches = daemon->switches;
	atomic_init(
	    &agentx->notify_min_seconds, (unsigned)daemon->conf.notify_min_seconds);
	agentx->privacy = &daemon->privacy;
	atomic_init(&agentx->allow_disconnect, daemon->conf.allow_snmp);
	atomic_init(&agentx->listed, listed_services(&daemon->conf));
	atomic_init(&agentx->capabilities, capabilities(daemon, &daemon->conf));
	agentx->inactive_days = daemon->conf.inactive_days.number;
	agentx->inactive_rows = daemon->conf.inactive_days.count;
	agentx->network_services = daemon->conf.network_services;
	agentx->index_base = (uint32_t)daemon->conf.index_base;
	if (tell_open(agentx, daemon->conf.board, daemon->conf.store_path, err) == -1)
		return -1;
	if (!daemon->conf.agentx_enable)
		return 0;
	rc = pthread_create(&daemon->agentx_thread, NULL, run_agentx, daemon);
	return rc == 0 ? 0 : error_set(err, "cannot start a thread: %s", strerror(rc));
}

static int
open_pseudonyms(struct daemon *daemon, struct error *err)
{
	int rc = alias_open(daemon->store, &daemon->privacy, err);

	if (rc == 1)
		log_info("the pseudonyms of the users were %s",
		    daemon->privacy.mode == PRIVACY_PSEUDONYMOUS ? "made anew" :
								   "thrown away");
	return rc;
}

/* Opens everything; what fails here is final. Returns the exit status. */
static int
start(struct daemon *daemon, struct error *err)
{
	const struct conf *conf = &daemon->conf;
	struct conf *own;
	int rc;

	if (store_open(&daemon->store, conf->store_path, STORE_WRITE,
		conf->store_map_gib, err) == -1 ||
	    (daemon->lock = store_lock_take(conf->store_path, err)) == NULL ||
	    open_pseudonyms(daemon, err) == -1)
		return EX_IOERR;
	if ((own = read_conf(daemon->setup, err)) == NULL)
		return EX_CONFIG;
	daemon->kicks = kick_queue_new();
	daemon->notices = notice_queue_new(conf->agentx_enable ? NOTICES_MAX : 0);
	daemon->switches = alarm_switches_new();
	daemon->collector = collector_new(own,
	    &(struct collector_links){
		.store = daemon->store,
		.board = &daemon->health,
		.kicks = daemon->kicks,
		.notices = daemon->notices,
		.switches = daemon->switches,
	    },
	    &daemon->setup->sockets, err);
	conf_fini(own);
	free(own);
	if (daemon->collector == NULL)
		return EX_OSERR;
	rc = pthread_create(&daemon->collector_thread, NULL, run_collector, daemon);
	if (rc != 0) {
		error_set(err, "cannot start a thread: %s", strerror(rc));
		return EX_OSERR;
	}
	return start_agentx(daemon, err) == 0 ? EX_OK : EX_OSERR;
}

/* A supervisor is told when it is ready, and knows the rest. */
static void
tell(const struct daemon *daemon, const char *state)
{
	int fd = daemon->setup->ready_fd;

	if (fd == -1)
		systemd_notify(state);
	else if (strcmp(state, DAEMON_READY) == 0 && write(fd, "", 1) == -1)
		log_error("cannot tell that we are ready: %s", strerror(errno));
}

static void
reload(struct daemon *daemon)
{
	struct error err;
	struct conf *next;

	tell(daemon, "RELOADING=1");
	next = read_conf(daemon->setup, &err);
	if (next == NULL) {
		log_error("the configuration stays as it was: %s", err.text);
	} else {
		atomic_store(&daemon->agentx.allow_disconnect, next->allow_snmp);
		atomic_store(&daemon->agentx.listed, listed_services(next));
		atomic_store(&daemon->agentx.notify_min_seconds,
		    (unsigned)next->notify_min_seconds);
		atomic_store(&daemon->agentx.capabilities, capabilities(daemon, next));
		tell_settings(&daemon->agentx);
		collector_reload(daemon->collector, next);
	}
	tell(daemon, DAEMON_READY);
}

static void
stop(struct daemon *daemon)
{
	const uint64_t one = 1;
	struct timespec deadline;

	tell(daemon, "STOPPING=1");
	collector_stop(daemon->collector);
	pthread_join(daemon->collector_thread, NULL);
	if (daemon->conf.agentx_enable) {
		if (write(daemon->agentx.stop_fd, &one, sizeof one) == -1)
			log_error("cannot stop the SNMP thread: %s", strerror(errno));
		clock_gettime(CLOCK_REALTIME, &deadline);
		deadline.tv_sec += STOP_SECONDS;
		if (pthread_timedjoin_np(daemon->agentx_thread, NULL, &deadline) != 0) {
			log_warning("the master agent hangs; stopping without it");
			_exit(EX_OK); /* the store is closed by its own rules */
		}
	}
	close(daemon->agentx.stop_fd);
	collector_free(daemon->collector);
	kick_queue_free(daemon->kicks);
	notice_queue_free(daemon->notices);
	alarm_switches_free(daemon->switches);
	store_close(daemon->store);
	store_lock_release(daemon->lock);
	health_fini(&daemon->health);
	tell_close(&daemon->agentx);
	conf_fini(&daemon->conf);
}

static void
serve(struct daemon *daemon)
{
	const struct timespec second = { .tv_sec = 1 };
	sigset_t signals;
	int signal_number;

	name_signals(&signals);
	tell(daemon, DAEMON_READY);
	log_info("imsconnd " PACKAGE_VERSION " is ready");
	do {
		signal_number = sigtimedwait(&signals, NULL, &second);
		if (signal_number == SIGHUP)
			reload(daemon);
		watchdog_look();
	} while (signal_number == SIGHUP || signal_number == -1);
	log_info("imsconnd stops");
	stop(daemon);
}

static int
check(const struct conf *conf, struct privacy *privacy, struct error *err)
{
	if (privacy_open(privacy, conf->privacy_mode, conf->privacy_key_file, err) ==
	    -1)
		return -1;
	return log_source_check(conf, err);
}

int
daemon_check(const struct conf *conf, struct error *err)
{
	struct privacy privacy = { 0 };

	return check(conf, &privacy, err);
}

int
daemon_run(const struct daemon_setup *setup)
{
	struct daemon daemon = { .setup = setup };
	struct error err;
	int status = EX_CONFIG;

	if (conf_read_store(&daemon.conf, setup->conf_path, setup->store, &err) == 0 &&
	    check(&daemon.conf, &daemon.privacy, &err) == 0) {
		health_init(&daemon.health);
		status = start(&daemon, &err);
	}
	if (status == EX_OK)
		serve(&daemon);
	else
		log_error("%s", err.text);
	return status;
}
