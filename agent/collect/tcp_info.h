/* SPDX-License-Identifier: ISC */
/* What the kernel tells of a TCP connection's traffic. Pure. */
#ifndef IMSC_TCP_INFO_H
#define IMSC_TCP_INFO_H

#include "agent/model.h"

/*
 * Reads LENGTH octets of struct tcp_info of <linux/tcp.h>, which has grown over the years: what
 * came, what went out and was acknowledged, and since when nothing came. Octets of a kernel before
 * Linux 4.1 are not known.
 */
void tcp_info_read(
    const void *info, size_t length, struct octets *octets, int64_t *silent_us);

#endif
