/* SPDX-License-Identifier: ISC */
/*
 * walk PORT ours|null user|session FIRST VARBINDS REPETITIONS COLUMN...: walks columns of a
 * table side by side with GETBULK, from behind row FIRST (0: from the start), over and over
 * until VARBINDS came (0: until the end, once). Prints the variables and the microseconds.
 * It does next to nothing: names go from answer to request as they are.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/clock.h"
#include "tests/bench/shape.h"

enum {
	COLUMNS_MAX = 16,
	ARCS_MAX = 128,
	NAME_MAX = 5 * ARCS_MAX,
	MESSAGE_MAX = 65536,
	ANSWER_MS = 5000,
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
	PDU_RESPONSE = 0xa2,
	PDU_GETBULK = 0xa5
};

/* An OID in BER, without its tag and length. */
struct name {
	uint8_t octets[NAME_MAX];
	size_t length;
};

/* A column's own name, where it begins, and where the walk is. */
struct column {
	struct name base;
	struct name start;
	struct name at;
};

static struct {
	int fd;
	uint32_t request;
	uint32_t repetitions;
	struct column columns[COLUMNS_MAX];
	size_t count;
	uint64_t variables;
	bool ended;
} walk;

/* Octets of a message, from the front. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
};

/* Octets of a message, from the back: so lengths are known when they are written. */
struct writer {
	uint8_t octets[MESSAGE_MAX];
	size_t start;
};

static void
add_arc(struct name *name, uint32_t arc)
{
	uint8_t octets[5];
	size_t n = 0;

	do {
		octets[n] = (uint8_t)((arc & 0x7f) | (n ? 0x80 : 0));
		n++;
	} while ((arc >>= 7) != 0);
	while (n > 0)
		name->octets[name->length++] = octets[--n];
}

/* The name of a column; the first two arcs, 1.3, are one octet. */
static void
make_base(struct name *name, bool ours, uint32_t table, uint32_t column)
{
	static const uint32_t root[] = { SHAPE_ROOT };
	const size_t length = sizeof root / sizeof root[0];

	name->octets[0] = 0x2b;
	name->length = 1;
	for (size_t i = 2; i < length; i++)
		add_arc(name, root[i] + (i == length - 2 && !ours));
	add_arc(name, table);
	add_arc(name, 1);
	add_arc(name, 1);
	add_arc(name, column);
}

static void
add_index(struct name *name, uint32_t table, uint32_t row)
{
	struct sample sample;

	if (row == 0)
		return;
	if (table == SHAPE_SESSION) {
		add_arc(name, SERVICE_IMAP);
		add_arc(name, row);
		return;
	}
	sample_make(&sample, row - 1, SAMPLE_USERS_MAX);
	add_arc(name, SAMPLE_NAME_LENGTH);
	for (size_t i = 0; i < SAMPLE_NAME_LENGTH; i++)
		add_arc(name, (unsigned char)sample.user[i]);
}

static void
write_octets(struct writer *w, const void *octets, size_t length)
{
	w->start -= length;
	memcpy(w->octets + w->start, octets, length);
}

/* The tag and length of what was written since the message began at END. */
static void
write_head(struct writer *w, uint8_t tag, size_t end)
{
	size_t length = end - w->start;
	uint8_t head[] = { tag, 0x82, (uint8_t)(length >> 8), (uint8_t)length };

	write_octets(w, head, sizeof head);
}

