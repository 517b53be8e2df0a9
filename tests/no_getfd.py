#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""no_getfd.py COMMAND...: runs it where nobody may borrow another process's descriptors, as with yama.

A filter of seccomp(2) lets pidfd_getfd(2) fail with EPERM, in all that the command starts.
"""
import ctypes
import errno
import os
import struct
import sys

PIDFD_GETFD = 438
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM

steps = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, PIDFD_GETFD), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
for words in (PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, FILTER, ctypes.addressof(program)):
    if libc.prctl(words[0], ctypes.c_ulong(words[1]), ctypes.c_void_p(words[2]), 0, 0) != 0:
        sys.exit("no_getfd: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
