/* SPDX-License-Identifier: ISC */
/* Processes of the mail server on this host: what Linux tells of them, and signals. */
#ifndef IMSC_PROCESS_H
#define IMSC_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/model.h"

/* Clock ticks since boot, the unit and clock of proc_pid_stat(5)'s start time. */
uint64_t process_now_ticks(void);
/* When such a tick was or will be, by today's clock. */
int64_t process_ticks_us(uint64_t ticks);

/* A number that is the same until the next boot. */
int64_t process_boot_id(void);

/* When PID started. False if there is no such process that we can see. */
bool process_started(uint32_t pid, uint64_t *ticks);

/*
 * Whether the session's process is the one that runs under its pid now. False, too, if
 * there is none.
 */
bool process_is_same(const struct process *process);

enum {
	PROCESS_NAME_SIZE = 32
};
/* The name of PID's program, as proc_pid_comm(5) has it; "" if there is none. */
const char *process_name(uint32_t pid, char name[PROCESS_NAME_SIZE]);

/*
 * The inode of the socket that is descriptor NUMBER of PID. 0 with errno if it is another file (ENOTSOCK),
 * is not open (ENOENT), or if we may not look: that needs the process's user, or CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH.
 */
uint32_t process_socket(uint32_t pid, int number);

/* Whether PID has a handler for a signal; true, too, if that is not known. */
bool process_catches(uint32_t pid, int signal);

/* A descriptor of the process, or -1 with errno; see pidfd_open(2). */
int process_open(uint32_t pid);
/* 0, or -1 with errno. */
int process_signal(int pidfd, int signal);

#endif
