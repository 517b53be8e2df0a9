#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A site's own dict at a Unix socket: prints every line that it is told.

  dict_site.py SOCKET [ANSWER]      answers each commit with ANSWER ("O"); "" never answers
"""
import os
import socketserver
import sys
import threading

PRINT = threading.Lock()
ANSWER = sys.argv[2] if len(sys.argv) > 2 else "O"


class Client(socketserver.StreamRequestHandler):
    def handle(self):
        said = []
        for line in self.rfile:
            said.append(line.rstrip(b"\n").decode(errors="backslashreplace"))
            if line[:1] == b"C":
                with PRINT:
                    print(" ; ".join(said), flush=True)
                said = []
                if ANSWER:
                    self.wfile.write(ANSWER.encode() + b"\n")


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 1000


if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
with Server(sys.argv[1], Client) as server:
    server.serve_forever()
