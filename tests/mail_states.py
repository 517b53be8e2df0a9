#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What a client of mail_client.py may be in the middle of: a beginning, and the end that belongs to it."""

MESSAGE = b"Subject: half a message\r\n\r\n" + 2000 * b"And so on, and so on.\r\n"
HALF = len(MESSAGE) // 2


def imap_select(client):
    client.ask(b"a2 SELECT INBOX", b"a2 ")


def imap_idle(client):
    imap_select(client)
    client.ask(b"a3 IDLE", b"+")


def imap_fetch(client):
    imap_select(client)
    client.ask(b"a4 FETCH 1 BODY[]", b"* 1 FETCH")


def imap_append(client):
    client.ask(b"a5 APPEND INBOX {%d}" % len(MESSAGE), b"+")
    client.file.write(MESSAGE[:HALF])


EVENT = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:half\r\n" \
    b"DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\n" \
    b"DTEND:20260101T010000Z\r\nSUMMARY:half an event\r\nEND:VEVENT\r\n" \
    b"END:VCALENDAR\r\n"


def http_put(client):
    client.file.write(b"PUT /dav/calendars/user/%s/Default/half.ics HTTP/1.1\r\nHost: localhost\r\n"
                      b"Authorization: Basic %s\r\nContent-Type: text/calendar\r\n"
                      b"Content-Length: %d\r\n\r\n" % (client.user, client.basic, len(EVENT)))
    client.file.write(EVENT[:90])


STATES = {
    ("imap", None): (lambda c: None, lambda c: c.ask(b"a6 NOOP", b"a6 ")),
    ("imap", "selected"): (imap_select, lambda c: c.ask(b"a6 NOOP", b"a6 ")),
    ("imap", "idle"): (imap_idle, lambda c: c.ask(b"DONE", b"a3 ")),
    ("imap", "fetch"): (imap_fetch, lambda c: c.skip_to(b"a4 ")),
    ("imap", "append"): (imap_append, lambda c: c.ask(MESSAGE[HALF:], b"a5 ")),
    ("pop3", None): (lambda c: None, lambda c: c.ask(b"NOOP")),
    ("http", None): (lambda c: None, lambda c: c.request(b"PROPFIND", b"/dav/principals/user/%s/" % c.user, c.user, b"pw")),
    ("http", "append"): (http_put, lambda c: c.ask(EVENT[90:-2])),
    ("pop3", "fetch"): (lambda c: c.ask(b"RETR 1"), lambda c: c.skip_to(b".\r\n")),
}
NAMES = {name for _, name in STATES if name}
