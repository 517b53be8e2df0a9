#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""activate.py [NAME=]SOCKET PIDFILE COMMAND...: what systemd does with a socket unit.

Holds SOCKET, by the name of dict or by another one, and runs COMMAND with it as descriptor 3, again whenever it fails. PIDFILE gets its
pid. SIGTERM is passed on; the exit status is then COMMAND's.
"""
import grp
import os
import signal
import socket
import sys


def run(name, listener, command):
    """Forks; the child becomes COMMAND. The parent gets its pid."""
    pid = os.fork()
    if pid == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=name)
        os.execvp(command[0], command)
    return pid


def main(place, pidfile, *command):
    name, path = place.split("=", 1) if "=" in place else ("dict", place)
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o660)
    try:
        os.chown(path, 0, grp.getgrnam("dovecot").gr_gid)
    except (KeyError, PermissionError):
        pass
    listener.listen(4096)
    stopping = []

    def stop(_signal, _frame):
        stopping.append(True)
        os.kill(child, signal.SIGTERM)

    status = 1
    while status != 0 and not stopping:
        child = run(name, listener, command)
        signal.signal(signal.SIGTERM, stop)
        with open(pidfile + ".new", "w", encoding="ascii") as file:
            file.write("%d\n" % child)
        os.rename(pidfile + ".new", pidfile)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.unlink(path)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main(*sys.argv[1:])
