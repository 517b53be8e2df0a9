/* SPDX-License-Identifier: ISC */
/* What answers one request of the library from a reading: the same in imsconnd and in snmpd. */
#ifndef IMSC_ANSWER_H
#define IMSC_ANSWER_H

#include "agent/snmp/table.h"

typedef void answer_function(netsnmp_request_info *request, struct reading *reading);

void answer_get(netsnmp_request_info *request, struct reading *reading);
/* What has no answer here, the library looks for in what is registered after it. */
void answer_next(netsnmp_request_info *request, struct reading *reading);

/* Has ANSWER answer each of REQUESTS. */
void answer_each(
    netsnmp_request_info *requests, struct reading *reading, answer_function *answer);

#endif
