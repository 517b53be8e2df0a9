/* SPDX-License-Identifier: ISC */
/* struct tcp_info. In a file of its own: the kernel's header and that of the C library clash. */
#include "config.h"

#include <string.h>

#include <linux/tcp.h>

#include "agent/clock.h"
#include "agent/collect/tcp_info.h"

void
tcp_info_read(
    const void *info, size_t length, struct octets *octets, int64_t *silent_us)
{
	struct tcp_info copy = { 0 };

	memcpy(&copy, info, length < sizeof copy ? length : sizeof copy);
	*octets = (struct octets){
		.known = length >= offsetof(struct tcp_info, tcpi_bytes_received) +
			sizeof copy.tcpi_bytes_received,
		.in = copy.tcpi_bytes_received,
		.out = copy.tcpi_bytes_acked,
	};
	*silent_us = (int64_t)copy.tcpi_last_data_recv * CLOCK_MS_US;
}
