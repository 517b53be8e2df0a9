#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""usage: saslauthd.py SOCKET

Answers as SASL's saslauthd does: whoever has the password "pw" may log in, under any name. A question
is four texts (user, password, service, realm), the answer one; each begins with its length in two octets.
"""
import socketserver
import struct
import sys


class Question(socketserver.StreamRequestHandler):
    def handle(self):
        words = [self.rfile.read(struct.unpack(">H", self.rfile.read(2))[0]) for _ in range(4)]
        answer = b"OK" if words[1] == b"pw" else b"NO"
        self.wfile.write(struct.pack(">H", len(answer)) + answer)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


Server(sys.argv[1], Question).serve_forever()
