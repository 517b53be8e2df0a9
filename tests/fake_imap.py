#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""An IMAP server that answers what it is told to, for the tests of what asks one.

  fake_imap.py FILE     prints its port; FILE has a line for each command: its name, a blank, and
                        the answer with Python's escapes, in which %s is the tag. "GREETING" is
                        what it begins with. What has no line is never answered, and an answer
                        "flood" never ends.
"""
import socket
import sys
import threading


def answers(path):
    with open(path, encoding="ascii") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file if " " in line)


def say(connection, text, tag):
    octets = text.encode().decode("unicode_escape").encode("latin-1")
    while text == "flood":
        connection.sendall(b"* METADATA x (y z)\r\n" * 1000)
    connection.sendall(octets.replace(b"%s", tag))


def serve(connection, path):
    try:
        say(connection, answers(path)["GREETING"], b"*")
        for line in connection.makefile("rb"):
            tag, name = (line.split() + [b""])[:2]
            answer = answers(path).get(name.decode("latin-1").upper())
            if answer is not None:
                say(connection, answer, tag)
    except (OSError, KeyError):
        pass
    connection.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], sys.argv[1]), daemon=True).start()


main()
