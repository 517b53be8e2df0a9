/* SPDX-License-Identifier: ISC */
/* The privacy's mode and key, and what they make of names and addresses. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "agent/alloc.h"
#include "agent/privacy.h"

static int
check_file(const char *path, int fd, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return error_set(err, "cannot look at the privacy key %s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, "the privacy key %s is no plain file", path);
	if ((st.st_mode & 07777 & ~(mode_t)0600) != 0)
		return error_set(err,
		    "the privacy key %s has mode %04o; only its owner may have access: "
		    "chmod 600",
		    path, st.st_mode & 07777);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err,
		    "the privacy key %s belongs to user %u; allowed: root, or user %u, "
		    "who runs imsconnd",
		    path, st.st_uid, geteuid());
	return 0;
}

/* NULL if libcrypto does not take the key, as it may by its own rules, or lacks memory. */
static uint8_t *
hash(const struct privacy *privacy, struct text name, uint8_t digest[EVP_MAX_MD_SIZE])
{
	return HMAC(EVP_sha256(), privacy->key, (int)privacy->key_length,
	    (const uint8_t *)name.data, name.length, digest, NULL);
}

/* All of the file, whatever octets are in it. */
static int
read_key(struct privacy *privacy, const char *path, int fd, struct error *err)
{
	uint8_t key[PRIVACY_KEY_MAX + 1];
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, key + length, sizeof key - length)) > 0)
		length += (size_t)n;
	if (n == -1)
		return error_set(
		    err, "cannot read the privacy key %s: %s", path, strerror(errno));
	if (length < PRIVACY_KEY_MIN || length > PRIVACY_KEY_MAX)
		return error_set(err,
		    "the privacy key %s has %s octets; allowed: %d to %d", path,
		    length < PRIVACY_KEY_MIN ? "too few" : "too many", PRIVACY_KEY_MIN,
		    PRIVACY_KEY_MAX);
	memcpy(privacy->key, key, length);
	privacy->key_length = length;
	if (hash(privacy, (struct text){ "", 0 }, digest) == NULL)
		return error_set(
		    err, "libcrypto does not take the privacy key %s", path);
	return 0;
}

/* Not blocking: a FIFO would let us wait for somebody who writes. */
static int
open_key(struct privacy *privacy, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd == -1)
		return error_set(
		    err, "cannot open the privacy key %s: %s", path, strerror(errno));
	rc = check_file(path, fd, err);
	if (rc == 0)
		rc = read_key(privacy, path, fd, err);
	close(fd);
	return rc;
}

int
privacy_open(
    struct privacy *privacy, const char *mode, const char *key_file, struct error *err)
{
	static const struct {
		const char *word;
		enum privacy_mode mode;
	} modes[] = {
		{ "full", PRIVACY_FULL },
		{ "pseudonymous", PRIVACY_PSEUDONYMOUS },
		{ "aggregate", PRIVACY_AGGREGATE },
	};

	memset(privacy, 0, sizeof *privacy);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		if (strcmp(modes[i].word, mode) == 0)
			privacy->mode = modes[i].mode;
	if (privacy->mode == 0)
		return error_set(err, "there is no privacy mode \"%s\"", mode);
	if (privacy->mode != PRIVACY_PSEUDONYMOUS)
		return 0;
	return open_key(privacy, key_file, err);
}

bool
privacy_pseudonym(
    const struct privacy *privacy, struct text name, struct user_key *pseudonym)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (hash(privacy, name, digest) == NULL)
		return false;
	for (size_t i = 0; i < PSEUDONYM_LENGTH / 2; i++) {
		pseudonym->name[2 * i] = digits[digest[i] >> 4];
		pseudonym->name[2 * i + 1] = digits[digest[i] & 15];
	}
	pseudonym->length = PSEUDONYM_LENGTH;
	return true;
}

/* No user has an empty name, so this says nothing of any pseudonym. */
int64_t
privacy_key_mark(const struct privacy *privacy)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	int64_t mark = 0;

	xchecked(hash(privacy, (struct text){ "", 0 }, digest));
	for (size_t i = 0; i < sizeof mark - 1; i++)
		mark = mark << 8 | digest[i];
	return mark | 1;
}

struct address
privacy_network(const struct address *address)
{
	enum {
		IPV4_OCTETS = 3,
		IPV6_OCTETS = 6
	};
	struct address network = { .length = address->length };

	memcpy(network.bytes, address->bytes,
	    address->length == 4     ? IPV4_OCTETS :
		address->length == 0 ? 0 :
				       IPV6_OCTETS);
	return network;
}
