#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Real IMAP and POP3 clients for the tests, with Python's standard library alone.

  greet SERVICE PORT                    connects, and waits for the greeting
  visit SERVICE PORT USER PASSWORD [mech=plain|login|cram-md5|apop|proxy] [from=ADDRESS] [port=PORT]
        [id=NAME:VALUE,...] [starttls]  logs in and out
  hold SERVICE PORT USER PASSWORD [STATE] [control=FIFO] [again] [what visit takes]...
                                        logs in and stays until the end; comes back at once
  put imap PORT USER PASSWORD FILE      leaves a message in INBOX
  burst SERVICE PORT COUNT THREADS [FORMAT]
                                        COUNT logins and logouts, THREADS at a time
  crowd SERVICE PORT COUNT THREADS [FORMAT]
                                        COUNT clients who log in and stay, in one process

Each event is one line: microseconds since the epoch, the event, and what belongs to it.
SERVICE is imap, pop3, imaps, pop3s, http or https: CalDAV, where each "send" is a request. FORMAT makes a user's name from a number ("u%d"); the password
is always "pw" there. What "id" says is told by IMAP's ID before the login, as webmail does. FIFO
takes the lines "logout", "close", "reset" (by RST), "send LINE", "login USER" (again) and "finish",
which ends the STATE as it should end: selected (INBOX is), idle (in IDLE), fetch (does not read on in
the middle of the first message), append (has sent half a message, or half of what is to be in the
calendar), or none of these.
"""
import base64
import hashlib
import hmac
import os
import selectors
import socket
import ssl
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
from mail_states import NAMES, STATES

PRINT = threading.Lock()


def say(event, *words):
    """One line of output, written at once; other bytes than printable ASCII are escaped."""
    line = b" ".join(w if isinstance(w, bytes) else str(w).encode() for w in (event, *words))
    text = "".join(chr(c) if 32 <= c < 127 else "\\x%02x" % c for c in line.rstrip(b"\r\n"))
    with PRINT:
        print(time.time_ns() // 1000, text, flush=True)


class Client:
    """One connection. Every reply is a whole line; b"" is the end of all."""

    def __init__(self, service, port, address="127.0.0.1", options=()):
        self.service = service.rstrip("s")
        self.state = STATES[self.service, next((o for o in options if o in NAMES), None)]
        self.socket = socket.socket()
        self.socket.settimeout(60)
        if "fetch" in options:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, int(option(options, "port", "0"))))
        self.socket.connect(("127.0.0.1", int(port)))
        self.port = self.socket.getsockname()[1]
        self.file = self.socket.makefile("rwb", 0)
        if service.endswith("s"):
            self.encrypt()
        self.greeting = b"" if self.service == "http" else self.read()
        if "starttls" in options:
            self.ask(*STARTTLS[self.service])
            self.encrypt()

    def encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rwb", 0)

    def read(self):
        return self.file.readline()

    def ask(self, line, tag=b""):
        """Sends a line; returns the reply that begins with TAG, or any if it is empty."""
        self.file.write(line + b"\r\n")
        while True:
            reply = self.read()
            if not reply or reply.startswith(tag):
                return reply

    def skip_to(self, end):
        """Reads, quickly, until a line that begins with END; b"" if none comes."""
        last = b"\r\n"
        while b"\r\n" + end not in last or not last.endswith(b"\r\n"):
            octets = self.socket.recv(65536)
            if not octets:
                return b""
            last = last[-200:] + octets
        return last[last.rindex(b"\r\n" + end) + 2:]

    def login(self, user, password, mech="login"):
        """True if the server says so. Keeps the server's last reply in self.reply."""
        self.reply = LOGIN[self.service, mech](self, user, password)
        return self.reply.startswith((b"a1 OK", b"+OK", b"HTTP/1.1 207"))

    def introduce(self, fields):
        """IMAP's ID, of NAME:VALUE,..."""
        pairs = [word for field in fields.split(",") for word in field.split(":", 1)]
        return self.ask(b"a0 ID (%s)" % b" ".join(quoted(w.encode()) for w in pairs), b"a0 ")

    def logout(self):
        """Says good-bye and reads until the server closes."""
        self.file.write(GOOD_BYE[self.service])
        while self.read():
            pass
        self.socket.close()

    def leave(self, reset):
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.file.close()
        self.socket.close()

    def request(self, method, path, user, password, more=b""):
        """One of HTTP; returns the first line of the answer, when all of it was read."""
        self.user = user
        self.basic = basic = base64.b64encode(user + b":" + password)
        self.file.write(b"%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n"
                        b"Depth: 0\r\nContent-Length: 0\r\n%s\r\n" % (method, path, basic, more))
        first = self.read()
        headers = {}
        while (line := self.read()) not in (b"\r\n", b""):
            name, value = line.split(b":", 1)
            headers[name.lower()] = value.strip()
        if headers.get(b"transfer-encoding") == b"chunked":
            while (size := int(self.read().split(b";")[0] or b"0", 16)) > 0:
                self.read_octets(size + 2)
            self.read()
        else:
            self.read_octets(int(headers.get(b"content-length", b"0")))
        return first

    def read_octets(self, count):
        while count > 0 and (octets := self.file.read(count)):
            count -= len(octets)