static void
write_integer(struct writer *w, uint32_t number)
{
	uint8_t octets[] = { BER_INTEGER, 4, (uint8_t)(number >> 24),
		(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	write_octets(w, octets, sizeof octets);
}

static void
write_request(struct writer *w)
{
	static const uint8_t version_and_community[] = { BER_INTEGER, 1, 1, BER_OCTETS,
		6, 'p', 'u', 'b', 'l', 'i', 'c' };
	static const uint8_t null[] = { BER_NULL, 0 };

	w->start = MESSAGE_MAX;
	for (size_t i = walk.count; i > 0; i--) {
		const struct name *name = &walk.columns[i - 1].at;
		size_t end = w->start;

		write_octets(w, null, sizeof null);
		end -= sizeof null;
		write_octets(w, name->octets, name->length);
		write_head(w, BER_OID, end);
		write_head(w, BER_SEQUENCE, end + sizeof null);
	}
	write_head(w, BER_SEQUENCE, MESSAGE_MAX);
	write_integer(w, walk.repetitions);
	write_integer(w, 0); /* non-repeaters */
	write_integer(w, walk.request);
	write_head(w, PDU_GETBULK, MESSAGE_MAX);
	write_octets(w, version_and_community, sizeof version_and_community);
	write_head(w, BER_SEQUENCE, MESSAGE_MAX);
}

/* The contents of the next element, which must have this tag; IN goes on behind it. */
static struct reader
enter(struct reader *in, uint8_t tag)
{
	size_t length;
	size_t head = 2;

	if (in->end - in->at < 2 || in->at[0] != tag)
		sample_die("walk: an answer makes no sense");
	length = in->at[1];
	if (length & 0x80) {
		head += length & 0x7f;
		length = 0;
		for (size_t i = 2; i < head && in->at + i < in->end; i++)
			length = length << 8 | in->at[i];
	}
	if (length > (size_t)(in->end - in->at) ||
	    head > (size_t)(in->end - in->at) - length)
		sample_die("walk: an answer is cut short");
	in->at += head + length;
	return (struct reader){ in->at - length, in->at };
}

static uint32_t
read_integer(struct reader *in)
{
	struct reader octets = enter(in, BER_INTEGER);
	uint32_t number = 0;

	while (octets.at < octets.end)
		number = number << 8 | *octets.at++;
	return number;
}

static bool
is_below(const struct reader *name, const struct name *base)
{
	return (size_t)(name->end - name->at) > base->length &&
	    memcmp(name->at, base->octets, base->length) == 0;
}

/* Counts the variables and goes on from the last of each column. */
static void
read_variables(struct reader list)
{
	size_t column = 0;

	walk.ended = true;
	while (list.at < list.end) {
		struct reader variable = enter(&list, BER_SEQUENCE);
		struct reader name = enter(&variable, BER_OID);
		struct name *at = &walk.columns[column].at;

		if (is_below(&name, &walk.columns[column].base)) {
			walk.variables++;
			at->length = (size_t)(name.end - name.at);
			memcpy(at->octets, name.at, at->length);
			walk.ended = false;
		} else if (column == 0) {
			walk.ended = true;
			return;
		}
		column = column + 1 == walk.count ? 0 : column + 1;
	}
}

static void
read_answer(const uint8_t *octets, size_t length)
{
	struct reader in = { octets, octets + length };
	struct reader message = enter(&in, BER_SEQUENCE);
	struct reader pdu;

	read_integer(&message);
	enter(&message, BER_OCTETS);
	pdu = enter(&message, PDU_RESPONSE);
	if (read_integer(&pdu) != walk.request)
		sample_die("walk: an answer to another request");
	if (read_integer(&pdu) != 0)
		sample_die("walk: the agent answers with an error");
	read_integer(&pdu);
	read_variables(enter(&pdu, BER_SEQUENCE));
}

static void
ask(void)
{
	static struct writer request;
	static uint8_t answer[MESSAGE_MAX];
	struct pollfd readable = { walk.fd, POLLIN, 0 };
	ssize_t n;

	walk.request++;
	write_request(&request);
	if (send(walk.fd, request.octets + request.start, MESSAGE_MAX - request.start,
		0) == -1)
		sample_die("walk: cannot send: %s", strerror(errno));
	if (poll(&readable, 1, ANSWER_MS) != 1)
		sample_die("walk: no answer");
	n = recv(walk.fd, answer, sizeof answer, 0);
	if (n == -1)
		sample_die("walk: cannot receive: %s", strerror(errno));
	read_answer(answer, (size_t)n);
}

static void
restart(void)
{
	for (size_t i = 0; i < walk.count; i++)
		walk.columns[i].at = walk.columns[i].start;
}

static int
connect_agent(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	address.sin_port = htons((uint16_t)sample_number(port, 1, UINT16_MAX));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
		sample_die("walk: cannot connect: %s", strerror(errno));
	return fd;
}

static void
set_up(char **argv, int columns)
{
	bool ours = strcmp(argv[2], "ours") == 0;
	uint32_t table = strcmp(argv[3], "user") == 0 ? SHAPE_USER : SHAPE_SESSION;
	uint32_t first = sample_number(argv[4], 0, SAMPLE_USERS_MAX);

	walk.fd = connect_agent(argv[1]);
	walk.repetitions = sample_number(argv[6], 1, 10000);
	walk.count = (size_t)columns;
	for (size_t i = 0; i < walk.count; i++) {
		struct column *column = &walk.columns[i];

		make_base(
		    &column->base, ours, table, sample_number(argv[7 + i], 1, 127));
		column->start = column->base;
		add_index(&column->start, table, first);
	}
	restart();
}

int
main(int argc, char **argv)
{
	uint64_t limit;
	int64_t start_us;

	if (argc < 8 || argc > 7 + COLUMNS_MAX)
		sample_die("usage: walk port ours|null user|session first varbinds "
			   "repetitions column...");
	set_up(argv, argc - 7);
	limit = sample_number(argv[5], 0, UINT32_MAX);
	start_us = clock_monotonic_us();
	while (limit == 0 ? !walk.ended : walk.variables < limit) {
		uint64_t before = walk.variables;

		ask();
		if (walk.ended && limit > 0) {
			if (walk.variables == before &&
			    walk.columns[0].at.length == walk.columns[0].base.length)
				sample_die("walk: there are no rows");
			for (size_t i = 0; i < walk.count; i++)
				walk.columns[i].start = walk.columns[i].base;
			restart();
		}
	}
	printf("%llu %lld\n", (unsigned long long)walk.variables,
	    (long long)(clock_monotonic_us() - start_us));
	close(walk.fd);
	return 0;
}
