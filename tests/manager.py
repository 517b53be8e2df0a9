#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""SNMP managers of almost no cost, for crowds of requests: SNMPv2c by hand, RFC 3416.

  get PORT COMMUNITY COUNT MANAGERS OID [FIRST]
        COUNT GETs, all at once; asked again until answered. %d in OID counts up from FIRST
  set PORT COMMUNITY COUNT MANAGERS OID [FIRST]
        the same with SETs of the integer 1
  sessions PORT COUNT ROOT        COUNT walks of imscSessionTable while users come and go
  users PORT COUNT ROOT           COUNT walks of imscUserTable

The walks look at what dict_client.py's churn makes: each row must be of one user, and later than
the row before. All print one line for the test to read.
"""
import collections
import datetime
import select
import socket
import sys
import time

GET, BULK, RESPONSE, SET = 0xA0, 0xA5, 0xA2, 0xA3
EPOCH = 1700000000  # of dict_client.py
RECEIVE_MAX = 65536


# ---- BER


def element(tag, contents):
    length = len(contents)
    head = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")
    return bytes([tag]) + head + contents


def integer(number):
    return element(2, number.to_bytes(4, "big"))


def arc_octets(arc):
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.insert(0, arc & 0x7F | 0x80)
    return bytes(octets)


def name(arcs):
    return element(6, b"\x2b" + b"".join(arc_octets(arc) for arc in arcs[2:]))


def read(data, at=0):
    """(tag, contents, where the next element begins)"""
    length, start = data[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[at + 2:start], "big")
    return data[at], data[start:start + length], start + length


def read_all(data):
    at, elements = 0, []
    while at < len(data):
        tag, contents, at = read(data, at)
        elements.append((tag, contents))
    return elements


def read_name(contents):
    arcs, arc = [1, 3], 0
    for octet in contents[1:]:
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    return tuple(arcs)


def message(community, pdu, request, first, second, variables):
    """FIRST and SECOND are a GETBULK's numbers, or zeros."""
    body = integer(request) + integer(first) + integer(second) + element(0x30, variables)
    return element(0x30, element(2, b"\1") + element(4, community) + element(pdu, body))


def read_message(data):
    """(request, error, [(name, tag, value)])"""
    _, _, pdu = read_all(read(data)[1])
    request, error, _, variables = read_all(pdu[1])
    values = []
    for _, variable in read_all(variables[1]):
        (_, oid), (tag, value) = read_all(variable)
        values.append((read_name(oid), tag, value))
    return int.from_bytes(request[1], "big"), int.from_bytes(error[1], "big"), values


def arcs_of(text):
    return tuple(int(arc) for arc in text.strip(".").split("."))


def connect(port):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(("127.0.0.1", int(port)))
    return client


# ---- many requests at once


def crowd(pdu, port, community, count, managers, oid, first=0):
    """What a full socket of snmpd's drops is asked again, as managers do."""
    value = integer(1) if pdu == SET else b"\5\0"
    clients = [connect(port) for _ in range(int(managers))]
    asking = {number: clients[number % len(clients)] for number in range(1, int(count) + 1)}
    errors = collections.Counter()
    rounds, start, deadline = 0, time.monotonic(), time.monotonic() + 60
    while asking and time.monotonic() < deadline:
        rounds += 1
        for number, client in asking.items():
            arcs = arcs_of(oid.replace("%d", str(int(first) + number)))
            variables = element(0x30, name(arcs) + value)
            client.send(message(community.encode(), pdu, number, 0, 0, variables))
        while readable := select.select(clients, [], [], 1)[0]:
            for client in readable:
                number, error, values = read_message(client.recv(RECEIVE_MAX))
                if asking.pop(number, None):
                    errors[values[0][1] if error == 0 and values[0][1] >= 0x80 else error] += 1
    answers = " ".join("%d:%d" % pair for pair in sorted(errors.items()))
    print("answers", answers, "missing", len(asking), "rounds", rounds,
          "seconds", round(time.monotonic() - start, 1))


# ---- walks


class Torn(Exception):
    """What a walk must never see."""


def rows(client, table, columns):
    """Yields (index, values) of a table's columns, asked for side by side."""
    bases = [table + (1, column) for column in columns]
    index, request, ended = (), 0, False
    while not ended:
        request += 1
        variables = b"".join(element(0x30, name(base + index) + b"\5\0") for base in bases)
        client.send(message(b"public", BULK, request, 0, 20, variables))
        client.settimeout(10)
        number, error, values = read_message(client.recv(RECEIVE_MAX))
        if number != request or error != 0 or not values:
            raise Torn("answer %d to %d, error %d" % (number, request, error))
        for at in range(0, len(values) - len(values) % len(bases), len(bases)):
            row = values[at:at + len(bases)]
            ended = row[0][0][:len(bases[0])] != bases[0] or row[0][1] == 0x82
            if ended:
                break
            found = {cell[0][len(base):] for cell, base in zip(row, bases)}
            if len(found) != 1 or any(c[0][:len(b)] != b for c, b in zip(row, bases)):
                raise Torn("columns of several rows: %s" % found)
            following = found.pop()
            if following <= index:
                raise Torn("%s after %s" % (following, index))
            index = following
            yield index, [value for _, _, value in row]


def seconds_of(date):
    """A DateAndTime in UTC."""
    year, *rest = int.from_bytes(date[:2], "big"), *date[2:7]
    return int(datetime.datetime(year, *rest, tzinfo=datetime.timezone.utc).timestamp())


def check_session(_, values):
    user, date, port = values
    number = int(user[1:])
    return seconds_of(date) == EPOCH + number and int.from_bytes(port, "big") == 1 + number % 65535


def check_user(index, values):
    """While connected, the last access is the login; it is the logout afterwards."""
    user, sessions, date = values
    at_login = seconds_of(date) == EPOCH + int(user[1:])
    return bytes(index[1:]) == user and at_login == (sessions == b"\1")


def walks(port, count, root, table, columns, check):
    client = connect(port)
    seen, torn = [], 0
    for _ in range(int(count)):
        seen.append(0)
        for index, values in rows(client, arcs_of(root) + table, columns):
            seen[-1] += 1
            if not check(index, values):
                torn += 1
    print("walks", len(seen), "torn", torn, "rows", sum(seen), "least", min(seen), "most", max(seen))


COMMANDS = {
    "get": lambda *words: crowd(GET, *words),
    "set": lambda *words: crowd(SET, *words),
    "sessions": lambda port, count, root: walks(port, count, root, (1, 3, 1), (2, 3, 11),
                                                check_session),
    "users": lambda port, count, root: walks(port, count, root, (1, 4, 1), (2, 3, 4), check_user),
}

if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