GOOD_BYE = {
    "imap": b"DONE\r\na9 LOGOUT\r\n",
    "pop3": b"QUIT\r\n",
    "http": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}
STARTTLS = {"imap": (b"a0 STARTTLS", b"a0 "), "pop3": (b"STLS",)}

def quoted(text):
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def imap_login(client, user, password):
    return client.ask(b"a1 LOGIN %s %s" % (quoted(user), quoted(password)), b"a1 ")


def imap_plain(client, user, password, other=b""):
    answer = base64.b64encode(other + b"\0" + user + b"\0" + password)
    return client.ask(b"a1 AUTHENTICATE PLAIN " + answer, b"a1 ")


def imap_cram_md5(client, user, password):
    challenge = base64.b64decode(client.ask(b"a1 AUTHENTICATE CRAM-MD5")[2:].strip())
    digest = hmac.new(password, challenge, hashlib.md5).hexdigest().encode()
    return client.ask(base64.b64encode(user + b" " + digest), b"a1 ")


def pop3_login(client, user, password):
    client.ask(b"USER " + user)
    return client.ask(b"PASS " + password)


def pop3_plain(client, user, password):
    return client.ask(b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + password))


def pop3_apop(client, user, password):
    stamp = client.greeting[client.greeting.index(b"<"):].strip()
    return client.ask(b"APOP %s %s" % (user, hashlib.md5(stamp + password).hexdigest().encode()))


def http_plain(client, user, password):
    return client.request(b"PROPFIND", b"/dav/principals/user/%s/" % user, user, password)


LOGIN = {
    ("http", "plain"): http_plain,
    ("imap", "login"): imap_login,
    ("imap", "plain"): imap_plain,
    ("imap", "cram-md5"): imap_cram_md5,
    ("imap", "proxy"): lambda client, user, word: imap_plain(client, b"admin", word, user),
    ("pop3", "apop"): pop3_apop,
    ("pop3", "login"): pop3_login,
    ("pop3", "plain"): pop3_plain,
}


def greet(service, port):
    return 0 if Client(service, port).greeting else 1


def come(service, port, user, password, options):
    """A client who is in; None if he is refused."""
    client = Client(service, port, option(options, "from", "127.0.0.1"), options)
    say("connected", client.port)
    if option(options, "id"):
        client.introduce(option(options, "id"))
    if client.login(os.fsencode(user), os.fsencode(password), option(options, "mech", "plain")):
        say("login", client.reply)
        return client
    say("refused", client.reply)
    return None


def visit(service, port, user, password, *options):
    client = come(service, port, user, password, options)
    if client is None:
        return 1
    client.logout()
    say("logout")
    return 0


def put(service, port, user, password, path):
    client = come(service, port, user, password, ())
    if client is None:
        return 1
    with open(path, "rb") as file:
        message = file.read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    client.ask(b"a2 APPEND INBOX {%d}" % len(message), b"+")
    client.socket.sendall(message)
    reply = client.ask(b"", b"a2 ")
    client.logout()
    return 0 if reply.startswith(b"a2 OK") else 1


