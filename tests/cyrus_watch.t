#!/bin/sh
# SPDX-License-Identifier: ISC
# The watched folder of a real Cyrus's proc files: what nobody should find there, its loss, and the
# restarts of imsconnd and Cyrus.

# shellcheck source=tests/lib.sh
. "${top_srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cyrus.sh
. "$top_srcdir/tests/cyrus.sh"

need_cyrus
need snmpd snmpget snmpwalk

# listed USER; gone USER
listed() {
	await says_like '^(imap|pop3|http)\.' sessions_of "$1"
}

gone() {
	await says '' sessions_of "$1"
}

# identity USER: what a restart must not change.
identity() {
	echo "$(sessions_of "$1") $(session_value "$1" LoginTime) $(session_value "$1" LoginTimeSource)"
}

process_of() {
	basename "$(proc_file "$1")"
}

# plant NAME [TEXT]: a file of this name as a process of Cyrus would make it.
plant() {
	printf '%s' "${2-imap	localhost [127.0.0.1]	zed	user.zed	}" >"$cyrus_proc/$1.new"
	mv "$cyrus_proc/$1.new" "$cyrus_proc/$1"
}

# rename_many COUNT: so many changes of the folder, no two of one file in a row.
rename_many() {
	python3 - "$cyrus_proc" "$1" <<-'END'
		import os, sys
		os.chdir(sys.argv[1])
		for name in "990001", "990002":
		    open(name, "w").close()
		for number in range(int(sys.argv[2])):
		    name = "99000%d" % (number % 2 + 1)
		    os.rename(name, "x")
		    os.rename("x", name)
		os.remove("990001")
		os.remove("990002")
	END
}

collector_is() {
	says "$1" snmp_value imscCollectorStatus.0
}

# Polls are rare: nothing of this is theirs, but where it says so.
watch_conf() {
	cyrus_conf collector.poll_seconds=60 "$@"
}

ietf_mibs
start_snmpd
start_cyrus 'umask: 022'
ok 'early is in before imsconnd starts' hold early imap early
ok 'as his file says' await says_like . proc_file early
watch_conf
start_imsconnd
ok 'then he is listed' listed early
is 'and when he came is not known' "$(session_value early LoginTimeSource)" observed
ok 'ann comes later' hold ann imap ann
ok 'and is listed' listed ann
is 'with her login' "$(session_value ann LoginTimeSource)" recorded

# ---- what else may be in the folder
start sleeper tail -f /dev/null
plant 999999
plant 2147483648
plant 0
plant abc
plant "$(pid_of sleeper)"
plant 999998 ''
plant 999997 'no tabs'
plant 999996 "imap	[127.0.0.1]	zed	user.zed	$(head -c 100000 /dev/zero | tr '\0' x)"
echo 'imap	[127.0.0.1]	zed	user.zed	' >"$cyrus_proc/12.new"
ln -s "$(proc_file ann)" "$cyrus_proc/999995"
mkfifo "$cyrus_proc/999994"
mkdir "$cyrus_proc/999993"
python3 -c 'import os, sys
os.chdir(sys.argv[1])
for pid in range(5000000, 5010000):
    with open("plant", "w") as file: file.write("imap\t[127.0.0.1]\tzed%d\tuser.zed\t\n" % pid)
    os.rename("plant", str(pid))' "$cyrus_proc"
ok 'bob comes among files that are none of Cyrus' hold bob pop3 bob
ok 'and is listed' listed bob
is 'with ann and early, and nobody else' "$(snmp_rows imscSessionUser)" 3
is 'the command lists the same' "$(util -c -s imap | sed -n 's/^\([a-z]*\) .*127.*/\1/p' | tr '\n' ' ')" \
	'ann early '
ok 'he leaves' tell bob logout
ok 'and is not listed' gone bob
find "$cyrus_proc" -mindepth 1 \( -name '500????' -o -name '99999?' -o -name 0 -o -name abc -o -name 12.new \
	-o -name 2147483648 -o -name "$(pid_of sleeper)" \) -exec rm -rf {} +

