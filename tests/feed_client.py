#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A webmail at imsconnd's feed, without the webmail, and worse.

  ask SOCKET REQUEST...                   one connection; prints each answer's status, or the error
  raw SOCKET                              sends what is on the standard input, prints what comes
  storm SOCKET COUNT THREADS FORMAT       COUNT logins, tried until they are answered; prints who was
  race SOCKET SECONDS                     signs of life, one after the other; prints how long they took
  crowd SOCKET COUNT                      COUNT connections that say nothing, or half a line
  abuse SOCKET KIND                       garbage, binary, long, deaf, flood, slow: tells how it ended

REQUEST is "event user id [name=value]..."; a value is JSON if it can be, or else a string.
FORMAT makes a user's name from a number ("u%d").
"""
import json
import signal
import socket
import sys
import threading
import time


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.settimeout(60)
    return client


def value_of(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def request(words):
    event, user, session, *more = words.split()
    members = {"event": event, "user": user, "sessionId": session}
    for word in more:
        name, text = word.split("=", 1)
        members[name] = value_of(text)
    return json.dumps(members).encode() + b"\n"


def status(line):
    answer = json.loads(line)
    return answer.get("error", answer["status"])


def ask(path, *requests):
    client = connect(path)
    lines = client.makefile("rb")
    client.sendall(b"".join(request(words) for words in requests))
    client.shutdown(socket.SHUT_WR)
    for line in lines:
        print(status(line))
    return 0


def raw(path):
    client = connect(path)
    client.sendall(sys.stdin.buffer.read())
    client.shutdown(socket.SHUT_WR)
    while data := client.recv(65536):
        sys.stdout.buffer.write(data)
    return 0


def in_threads(count, threads, work):
    def worker(first):
        for number in range(first, count + 1, threads):
            work(number)

    running = [threading.Thread(target=worker, args=(k + 1,)) for k in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def storm(path, count, threads, form):
    lock = threading.Lock()

    def login(number):
        user = form % number
        for _ in range(600):
            try:
                client = connect(path)
                client.sendall(request("Login %s s%d" % (user, number)))
                answer = client.makefile("rb").readline()
                client.close()
            except OSError:
                answer = b""
            if answer and status(answer) == "ok":
                with lock:
                    print(time.time_ns() // 1000, "acked", user, flush=True)
                return
            time.sleep(0.05)

    in_threads(int(count), int(threads), login)
    print(time.time_ns() // 1000, "done", flush=True)
    return 0


def race(path, seconds):
    client = connect(path)
    lines = client.makefile("rb")
    took = []
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        before = time.monotonic()
        client.sendall(request("KeepAlive racer r clientIP=203.0.113.200"))
        if status(lines.readline()) != "ok":
            return 1
        took.append(time.monotonic() - before)
    took.sort()
    print("requests %d median_us %d p99_us %d worst_us %d" % (
        len(took), took[len(took) // 2] * 1e6, took[len(took) * 99 // 100] * 1e6, took[-1] * 1e6))
    return 0


def crowd(path, count):
    clients = [connect(path) for _ in range(int(count))]
    for client in clients[::2]:
        try:
            client.sendall(b'{"event":"Login","us')
        except OSError:
            pass  # it was dropped for those who came later
    print("ready", len(clients), flush=True)
    signal.pause()


def drain(client):
    """How much comes until the other end closes, or is silent."""
    client.settimeout(2)
    octets = 0
    try:
        while data := client.recv(65536):
            octets += len(data)
        return "closed", octets
    except (BrokenPipeError, ConnectionResetError):
        return "closed", octets
    except socket.timeout:
        return "open", octets


def send_all_it_takes(client, data, most):
    """Until it blocks for a second, or closes. Returns how much that was."""
    client.settimeout(1)
    sent = 0
    try:
        while sent < most:
            sent += client.send(data)
    except (socket.timeout, OSError):
        pass
    return sent


def abuse(path, kind):
    client = connect(path)
    if kind == "garbage":
        send_all_it_takes(client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 5000)
    elif kind == "binary":
        send_all_it_takes(client, bytes(range(1, 10)) + bytes(range(11, 256)), 2_000_000)
    elif kind == "long":
        send_all_it_takes(client, b'{"event":"Login","x":"' + b"y" * 9000, 2_000_000)
    elif kind == "deaf":
        sent = send_all_it_takes(client, request("KeepAlive deaf d") * 1000, 500_000_000)
        print("taken", "little" if sent < 10_000_000 else sent)
        return 0
    elif kind == "flood":
        reader = threading.Thread(target=lambda: print(*drain(client)))
        reader.start()
        for number in range(20_000):
            client.sendall(request("Login flood f%d" % number))
        client.shutdown(socket.SHUT_WR)
        reader.join()
        return 0
    elif kind == "slow":
        for octet in request("KeepAlive slow s"):
            client.sendall(bytes([octet]))
            time.sleep(0.01)
    print(drain(client)[0])
    return 0


COMMANDS = {"ask": ask, "raw": raw, "storm": storm, "race": race, "crowd": crowd, "abuse": abuse}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
