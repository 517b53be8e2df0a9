#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check_times.py CROWD USERS TIMES SOURCES: compares login times with what the clients saw.

CROWD is the output of "mail_client.py crowd"; the others have "instance value" lines as walked.
Says how many recorded times there are, and how many are not between the moment a client began to
log in and the moment it was in.
"""
import datetime
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file)


def tenths(date):
    """A DateAndTime as snmpwalk prints it, in tenths of a second since the epoch."""
    number = [int(n) for n in re.findall(r"\d+", date)]
    sign = -1 if ",-" in date else 1
    zone = datetime.timezone(sign * datetime.timedelta(hours=number[7], minutes=number[8]))
    return int(datetime.datetime(*number[:6], tzinfo=zone).timestamp()) * 10 + number[6]


def main(crowd, users, times, sources):
    seen = {}
    with open(crowd, encoding="utf-8") as file:
        for line in file:
            word = line.split()
            if word[1] == "login":
                seen[word[2]] = (int(word[4]) // 100000, int(word[0]) // 100000)
    users, times, sources = read(users), read(times), read(sources)
    recorded = [row for row, source in sources.items() if source == "recorded"]
    wrong = [row for row in recorded
             if not seen[users[row]][0] <= tenths(times[row]) <= seen[users[row]][1]]
    for row in wrong[:5]:
        print(row, users[row], times[row], seen[users[row]], file=sys.stderr)
    print("%d checked, %d wrong" % (len(recorded), len(wrong)))


if __name__ == "__main__":
    main(*sys.argv[1:])
