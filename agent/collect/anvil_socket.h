/* SPDX-License-Identifier: ISC */
/* Anvil's socket: connecting to it, and who made it. */
#ifndef IMSC_ANVIL_SOCKET_H
#define IMSC_ANVIL_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/error.h"

/*
 * A connected, non-blocking socket, or -1. ERROR_DENIED and ERROR_MISSING name the path and
 * what to do.
 */
int anvil_socket_connect(const char *path, struct error *err);

/* Dovecot's master, which made the socket listen; 0 if it is not told. */
uint32_t anvil_socket_master(int fd);

/*
 * Whether a Dovecot up to 2.3 made the socket, as far as can be told from what else it made
 * with it: then nobody needs to wait for a greeting.
 */
bool anvil_socket_is_mute(const char *path);

#endif
