/* SPDX-License-Identifier: ISC */
/* What is of webmail, by the configuration. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "agent/collect/webmail.h"

bool
webmail_is_host(const struct conf *conf, const struct address *address)
{
	const struct conf_networks *hosts = &conf->webmail_hosts;

	for (size_t i = 0; i < hosts->count; i++)
		if (network_has(&hosts->network[i], address))
			return true;
	return false;
}

static bool
is_marked(const struct conf *conf, const struct session *login)
{
	size_t length = strlen(conf->webmail_prefix);

	return length > 0 && login->store_id.length >= length &&
	    memcmp(login->store_id.data, conf->webmail_prefix, length) == 0;
}

bool
webmail_made(const struct conf *conf, const struct session *login)
{
	return is_marked(conf, login) ||
	    webmail_is_host(conf, &login->remote.address) ||
	    webmail_is_host(conf, &login->peer);
}

struct text
webmail_id(const struct conf *conf, const struct session *login)
{
	size_t length = strlen(conf->webmail_prefix);

	if (!is_marked(conf, login))
		return (struct text){ 0 };
	return (struct text){ login->store_id.data + length,
		login->store_id.length - length };
}

enum webmail_fit
webmail_fits(const struct conf *conf, const struct address *address,
    const struct address *remote)
{
	if (remote->length == 0)
		return WEBMAIL_MAY_FIT;
	if (address_equal(address, remote))
		return WEBMAIL_SAME_ADDRESS;
	if (address->length > 0 && !webmail_is_host(conf, address))
		return WEBMAIL_NO_FIT;
	return webmail_is_host(conf, remote) ? WEBMAIL_NO_FIT : WEBMAIL_MAY_FIT;
}

bool
webmail_may_hide(const struct conf *conf, enum service service)
{
	return service != SERVICE_HTTP &&
	    (conf->webmail_hosts.count > 0 || conf->webmail_prefix[0] != '\0');
}

/* The user's length comes first, so that no two pairs make the same octets. */
struct text
webmail_name(char name[WEBMAIL_NAME_SIZE], struct text user, struct text id)
{
	enum {
		ROOM = 32 + USER_NAME_MAX + WEBMAIL_ID_MAX
	};
	uint8_t octets[ROOM];
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t used = (size_t)snprintf((char *)octets, ROOM, "%zu:", user.length);
	const struct text parts[] = { user, id };

	for (size_t i = 0; i < 2; i++) {
		size_t length =
		    parts[i].length < ROOM - used ? parts[i].length : ROOM - used;

		if (length > 0)
			memcpy(octets + used, parts[i].data, length);
		used += length;
	}
	SHA256(octets, used, digest);
	for (size_t i = 0; i < (WEBMAIL_NAME_SIZE - 1) / 2; i++)
		snprintf(name + 2 * i, 3, "%02x", digest[i]);
	return (struct text){ name, WEBMAIL_NAME_SIZE - 1 };
}
