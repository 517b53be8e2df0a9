#!/bin/sh
# SPDX-License-Identifier: ISC
# imsconnutil: its command line, files of uids, exit status and messages, and what it shows.

. "${top_srcdir:-.}/tests/lib.sh"

TZ=UTC0
export TZ
store_fixture=$top_builddir/tests/store_fixture
[ -x "$store_fixture" ] || bail 'tests/store_fixture is not built'

# try OPTION...: $status, $out and $err have what came of util().
try() {
	keep_outcome util "$@"
}

keep_outcome() {
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	out=$(cat "$tmp/out")
	err=$(cat "$tmp/err")
}

# shows SENTENCE STATUS OUT ERR: what the last try() came to, exactly.
shows() {
	is "$1" "$2|$status
$out
$err" "$2|$2
$3
$4"
}

# The first word of each line that is read, on one line.
first_words() {
	awk '{ printf "%s%s", (NR > 1 ? ";" : ""), $1 }'
}

# All words that are read, on one line.
words() {
	tr -s ' \t\n' ' ' | sed 's/^ //; s/ $//'
}

squeeze() {
	tr -s ' '
}

# ---- the command line

usage=$("$imsconnutil" -h | sed '/^$/,$d')

# refuses SENTENCE MESSAGE OPTION...
refuses() {
	refuses_sentence=$1
	refuses_message=$2
	shift 2
	try "$@"
	shows "$refuses_sentence" 64 '' "imsconnutil: $refuses_message
$usage"
}

like 'the usage begins as the original does' "$usage" \
	'^usage: imsconnutil -c\|-a \[-s service\] \[-u uid\]\.\.\. \[-f filename\]'
keep_outcome "$imsconnutil"
shows 'without an option it says how it is used' 64 '' "imsconnutil: one of -a, -c, -k, --block, --blocked and --unblock is needed
$usage"
refuses '-k does not go with -c' '-k stands alone, without -a and -c' -k -c -u ann
refuses '-k does not go with -a' '-k stands alone, without -a and -c' -a -k -u ann
refuses '-k needs to be told whom' '-k needs to be told whom: -u or -f' -k
refuses '-s does not go with -k' '-s has no meaning with -k' -k -s imap -u ann
refuses '-s takes no other service' '-s takes imap, http or proxy, not "pop3"' -c -s pop3
refuses 'an empty uid is refused' '-u needs a uid that is not empty' -k -u ''
refuses 'a uid needs its option' '"ann" is no option; a uid needs -u' -c ann
refuses 'an unknown option is named' 'there is no option -x' -cx
refuses 'an unknown long option is named' 'there is no option --nonsense' -c --nonsense
refuses 'a missing value is told' '-u needs a value' -c -u
refuses 'a missing value of a long option is told' '--config needs a value' -c --config

for option in -V -v --v --version; do
	keep_outcome "$imsconnutil" "$option"
	like "$option prints the version and nothing else" "$status$out$err" '^0imsconnutil [0-9.]+$'
done
for option in -h '-?' --h --help; do
	keep_outcome "$imsconnutil" "$option"
	is "$option prints the usage on the standard output" \
		"$status$(printf '%s\n' "$out" | sed '/^$/,$d')$err" "0$usage"
done

if command -v mandoc >/dev/null; then
	is 'the SYNOPSIS of the manual page is the usage' \
		"$(mandoc -Tascii "$top_srcdir/cli/imsconnutil.8.in" | col -b |
			sed -n '/^SYNOPSIS/,/^DESCRIPTION/p' | sed '1d;$d' | words)" \
		"$(printf '%s\n' "$usage" | sed 's/^usage://' | words)"
else
	tap_result 0 'the SYNOPSIS of the manual page is the usage # SKIP mandoc is not installed'
fi

# ---- the configuration

keep_outcome "$imsconnutil" -c --config "$tmp/none.conf"
shows 'a configuration that is not there is named' 78 '' \
	"imsconnutil: cannot read $tmp/none.conf: No such file or directory"
