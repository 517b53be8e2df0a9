#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A client of imsconnd's dict socket: Dovecot's last_login plugin, without Dovecot, and worse.

  put SOCKET USER [FIELD=VALUE]...        one login; prints the answer
  storm SOCKET COUNT THREADS FORMAT       COUNT logins, a connection each; prints who was acked
  crowd SOCKET COUNT                      COUNT connections that say nothing, or half a line
  churn SOCKET RATE                       RATE logins a second until it is ended, of users s0, s1,
                                          ...; tells the number of each second's last one
  abuse SOCKET KIND                       garbage, binary, long, deaf, flood: tells how it ended

FIELD: service session pid rip rport lip lport mech master time (in microseconds), and site, the
key that stands before ours.
FORMAT makes a user's name from a number ("u%d"). USER may be "hex:" and its octets in hexadecimal.
"""
import os
import resource
import signal
import socket
import sys
import threading
import time

DEFAULTS = {
    "service": "imap", "session": "", "pid": "0", "rip": "192.0.2.1", "rport": "40000",
    "lip": "192.0.2.2", "lport": "143", "mech": "PLAIN",
}

EPOCH = 1700000000


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)  # waits while the queue is full
    client.settimeout(60)
    return client


def escape(data):
    """Dovecot's tab escaping."""
    for plain, escaped in ((b"\1", b"\0011"), (b"\0", b"\0010"), (b"\t", b"\1t"), (b"\r", b"\1r"),
                           (b"\n", b"\1n")):
        data = data.replace(plain, escaped)
    return data


def record(user, **fields):
    """What the plugin of Dovecot 2.3 sends at a login."""
    field = {name: fields.get(name, otherwise).encode() for name, otherwise in DEFAULTS.items()}
    names = ("service", "session", "pid", "rip", "rport", "lip", "lport", "mech")
    master = fields.get("master", "").encode()
    key = b"|".join([b"ims1"] + [field[name] for name in names] + [master, user])
    if "site" in fields:
        key = fields["site"].encode() + b"|" + key
    when = fields.get("time", str(time.time_ns() // 1000)).encode()
    return b"H3\t2\t0\t\timsconn\nB1\t%s\nS1\tshared/%s\t%s\nC1\n" % (
        escape(user), escape(key), when)


def put(path, user, *words):
    client = connect(path)
    name = bytes.fromhex(user[4:]) if user.startswith("hex:") else os.fsencode(user)
    client.sendall(record(name, **dict(word.split("=", 1) for word in words)))
    answer = client.recv(4096)
    sys.stdout.write(answer.decode() or "closed\n")
    return 0 if answer == b"O\n" else 1


def storm(path, count, threads, form):
    """Tries each login until it is acknowledged: only then is the user's name printed."""
    lock = threading.Lock()

    def login(number):
        user = form % number
        for _ in range(600):
            try:
                client = connect(path)
                client.sendall(record(user.encode(), time=str(1700000000000000 + number)))
                answer = client.recv(4096)
                client.close()
            except OSError:
                answer = b""
            if answer == b"O\n":
                with lock:
                    print(time.time_ns() // 1000, "acked", user, flush=True)
                return
            with lock:
                print(time.time_ns() // 1000, "again", user, answer, flush=True)
            time.sleep(0.05)

    def worker(first):
        for number in range(first, int(count) + 1, int(threads)):
            login(number)

    running = [threading.Thread(target=worker, args=(k + 1,)) for k in range(int(threads))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    print(time.time_ns() // 1000, "done", flush=True)
    return 0


def crowd(path, count):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clients = [connect(path) for _ in range(int(count))]
    for client in clients[::2]:
        try:
            client.sendall(b"H3\t2\t0\t\timsconn\nB1\tsomeb")
        except OSError:
            pass  # it was dropped for those who came later
    print("ready", len(clients), flush=True)
    signal.pause()


def idle_processes(count):
    """Processes that live as long as this one: whose end of the pipe closes with it."""
    waiting, living = os.pipe()
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(living)
            os.read(waiting, 1)
            os._exit(0)
        pids.append(pid)
    return pids, living


def churn(path, rate):
    """Of user sN, the port is 1 + N % 65535, and the time is N seconds after EPOCH."""
    pids, living = idle_processes(64)
    client = connect(path)
    start = time.monotonic()
    number = 0
    while True:
        second = int(number / int(rate))
        for _ in range(int(rate) // 20):
            login = record(b"s%d" % number, pid=str(pids[number % 64]),
                           rport=str(1 + number % 65535), time=str(EPOCH + number))
            client.sendall(login if number == 0 else login[login.index(b"B"):])
            number += 1
        answers = b""
        while len(answers) < int(rate) // 20 * len(b"O\n"):
            answers += client.recv(4096) or sys.exit("closed")
        if answers.strip(b"O\n"):
            sys.exit("a login was not acknowledged")
        if int(number / int(rate)) > second:
            print("acked", number, "in", round(time.monotonic() - start, 3), flush=True)
        time.sleep(max(0, start + number / int(rate) - time.monotonic()))


def abuse(path, kind):
    client = connect(path)
    client.settimeout(10)
    sent = 0
    try:
        if kind == "garbage":
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        elif kind == "binary":
            client.sendall(bytes(range(256)) * 1000)
        elif kind == "long":
            client.sendall(b"S1\tshared/ims1|" + b"x" * 10_000_000)
        elif kind == "deaf":
            while sent < 100_000:
                client.sendall(b"Lshared/x\t\n" * 100)
                sent += 100
        elif kind == "flood":
            client.sendall(b"".join(b"B%d\tx\nS%d\tshared/x\ty\n" % (n, n) for n in range(100_000)))
        client.settimeout(2)
        while client.recv(65536):
            pass
        print("closed")
    except (BrokenPipeError, ConnectionResetError):
        print("closed")
    except socket.timeout:
        print("open")
    return 0


COMMANDS = {"put": put, "storm": storm, "crowd": crowd, "churn": churn, "abuse": abuse}

if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
