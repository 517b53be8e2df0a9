#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake_anvil.py SOCKET FILE: a server at SOCKET that answers as FILE says, read at each question.

The first line of FILE is the mode, the others are Dovecot 2.3's rows (service/ip/user TAB pid
TAB count). Modes: ok; hang (never answers); close; cut (ends within the list); garbage; huge (a
line of 10 MB); endless (rows for ever); greet (greets as another version does).
"""
import os
import socket
import sys
import threading


def answer(client, mode, rows):
    if mode == "ok":
        client.sendall(rows + b"\n")
    elif mode == "cut":
        client.sendall(rows[:-3])
        client.close()
    elif mode == "close":
        client.close()
    elif mode == "garbage":
        client.sendall(b"\xff\x00 what?\n\tno\tsense\nimap//\t-1\t99999999999999999999\n\n")
    elif mode == "huge":
        client.sendall(b"imap/127.0.0.1/" + b"x" * 10_000_000 + b"\t1\t1\n\n")
    elif mode == "endless":
        while True:
            client.sendall(b"imap/127.0.0.1/endless\t1\t1\n" * 1000)


def serve(client, file):
    try:
        with open(file, "rb") as config:
            mode, _, rows = config.read().partition(b"\n")
        if mode == b"greet":
            client.sendall(b"VERSION\tanvil-server\t9\t0\n")
        pending = b""
        while data := client.recv(65536):
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                if line != b"CONNECT-DUMP":
                    continue
                with open(file, "rb") as config:
                    mode, _, rows = config.read().partition(b"\n")
                answer(client, mode.decode(), rows)
    except OSError:
        pass
    finally:
        client.close()


def main(path, file):
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, file), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