echo 'stores = { path = "x"; };' >"$tmp/wrong.conf"
keep_outcome "$imsconnutil" -c --config "$tmp/wrong.conf"
like 'a wrong key is told with its line' "$status$out$err" \
	"^78imsconnutil: $tmp/wrong.conf:1: stores"

# ---- no mail server and no store

write_conf
rm -rf "$tmp/store"
try -a
is 'without a store -a fails' "$status$out" 69
like '... and says so' "$err" "^imsconnutil: there is no store in \"$tmp/store\""
try -c
is 'with neither mail server nor store -c fails' "$status$out" 69
like '... and says why of the mail server' "$err" "^imsconnutil: .*$tmp/dovecot/run/anvil"
like '... and of the store' "$err" "^imsconnutil: there is no store in \"$tmp/store\""
try -k -u ann
is 'without a mail server -k fails' "$status$out" 69
like '... and says why' "$err" "^imsconnutil: .*$tmp/dovecot/run/anvil"
not_made() {
	[ ! -e "$tmp/store" ]
}
ok '... and makes no store' not_made

# ---- last access

mkdir "$tmp/store"
"$store_fixture" "$tmp/store" || bail 'there is no store to read'
try -a -u ann
shows 'a row of -a has the three services' 0 \
	"UID     IMAP last access      HTTP last access      POP last access
ann     20/Nov/2026:12:35:24  20/Nov/2026:12:35:26  20/Nov/2026:12:35:25" ''
try -a -u nobody
shows 'who was named has a row, recorded or not, and status 1' 1 \
	"UID     IMAP last access      HTTP last access      POP last access
nobody  ---NOT-RECORDED---    ---NOT-RECORDED---    ---NOT-RECORDED---" ''
try -a -u nobody -u ann -u nobody
is 'named users are sorted, each once; one with a record is enough' \
	"$status $(printf '%s\n' "$out" | first_words)" '0 UID;ann;nobody'
try -a -s imap -u ann
like '-s has no effect on -a' "$out" '^ann +20/Nov/2026:12:35:24 +20/Nov/2026:12:35:26 +20/Nov'
TZ=XXX-5:45
try -a -u ann
like 'times are of the zone of TZ' "$out" '^ann +20/Nov/2026:18:20:24 +20/Nov/2026:18:20:26 '
TZ=UTC0

try -a
printf '%s\n' "$out" | sed 1d | sed -E 's/( +([0-9]{2}\/|---)[^ ]*){3}$//' | grep -v '\\x' >"$tmp/names"
is 'without names -a shows all' "$status $(grep -cxE 'ann|zoe@example.org' "$tmp/names")" '0 2'
ok '... in the order of their bytes' sort -c "$tmp/names"
is 'every row has a time or NOT-RECORDED thrice, behind its uid' \
	"$(printf '%s\n' "$out" | sed 1d |
		grep -cvE '( +([0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3}|---NOT-RECORDED---)){3}$')" 0
like 'control characters are escaped' "$out" '^new\\x0aline +20/Nov'
like 'what is not UTF-8 is escaped' "$out" '^\\xff\\xfe invalid +---NOT'
unlike 'who is connected without a record has no row' "$out" '^bob '
whole=$(printf '%s\n' "$out" | sed 1d | wc -l)
try -a -u bob
is '... but one of NOT-RECORDED if he is named' "$status $(printf '%s\n' "$out" | sed 1d | squeeze)" \
	'1 bob ---NOT-RECORDED--- ---NOT-RECORDED--- ---NOT-RECORDED---'

try -a -f "$tmp/names"
is 'a file of the names that were shown gives the same rows' \
	"$status $(printf '%s\n' "$out" | sed 1d | grep -vc -e '---NOT.*---NOT.*---NOT')" \
	"0 $(grep -vc '^ *$' "$tmp/names")"

# ---- files of uids