# ---- more happens than can be followed
ok 'carl is in' hold carl imap carl
ok 'and listed' listed carl
kill -STOP "$(pid_of imsconnd)"
ok 'dora comes while imsconnd stands still' hold dora imap dora
ok 'carl goes' tell carl logout
ok 'and more happens than the kernel keeps' rename_many 20000
kill -CONT "$(pid_of imsconnd)"
ok 'that is told' await log_has imsconnd 'faster than they can be followed'
ok 'dora is found all the same' listed dora
is 'seen first then' "$(session_value dora LoginTimeSource)" observed
ok 'and carl is gone' gone carl
tell dora logout
ok 'dora is gone when she goes' gone dora

# ---- imsconnd restarts
was=$(identity ann)
stop_imsconnd
start_imsconnd
ok 'after a restart ann is listed' listed ann
is 'as before' "$(identity ann)" "$was"
ok 'edna is in' hold edna imap edna
ok 'and listed' listed edna
stop_imsconnd KILL
tell edna logout
ok 'frank comes while there is no imsconnd' hold frank imap frank
start_imsconnd
ok 'he is listed when there is one again' listed frank
ok 'edna is not' gone edna
is 'and ann is as before' "$(identity ann)" "$was"
tell frank logout
ok 'frank goes' gone frank

# ---- the folder is taken away
rm -r "$cyrus_proc"
ok 'without a folder nobody is there' gone ann
mkdir "$cyrus_proc"
chown "$cyrus_user:$cyrus_group" "$cyrus_proc"
ok 'george comes when there is one again' hold george imap george
ok 'and is listed' listed george
tell ann 'send a7 NOOP'
ok 'ann is again when she does something' listed ann
mv "$cyrus_proc" "$cyrus_proc.old"
mkdir "$cyrus_proc"
chown "$cyrus_user:$cyrus_group" "$cyrus_proc"
ok 'another folder in its place has nobody' gone george
tell george 'send a7 NOOP'
ok 'but whoever is still there' listed george
tell george logout
ok 'until he goes' gone george
tell ann logout

# ---- Cyrus restarts
restart_cyrus
ok 'after a restart of Cyrus nobody is left' gone early
ok 'hugh comes' hold hugh imap hugh
ok 'and is listed' listed hugh
is 'with his login' "$(session_value hugh LoginTimeSource)" recorded
stop_imsconnd

# ---- where nothing can be watched, polls read the files
no_inotify=$tmp/no-inotify
cat >"$no_inotify" <<'END'
#!/bin/sh
echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"
END
chmod 755 "$no_inotify"
if unshare -Ur "$no_inotify" true 2>/dev/null; then
	watch_conf collector.poll_seconds=1
	imsconn_under="unshare -Ur $no_inotify"
	start_imsconnd
	ok 'too few watches are told' await log_has imsconnd 'raise fs\.inotify\.max_user_instances'
	ok 'hugh is listed' listed hugh
	ok 'ida comes' hold ida imap ida
	ok 'and is listed' listed ida
	tell ida logout
	ok 'and she is not when she goes' gone ida
	stop_imsconnd
	imsconn_under=
else
	diag 'there are no user namespaces, so that watches cannot be made few'
fi

# ---- without a master, those who are in stay in
watch_conf collector.poll_seconds=1
start_imsconnd
ok 'hugh is listed' listed hugh
was=$(identity hugh)
kill -KILL "$(pid_of cyrus)"
collect cyrus || :
ok 'that the master died is told' await collector_is stale
is 'hugh is listed' "$(identity hugh)" "$was"
tell hugh logout
ok 'until he goes' gone hugh
stop_imsconnd

# ---- without the right to read
chmod 700 "$cyrus_proc"
imsconnd_as ''
is_running snmpd && let_in "$tmp/agentx"
watch_conf
start_imsconnd
ok 'a folder that must not be read is told, and who can' \
	await log_has imsconnd "cannot read Cyrus's proc files in .*umask: 027"

done_testing
