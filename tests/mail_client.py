#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Real IMAP and POP3 clients for the tests, with Python's standard library alone.

  greet SERVICE PORT                    connects, and waits for the greeting
  visit SERVICE PORT USER PASSWORD [mech=plain|cram-md5] [from=ADDRESS] [id=NAME:VALUE,...]
                                        logs in and out
  hold SERVICE PORT USER PASSWORD [idle] [control=FIFO] [what visit takes]...
                                        logs in and stays until the end
  burst SERVICE PORT COUNT THREADS [FORMAT]
                                        COUNT logins and logouts, THREADS at a time
  crowd SERVICE PORT COUNT THREADS [FORMAT]
                                        COUNT clients who log in and stay, in one process

Each event is one line: microseconds since the epoch, the event, and what belongs to it.
FORMAT makes a user's name from a number ("u%d"); the password is always "pw" there.
What "id" says is told by IMAP's ID before the login, as webmail does.
FIFO takes the lines "logout", "close" and "send LINE".
"""
import base64
import hashlib
import hmac
import os
import selectors
import socket
import sys
import threading
import time

PRINT = threading.Lock()


def say(event, *words):
    """One line of output, written at once; other bytes than printable ASCII are escaped."""
    line = b" ".join(w if isinstance(w, bytes) else str(w).encode() for w in (event, *words))
    text = "".join(chr(c) if 32 <= c < 127 else "\\x%02x" % c for c in line.rstrip(b"\r\n"))
    with PRINT:
        print(time.time_ns() // 1000, text, flush=True)


class Client:
    """One connection. Every reply is a whole line; b"" is the end of all."""

    def __init__(self, service, port, address="127.0.0.1"):
        self.service = service
        self.socket = socket.create_connection(
            ("127.0.0.1", int(port)), timeout=60, source_address=(address, 0))
        self.file = self.socket.makefile("rwb", 0)
        self.port = self.socket.getsockname()[1]
        self.greeting = self.read()

    def read(self):
        return self.file.readline()

    def ask(self, line, tag=b""):
        """Sends a line; returns the reply that begins with TAG, or any if it is empty."""
        self.file.write(line + b"\r\n")
        while True:
            reply = self.read()
            if not reply or reply.startswith(tag):
                return reply

    def login(self, user, password, mech="login"):
        """True if the server says so. Keeps the server's last reply in self.reply."""
        self.reply = LOGIN[self.service, mech](self, user, password)
        return self.reply.startswith((b"a1 OK", b"+OK"))

    def introduce(self, fields):
        """IMAP's ID, of NAME:VALUE,..."""
        pairs = [word for field in fields.split(",") for word in field.split(":", 1)]
        return self.ask(b"a0 ID (%s)" % b" ".join(quoted(w.encode()) for w in pairs), b"a0 ")

    def idle(self):
        self.ask(b"a2 SELECT INBOX", b"a2 ")
        return self.ask(b"a3 IDLE").startswith(b"+")

    def logout(self):
        """Says good-bye and reads until the server closes."""
        self.file.write(b"DONE\r\na9 LOGOUT\r\n" if self.service == "imap" else b"QUIT\r\n")
        while self.read():
            pass
        self.socket.close()


def quoted(text):
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def imap_login(client, user, password):
    return client.ask(b"a1 LOGIN %s %s" % (quoted(user), quoted(password)), b"a1 ")


def imap_plain(client, user, password):
    answer = base64.b64encode(b"\0" + user + b"\0" + password)
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


LOGIN = {
    ("imap", "login"): imap_login,
    ("imap", "plain"): imap_plain,
    ("imap", "cram-md5"): imap_cram_md5,
    ("pop3", "login"): pop3_login,
    ("pop3", "plain"): pop3_plain,
}


def greet(service, port):
    return 0 if Client(service, port).greeting else 1


def come(service, port, user, password, options):
    """A client who is in; None if he is refused."""
    client = Client(service, port, option(options, "from", "127.0.0.1"))
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


def option(options, name, otherwise=None):
    for word in options:
        if word.startswith(name + "="):
            return word[len(name) + 1:]
    return otherwise


def obey(client, command):
    """Does what a line of the control FIFO says. False if the client is done."""
    say("told", command)
    if command == b"logout":
        client.logout()
        say("logout")
        return False
    if command == b"close":
        client.socket.close()
        return False
    client.file.write(command[len(b"send "):] + b"\r\n")
    return True


def hold(service, port, user, password, *options):
    client = come(service, port, user, password, options)
    if client is None:
        return 1
    if "idle" in options:
        client.idle()
    selector = selectors.DefaultSelector()
    client.socket.settimeout(None)
    selector.register(client.socket, selectors.EVENT_READ)
    fifo = option(options, "control")
    if fifo:
        # Open for writing, too, so that it never ends when a writer closes.
        selector.register(os.fdopen(os.open(fifo, os.O_RDWR), "rb", 0), selectors.EVENT_READ)
    say("ready")
    while True:
        for key, _ in selector.select():
            if key.fileobj is client.socket:
                try:
                    line = client.read()
                except ConnectionResetError:
                    say("reset")
                    return 0
                if not line:
                    say("closed")
                    return 0
                say("received", line)
            elif not obey(client, key.fileobj.readline().rstrip(b"\n")):
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


COMMANDS = {"greet": greet, "visit": visit, "hold": hold, "burst": burst, "crowd": crowd}

if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