printf 'ann\r\n\n# bob\n \t\nzoe@example.org \t\r\nann\nlast' >"$tmp/uids"
try -a -f "$tmp/uids"
is 'CR, blanks, empty lines and comments of a file do not count' \
	"$(printf '%s\n' "$out" | first_words)" 'UID;ann;last;zoe@example.org'
try -a -f "$tmp/uids" -u bob
is '-f and -u add up' "$(printf '%s\n' "$out" | first_words)" 'UID;ann;bob;last;zoe@example.org'
is '"-" is the standard input' "$(util -a -f - <"$tmp/uids" | first_words)" \
	'UID;ann;last;zoe@example.org'
try -a -f "$tmp/missing"
shows 'a file that is not there is named' 66 '' \
	"imsconnutil: cannot read $tmp/missing: No such file or directory"
try -a -f "$tmp"
shows 'a directory is no file of uids' 66 '' "imsconnutil: cannot read $tmp: Is a directory"
: >"$tmp/empty"
try -a -f "$tmp/empty"
is 'an empty file names nobody, not everybody' "$status $(printf '%s\n' "$out" | first_words)" '1 UID'
try -k -f "$tmp/empty"
shows '... and -k ends nothing for it' 1 '' 'imsconnutil: there is no uid in the file'

# ---- who was connected, from the store alone

old='what is shown was known at 20/Nov/2026:12:34:56, [0-9]+ seconds ago$'
try -c -u ann
is 'without a mail server -c shows what the store has, with status 75' "$status" 75
is '... one row a session, imap first, each by time' "$(printf '%s\n' "$out" | squeeze)" \
	'UID TIME AUTH TO FROM
ann 20/Nov/2026:12:35:21 cram-md5 192.0.2.10:143 198.51.100.7:40026
ann 20/Nov/2026:12:35:24 plain 192.0.2.10:143 198.51.100.7:40029
ann 20/Nov/2026:12:35:23
ann 20/Nov/2026:12:35:26 plain 192.0.2.10:143 198.51.100.7:40031
2 users were logged in to imap.
2 users were logged in to http.'
like '... and one line says why and how old it is' "$err" "^imsconnutil: .*anvil.*; $old"
is '... which is all that is said' "$(printf '%s\n' "$err" | wc -l)" 1
try -c -s imap -u ann
is '-s imap leaves http out' "$(printf '%s\n' "$out" | sed 1d | squeeze)" \
	'ann 20/Nov/2026:12:35:21 cram-md5 192.0.2.10:143 198.51.100.7:40026
ann 20/Nov/2026:12:35:24 plain 192.0.2.10:143 198.51.100.7:40029
2 users were logged in to imap.'
try -c -s http -u ann
is '-s http leaves imap out' "$(printf '%s\n' "$out" | first_words)" 'UID;ann;ann;2'
try -c
is 'users are sorted by their bytes' \
	"$(printf '%s\n' "$out" | sed '/plain.*40031/q' | awk '$1 ~ /^(a|ann|back.slash|bob|xx)$/ { printf "%s ", $1 }')" \
	'a ann ann back\slash bob xx ann ann '
is 'the summary counts rows' \
	"$(printf '%s\n' "$out" | sed -n 's/ users were logged in to.*//p' | awk '{ n += $1 } END { print n }')" \
	"$(printf '%s\n' "$out" | sed 1d | grep -vc ' users were logged in to ')"
unlike 'users of POP are not shown' "$out" ' 20/Nov/2026:12:35:25 '
unlike 'no row ends in blanks' "$out" ' $'
like 'an address of IPv6 is in brackets' "$out" '\[2001:db8::10\]:143 +\[2001:db8::7\]:40006$'
try -a -c -u ann
is '-a comes before -c' "$(printf '%s\n' "$out" | grep '^UID' | squeeze | cut -c1-12 | tr '\n' ';')" \
	'UID IMAP las;UID TIME AUT;'
write_conf backend=none
try -c -u ann
like 'a backend that asks nobody shows the store, too' "$status $err" "^75 imsconnutil: .*none.*; $old"

# ---- who is connected now