def option(options, name, otherwise=None):
    return next((w[len(name) + 1:] for w in options if w.startswith(name + "=")), otherwise)


def obey(client, command):
    """Does what a line of the control FIFO says. Returns the last event, if the client is done."""
    say("told", command)
    if command == b"logout":
        client.logout()
        return "logout"
    if command in (b"close", b"reset"):
        client.leave(command == b"reset")
        return "left"
    if command.startswith(b"login "):
        say("login" if client.login(command[6:], b"pw", "plain") else "refused", client.reply)
        return None
    if command == b"finish":
        reply = client.state[1](client)
        if not reply:
            return "closed"
        say("finished", reply)
    else:
        client.file.write(command[len(b"send "):] + b"\r\n")
    return None


def hear(client):
    """Tells what the server says. Returns the last event, if that was the end."""
    while True:
        line = client.read()
        if not line:
            return "closed"
        say("received", line)
        if not isinstance(client.socket, ssl.SSLSocket) or not client.socket.pending():
            return None  # else there is something to read that no selector knows of


def attend(client, fifo, stalled):
    """Listens to the server, unless STALLED, and to the control FIFO, until either is done."""
    selector = selectors.DefaultSelector()
    client.socket.settimeout(None)
    if not stalled:
        selector.register(client.socket, selectors.EVENT_READ, lambda file: hear(client))
    if fifo:
        selector.register(fifo, selectors.EVENT_READ,
                          lambda file: obey(client, file.readline().rstrip(b"\n")))
    say("ready")
    while True:
        for key, _ in selector.select():
            end = key.data(key.fileobj)
            if end:
                return end


def stay(client, fifo, options):
    """Until the end, which is returned."""
    client.state[0](client)
    try:
        end = attend(client, fifo, "fetch" in options)
    except (ConnectionError, ssl.SSLError):
        end = "reset"
    say(end)
    return end


def hold(service, port, user, password, *options):
    fifo = option(options, "control")
    if fifo:
        # Open for writing, too, so that it never ends when a writer closes.
        fifo = os.fdopen(os.open(fifo, os.O_RDWR), "rb", 0)
    while True:
        client = come(service, port, user, password, options)
        if client is None:
            return 1
        if stay(client, fifo, options) in ("logout", "left") or "again" not in options:
            return 0


def in_threads(count, threads, work):
    """Calls WORK(number) for 1 to COUNT in THREADS threads. Returns how many raised."""
    failed = []

    def worker(first):
        for number in range(first, count + 1, threads):
            try:
                work(number)
            except (OSError, AssertionError) as error:
                failed.append(error)
                say("failed", number, repr(error))

    running = [threading.Thread(target=worker, args=(k + 1,)) for k in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(failed)


def enter(service, port, user):
    """A client who is in. The event holds the moments between which the login was."""
    client = Client(service, port)
    before = time.time_ns() // 1000
    assert client.login(user, b"pw", "plain"), client.reply
    say("login", user, client.port, before)
    return client


def burst(service, port, count, threads, form="u%d"):
    def work(number):
        enter(service, port, (form % number).encode()).logout()

    failed = in_threads(int(count), int(threads), work)
    say("done", "ok=%d" % (int(count) - failed), "failed=%d" % failed)
    return 1 if failed else 0


def crowd(service, port, count, threads, form="u%d"):
    selector = selectors.DefaultSelector()
    lock = threading.Lock()

    def work(number):
        client = enter(service, port, (form % number).encode())
        client.socket.settimeout(None)
        with lock:
            selector.register(client.socket, selectors.EVENT_READ, (number, client))

    failed = in_threads(int(count), int(threads), work)
    say("ready", "ok=%d" % (int(count) - failed), "failed=%d" % failed)
    while selector.get_map():
        for key, _ in selector.select():
            number, client = key.data
            try:
                line = client.read()
            except OSError:
                line = b""
            if line:
                say("received", number, line)
            else:
                say("closed", number)
                selector.unregister(key.fileobj)
    return 1 if failed else 0


COMMANDS = {"greet": greet, "visit": visit, "put": put, "hold": hold, "burst": burst, "crowd": crowd}

if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
