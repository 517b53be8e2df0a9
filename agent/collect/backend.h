/* SPDX-License-Identifier: ISC */
/*
 * A kind of mail server: what differs between them, behind one struct of functions. An
 * implementation is one file that ends in one const struct; backend.c lists them.
 */
#ifndef IMSC_BACKEND_H
#define IMSC_BACKEND_H

#include <event2/event.h>

#include "agent/collect/listing.h"
#include "agent/collect/log_line.h"
#include "agent/collect/news.h"
#include "agent/conf.h"
#include "agent/error.h"

/* The end of a question: NULL if it was answered. */
typedef void backend_done(void *arg, const struct error *err);
/* The mail server has lost its list; sessions may live on that it no longer knows of. */
typedef void backend_lost(void *arg);

/* What mail servers tell and do; the numbers are the bits of imscCapabilities. */
enum capability {
	CAPABILITY_LOGIN_TIME = 0,
	CAPABILITY_AUTH_MECH = 1,
	CAPABILITY_LOCAL_ADDRESS = 2,
	CAPABILITY_REMOTE_PORT = 3,
	CAPABILITY_TLS = 4,
	CAPABILITY_CLIENT_ID = 5,
	CAPABILITY_MAILBOX = 6,
	CAPABILITY_IDLE_TIME = 7,
	CAPABILITY_OCTETS = 8,
	CAPABILITY_LAST_LOGIN = 9,
	CAPABILITY_LAST_LOGOUT = 10,
	CAPABILITY_DISCONNECT_USER = 11,
	CAPABILITY_DISCONNECT_SESSION = 12,
	CAPABILITY_ALL_USERS = 13
};

enum {
	BACKEND_ARGS_MAX = CONF_STRINGS_MAX + 1
};

/*
 * What a mail server tells by itself, heard in a thread of its own. News come out in batches: one is
 * lent at a time, until it is answered.
 */
struct backend_feed {
	unsigned capabilities; /* what it adds: bit 1 << capability */
	/* Whether CONF wants anything to be heard. NULL: always. */
	bool (*wanted)(const struct conf *conf);
	/*
	 * Starts to hear what CONF says, and makes FEED; NULL if that is nothing. STATE is the
	 * backend's, and ends before the feed. FD is a service manager's socket, which it owns from
	 * now on, or -1.
	 */
	int (*start)(void **feed, void *state, const struct conf *conf, int fd,
	    struct error *err);
	void (*stop)(void *feed);
	/* Readable when there is a batch to take. */
	int (*fd)(const void *feed);
	/* The news of the next batch, in the order in which they came; NULL if there is none. */
	const struct news *(*take)(void *feed, size_t *count);
	/* The batch that was taken is durable; or, if FAILED, nothing of it is. */
	void (*answer)(void *feed, bool failed);
	/* The process ended then: what is left of it is over. NULL: it does not matter. */
	void (*ended)(void *feed, uint32_t pid, int64_t ended_us);
};

struct backend {
	const char *name;       /* as the configuration has it */
	const char *store_name; /* as people know it */
	const char *url;        /* where it is described, NULL if nowhere */
	bool polls;             /* false: there is nothing to ask */
	bool one_at_a_time;     /* a process serves one connection after the other */
	unsigned capabilities;  /* bit 1 << capability */
	unsigned logged;        /* likewise, besides, where its log is read */
	/*
	 * A name of a session is of one login alone, and its log tells of all: so those are counted
	 * that are over before they are told of, too.
	 */
	bool names_once;
	/* Makes what is needed to ask; never waits. LOST may be NULL. */
	void *(*open)(struct event_base *base, const struct conf *conf,
	    backend_lost *lost, void *arg);
	void (*close)(void *state);
	/* As anvil_list(): DONE is called from the loop, never from within. */
	void (*list)(void *state, struct listing *listing, const struct conf *conf,
	    backend_done *done, void *arg);
	/* NULL: it tells nothing by itself. */
	const struct backend_feed *feed;
	/* Whether a row of the last answer is still true. NULL: nobody knows better. */
	bool (*still_lists)(void *state, const struct listed *row);
	/* Fills ARGV with the command that prints all users, a line each. NULL: none does. */
	void (*command_users)(const struct conf *conf, const char **argv);
	/*
	 * The user of such a line, whose name may point into BUFFER; false if it has none.
	 * NULL: the line is the name.
	 */
	bool (*read_user)(
	    struct text *user, struct text line, char buffer[static USER_NAME_MAX]);
	/*
	 * Fills ARGV with the command that prints when users were last there by POP, as
	 * last_access.h has it; leaves ARGV[0] NULL if none is to. NULL: none does.
	 */
	void (*command_last_pop)(const struct conf *conf, const char **argv);
	/*
	 * What a line of its log tells. The texts point into it, or to what stays until the
	 * thread's next call; a logout need not tell whose session it was. NULL: nothing does.
	 */
	enum log_line (*read_log)(struct session *session,
	    const struct log_entry *entry, const struct conf *conf, int64_t now_us);
	/*
	 * Whether the process of a login may still serve that session, if it lives. NULL: it
	 * does.
	 */
	bool (*serves)(const struct conf *conf, const struct session *login);
	/* When the mail server that was asked last was started; 0 if not known. */
	int64_t (*started_us)(void *state);
	/* Whether a session may go on in another process. NULL: none does. */
	bool (*may_move)(void *state);
	/* Whether PID keeps the sessions of others while they are idle. NULL: none does. */
	bool (*hibernates)(uint32_t pid);
	/*
	 * Ends the connection of a row in the mail server's own way, without waiting for it, and with
	 * it all that the user has in the row's process; of a row with a stand-in for that, all of
	 * the user's that it passes on. Whom else the process serves by now is spared. 0 if it was
	 * told to end, or is over; 1 if there is no such way, -1 if that failed. NULL: there
	 * never is.
	 */
	int (*end)(void *state, const struct listed *row, struct error *err);
	/* The store's name as of the last answer: const data. NULL: it is always the same. */
	const char *(*describe)(void *state);
};

extern const struct backend cyrus_backend;
extern const struct backend dovecot_backend;
extern const struct backend none_backend;

/* NULL if there is no such backend. */
const struct backend *backend_find(const char *name);

/* As the backend's, where it has such. */
bool backend_may_move(const struct backend *backend, void *state);
bool backend_hibernates(const struct backend *backend, uint32_t pid);

/*
 * What is told of logins when it starts with CONF, with a service manager's socket if that is GIVEN:
 * bit 1 << capability.
 */
unsigned backend_fed(const struct conf *conf, bool given);
/* What can be had of the backend as CONF has it, likewise; FED as above. */
unsigned backend_capabilities(const struct conf *conf, unsigned fed);

/*
 * Asks and waits for the answer, on a loop of its own. MEANWHILE (may be NULL) is called
 * once, when the question was sent: there is time until the answer comes.
 */
typedef void backend_meanwhile(void *arg);
int backend_list_now(const struct conf *conf, struct listing *listing,
    backend_meanwhile *meanwhile, void *arg, struct error *err);

#endif