# listed ROW...: what the mail server lists from now on.
listed() {
	{
		echo ok
		[ $# = 0 ] || printf '%b\n' "$@"
	} >"$tmp/listed.new"
	mv "$tmp/listed.new" "$tmp/listed"
}

write_conf "store.path=$tmp/no-store" disconnect.timeout_seconds=1
mkdir -p "$tmp/dovecot/run"
listed
start anvil python3 "$top_srcdir/tests/fake_anvil.py" "$tmp/dovecot/run/anvil" "$tmp/listed"
await is_listening "$tmp/dovecot/run/anvil" || bail 'there is no mail server'

try -c
is 'that nobody is connected is no fault' "$status $(printf '%s\n' "$out" | squeeze)" '0 UID TIME AUTH TO FROM
0 users were logged in to imap.
0 users were logged in to http.'
like '... and a missing store is told' "$err" "there is no store in \"$tmp/no-store\".*only what the mail server lists"
listed 'imap/192.0.2.1/zoe\t4000001\t1' 'imap/192.0.2.2/ann\t4000002\t2' 'pop3/192.0.2.3/bob\t4000003\t1'
try -c
is 'who is connected is listed, with what is known' "$status $(printf '%s\n' "$out" | sed 1d | squeeze)" \
	'0 ann 192.0.2.2
ann 192.0.2.2
zoe 192.0.2.1
3 users were logged in to imap.
0 users were logged in to http.'
try -c -u ann -u bob
is 'one named user who is connected is enough' "$status $(printf '%s\n' "$out" | first_words)" '0 UID;ann;ann;2;0'
try -c -u bob
is 'a named user who is not connected has status 1' "$status $(printf '%s\n' "$out" | first_words)" '1 UID;0;0'

# ---- disconnecting

# The list forgets what has ended, as the mail server's does.
forget_imap() {
	await not pid_lives "$(pid_of imap)"
	listed
}

try -k -u george -u eve
is 'who is not connected cannot be disconnected' "$status|$out" '1|User eve is not connected.
User george is not connected.'
like '... and that it is not recorded is told' "$err" \
	"^imsconnutil: warning: not recorded in the store: there is no store in \"$tmp/no-store\""
cp "$(command -v sleep)" "$tmp/other"
start other "$tmp/other" 1000
listed "imap/192.0.2.1/zoe\\t$(pid_of other)\\t1"
try -k -u zoe -u eve
is 'who cannot be disconnected has status 2' "$status $out" '2 User eve is not connected.'
like '... and the reason on the standard error' "$err" "^Cannot disconnect user zoe: process $(pid_of other) "
ok '... and nothing is ended for it' is_running other
listed "imap/192.0.2.1/zoe\\t5000000\\t1"
write_conf disconnect.timeout_seconds=1
try -k -u zoe
is 'a process that is not there has status 2' "$status|$err" \
	'2|Cannot disconnect user zoe: process 5000000 cannot be seen from here'
cp "$(command -v sleep)" "$tmp/imap"
start imap "$tmp/imap" 1000
listed "imap/192.0.2.1/z\\0033oe\\t$(pid_of imap)\\t1"
start forget forget_imap
write_conf disconnect.timeout_seconds=5
try -k -u "$(printf 'z\033oe')"
is 'who was seen to be disconnected is counted' "$status|$out|$err" '0|Disconnected user z\x1boe: 1 connections.|'
collect imap
is '... after a termination signal' $? 143
collect forget
ok '... and recorded in the store' grep -aq "$(printf 'z\033oe')" "$tmp/store/data.mdb"

holds_signals_back() {
	grep -q '^SigBlk:.*[1-9a-f]' "/proc/$(pid_of kicking)/status"
}
listed "imap/192.0.2.1/interrupted\\t$(pid_of other)\\t1"
write_conf disconnect.timeout_seconds=3
start kicking "$imsconnutil" --config "$tmp/imsconn.conf" -k -u interrupted
await holds_signals_back
kill -TSTP "$(pid_of kicking)"
stop kicking
is 'a signal ends the command' $? 143
ok '... but first it records what it did' grep -aq interrupted "$tmp/store/data.mdb"
stop anvil
rm -f "$tmp/dovecot/run/anvil"

# ---- features that are not enabled

write_conf local.http.enableuserlist=0
try -c -u ann
is 'http is not shown if it is not enabled' "$(printf '%s\n' "$out" | tail -n 2)" \
	'2 users were logged in to imap.
Feature is not enabled for http.'
write_conf local.http.enableuserlist=0 local.imap.enableuserlist=0 local.enablelastaccess=0
try -c
shows 'with neither nobody is asked' 0 'Feature is not enabled for imap.
Feature is not enabled for http.' ''
try -c -s imap
shows '... and -s picks one' 0 'Feature is not enabled for imap.' ''
try -a
shows 'last access is not shown if it is not enabled' 0 'Feature is not enabled for last access.' ''
try -a -c -u ann
shows 'a user who could not be looked for was not found' 1 'Feature is not enabled for last access.
Feature is not enabled for imap.
Feature is not enabled for http.' ''

# ---- output that fails

write_conf
if [ -c /dev/full ]; then
	status=0
	util -a >/dev/full 2>"$tmp/err" || status=$?
	is 'a full disk is told' "$status $(cat "$tmp/err")" \
		'74 imsconnutil: cannot write: No space left on device'
else
	tap_result 0 'a full disk is told # SKIP there is no /dev/full'
fi
status=0
util -a <&- >&- 2>"$tmp/err" || status=$?
is 'so is a closed output' "$status $(cat "$tmp/err")" '74 imsconnutil: cannot write: Bad file descriptor'
try -a
is '... which does the store no harm' "$status $(printf '%s\n' "$out" | sed 1d | wc -l)" "0 $whole"
is 'a pipe that nobody reads ends it without a word' "$(python3 -c '
import os, subprocess, sys
r, w = os.pipe()
os.close(r)
p = subprocess.run(sys.argv[1:], stdout=w, stderr=subprocess.PIPE)
print(p.returncode, p.stderr.decode(), end="")' "$imsconnutil" --config "$tmp/imsconn.conf" -a)" '74 '

# ---- what is denied

# denied SENTENCE STATUS PATTERN OPTION...: to a user without any right; the message matches.
denied() {
	denied_sentence=$1
	denied_wanted=$2
	denied_pattern=$3
	shift 3
	keep_outcome setpriv --reuid=nobody --regid=nogroup --clear-groups "$tmp/imsconnutil" \
		--config "$tmp/imsconn.conf" "$@"
	is "$denied_sentence" "$status" "$denied_wanted"
	like '... and the message names it' "$err" "$denied_pattern"
}

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$imsconnutil" "$tmp/imsconnutil"
	echo ann >"$tmp/secret"
	chmod 600 "$tmp/secret"
	chmod 644 "$tmp/imsconn.conf"
	denied 'a file that is denied has status 66' 66 "cannot read $tmp/secret: Permission denied" \
		-a -f "$tmp/secret"
	chmod 700 "$tmp/store"
	denied 'a store that is denied has status 77' 77 "the store in \"$tmp/store\".*permission denied" -a
	like '... and tells who may' "$err" 'be root or a member of group'
	mkdir -p "$tmp/dovecot/run"
	python3 -c 'import os, socket, sys
os.umask(0o177)
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$tmp/dovecot/run/anvil"
	denied 'a mail server that is denied has status 77' 77 "$tmp/dovecot/run/anvil.*ermission denied" -c
	denied '... for -k, too' 77 "$tmp/dovecot/run/anvil.*ermission denied" -k -u ann
	chmod 600 "$tmp/imsconn.conf"
	denied 'a configuration that is denied has status 77' 77 "$tmp/imsconn.conf.*ermission denied" -c
else
	tap_result 0 'what is denied is named # SKIP it needs root and setpriv'
fi

done_testing
