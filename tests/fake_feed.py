#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fake_feed.py SOCKET FILE: takes the events of imsconn-feed(5) and prints them, one a line; answers as
FILE says, read at each event.

The first line of FILE is the mode, the others are the users who are disconnected. Modes: ok; error
(refuses); hang (never answers); trickle (an octet now and then); close; garbage; huge (a line
without end); list (well-formed, but no answer).
"""
import json
import os
import socket
import sys
import threading
import time

FIXED = {
    "error": b'{"status":"error","error":"the disk is\\u001b[7m\\nfull"}\n',
    "garbage": b"\xff\x00 what?\n",
    "list": b'["ok"]\n',
    "close": b"",
}


def answer(client, event, mode, users):
    if mode == "ok":
        status = "disconnected" if event["user"] in users else "ok"
        client.sendall(json.dumps({"status": status}).encode() + b"\n")
    elif mode == "hang":
        client.recv(1)
    elif mode == "trickle":
        while True:
            client.sendall(b" ")
            time.sleep(0.02)
    elif mode == "huge":
        while True:
            client.sendall(b"x" * 65536)
    else:
        client.sendall(FIXED[mode])


def serve(client, file):
    with client:
        try:
            line = client.makefile("rb").readline(65536)
            with open(file) as config:
                mode, *users = config.read().splitlines()
            if line.endswith(b"\n"):
                print(line.decode(), end="", flush=True)
                answer(client, json.loads(line), mode, users)
        except OSError:
            pass


def main(path, file):
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(64)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, file), daemon=True).start()


main(*sys.argv[1:])
