/* SPDX-License-Identifier: ISC */
/*
 * store_fixture DIRECTORY: makes a store there, with users of every awkward name and with
 * sessions of which everything or nothing is known, for tests that read it. Prints each
 * user's name in hexadecimal digits.
 */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/store/audit.h"
#include "agent/store/session.h"
#include "agent/store/user.h"

/* 2026-11-20 12:34:56.7 UTC */
#define LOGIN_US (INT64_C(1795178096) * CLOCK_SECOND_US + 700000)

#define NAME(s)                  \
	{                        \
		s, sizeof(s) - 1 \
	}

static const struct text short_names[] = {
	NAME("a"),
	NAME("ann"),
	NAME("bob"),
	NAME("zoe@example.org"),
	NAME("../../etc"),
	NAME("two words"),
	NAME(" "),
	NAME("tab\there"),
	NAME("\"quoted\" 'twice'"),
	NAME("back\\slash"),
	NAME("new\nline"),
	NAME("j\xc3\xb6rg@b\xc3\xbc"
	     "cher.example"),
	NAME("\xff"),
	NAME("\xff\xfe invalid"),
	NAME("nul\0inside"),
	NAME("\0"),
	NAME("%s%n$(reboot)`id`;"),
	NAME("*"),
};

/* Names of one letter: around each limit of keys, values and texts. */
static const size_t lengths[] = { 2, 31, 32, 33, 79, 80, 94, 95, 96, 97, 98, 112, 127,
	128, 129, 254, 255, 256, USER_NAME_MAX };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct store *store;
static struct view *view;
static struct error err;
static unsigned added;

static struct address
make_address(const char *s)
{
	struct address address;

	address_parse(&address, text_from(s));
	return address;
}

/* Of every fourth session nothing is known but what must be. */
static int
add_session(enum service service, struct text user, bool record)
{
	struct session session = {
		.service = service,
		.user = user,
		.login_us = LOGIN_US + added * CLOCK_SECOND_US,
		.created_us = LOGIN_US + added * CLOCK_SECOND_US,
		.login_source = TIME_OBSERVED,
	};
	char id[32];

	if (added++ % 4 != 3) {
		snprintf(id, sizeof id, "id%u", added);
		session.login_source = TIME_RECORDED;
		session.mechanism = text_from(added % 2 ? "PLAIN" : "CRAM-MD5");
		session.store_id = text_from(id);
		session.auth_user = text_from(added % 5 ? "" : "a master");
		session.local.address =
		    make_address(added % 3 ? "192.0.2.10" : "2001:db8::10");
		session.local.port = 143;
		session.remote.address =
		    make_address(added % 3 ? "198.51.100.7" : "2001:db8::7");
		session.remote.port = (uint16_t)(40000 + added);
		session.process.pid = 1000 + added;
		session.mailbox = text_from(added % 3 ? "" : "INBOX");
		session.active_us = added % 2 ? 0 : session.login_us;
		session.octets = (struct octets){ added % 2, added, UINT64_C(1) << 40 };
	}
	return session_add(view, &session, record, true, &err);
}

static void
print_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		printf("%02x", (unsigned char)name.data[i]);
	putchar('\n');
}

/* A user with a session, one who was here before, and one of whom no access is recorded. */
static int
add_user(size_t i, struct text name)
{
	static const enum service services[] = { SERVICE_IMAP, SERVICE_POP3,
		SERVICE_HTTP };
	struct address from = make_address("203.0.113.5");

	print_name(name);
	if (i % 3 != 1)
		return add_session(services[i / 3 % COUNT(services)], name, i % 3 == 0);
	return user_record_login(view, services[i / 3 % COUNT(services)], name,
	    LOGIN_US - (int64_t)i * CLOCK_SECOND_US, &from, &err);
}

/* A request with every outcome; only one of the users was back. */
static int
add_audits(void)
{
	for (enum audit_result r = AUDIT_PENDING; r <= AUDIT_NOTHING; r++) {
		struct audit audit = {
			.time_us = LOGIN_US,
			.user = text_from("ann"),
			.action = r == AUDIT_NOTHING ? AUDIT_BLOCK : AUDIT_DISCONNECT,
			.origin = r == AUDIT_DONE ? AUDIT_CLI : AUDIT_SNMP,
			.requester = text_from(r == AUDIT_DONE ? "root" : ""),
			.asked = 3,
			.ended = r == AUDIT_DONE ? 3 : 0,
			.result = r,
			.reason = text_from(r == AUDIT_FAILED ? "it stayed" : ""),
		};

		if (audit_add(view, &audit, 100, &err) == -1)
			return -1;
	}
	return audit_set_returned(view, AUDIT_PARTIAL, LOGIN_US, &err);
}

static int
add_users(void)
{
	char letters[USER_NAME_MAX];

	memset(letters, 'x', sizeof letters);
	for (size_t i = 0; i < COUNT(short_names); i++)
		if (add_user(i, short_names[i]) == -1)
			return -1;
	for (size_t i = 0; i < COUNT(lengths); i++)
		if (add_user(i, (struct text){ letters, lengths[i] }) == -1)
			return -1;
	/* Numbers on both sides of where they begin again. */
	if (store_set_mark(view, "next session", SESSION_NUMBER_MAX, &err) == -1)
		return -1;
	if (add_audits() == -1)
		return -1;
	store_count_octets(view, SERVICE_IMAP, &(struct octets){ true, 44, 552 });
	/* One user at every service, twice. */
	for (size_t i = 0; i < 6; i++)
		if (add_session(SERVICE_IMAP + i % 3, text_from("ann"), true) == -1)
			return -1;
	return store_set_mark(view, STORE_MARK_COLLECTED, LOGIN_US, &err);
}

int
main(int argc, char **argv)
{
	int rc = -1;

	if (argc != 2) {
		fprintf(stderr, "usage: store_fixture directory\n");
		return 64;
	}
	if (store_open(&store, argv[1], STORE_WRITE, 1, &err) == 0 &&
	    store_begin(&view, store, &err) == 0) {
		rc = add_users();
		if (rc == 0)
			rc = store_commit(view, &err);
		else
			store_abort(view);
	}
	if (rc == -1)
		fprintf(stderr, "store_fixture: %s\n", err.text);
	store_close(store);
	return rc == 0 ? 0 : 1;
}
