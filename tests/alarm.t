#!/bin/sh
# SPDX-License-Identifier: ISC
# Alarms, with a real Dovecot, snmpd and snmptrapd: values that cross, touch, jump and flap; what is
# sent of it, value by value; what outlasts a restart; what a manager switches off.

. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/dovecot.sh"
need_dovecot
least_rights
need snmpd snmptrapd snmpset

# write_alarms ALARM...: these thresholds, each without its braces; more settings are in $settings.
write_alarms() {
	# shellcheck disable=SC2086 # settings are words
	write_conf $settings
	{
		echo 'alarms = ('
		printf '  { %s },\n' "$@" | sed '$s/,$//'
		echo ');'
	} >>"$tmp/imsconn.conf"
}

# state_of NAME: of the alarm with this name.
state_of() {
	snmp_walk -Oqs imscAlarmName | while read -r instance name; do
		[ "$name" != "$1" ] || snmp_value "imscAlarmState.${instance##*.}"
	done
}

alarm_names() {
	snmp_walk -Oqv imscAlarmName | tr '\n' ' '
}

# leave NAME...: these clients log out.
leave() {
	for name in "$@"; do
		tell "$name" logout
		await log_has "$name" '^[0-9]* logout'
	done
}

# The same objects in both notifications.
all_of_many() {
	printf '%s|' imscAlarmName.1\ =\ many imscAlarmObject.1\ =\ sessions imscAlarmService.1\ =\ imap \
		imscAlarmDirection.1\ =\ rising "imscAlarmValue.1 = $1" imscAlarmRising.1\ =\ 3 \
		imscAlarmFalling.1\ =\ 1 | sed 's/|$//'
}

start_snmptrapd
start_snmpd "$trap_sink"
start_dovecot
settings=notify.min_seconds=0
many='name = "many"; object = "sessions"; service = "imap"; rising = 3; falling = 1;'
nobody='name = "nobody"; direction = "falling"; falling = 0;'
greedy='name = "greedy"; object = "max_per_user"; rising = 2;'
quiet='name = "quiet"; object = "users"; service = "imap"; rising = 1; startup = false;'
old='name = "old"; object = "data_age"; rising = 3;'

# ---- at the start, and crossing

write_alarms "$many" "$nobody" "$greedy"
start_imsconnd
ok 'at the start an alarm that is raised already is told of' \
	await says 1 trap_count imscAlarmRaised 'imscAlarmName.2 = nobody' 'imscAlarmValue.2 = 0'
is 'the others are clear, and nobody is told' \
	"$(state_of many) $(state_of greedy) $(trap_count imscAlarmRaised) $(trap_count imscAlarmCleared)" 'clear clear 1 0'

hold ann imap ann
ok 'a falling alarm is cleared by the first session' \
	await says 1 trap_count imscAlarmCleared 'imscAlarmName.2 = nobody' 'imscAlarmValue.2 = 1'
hold bob imap bob
hold eve imap eve
ok 'an alarm is raised when the value touches its threshold, with every object and its value' \
	await says 1 trap_count imscAlarmRaised "$(all_of_many 3)"
is 'what was sent tells since when, as the table does' \
	"$(traps imscAlarmRaised 'imscAlarmName.1 = many' | sed 's/.*imscAlarmSince.1 = //')" \
	"$(snmp_value imscAlarmSince.1)"
hold fay imap fay
leave fay bob
await says 2 snmp_value imscServiceSessions.imap
hold bob2 imap bob
await says 3 snmp_value imscAlarmValue.1
leave bob2 eve
ok 'it is cleared at the other threshold, with every object and its value' \
	await says 1 trap_count imscAlarmCleared "$(all_of_many 1)"
is 'between the thresholds, and at the first one again, nothing was sent' \
	"$(trap_count imscAlarmRaised 'many') $(trap_count imscAlarmCleared 'many')" '1 1'

hold ann2 imap ann
ok 'the most sessions of one user raise an alarm' \
	await says 1 trap_count imscAlarmRaised 'imscAlarmName.3 = greedy' 'imscAlarmValue.3 = 2'
hold bob3 imap bob
await says 2 trap_count imscAlarmRaised 'imscAlarmName.1 = many'
util -k -u ann >/dev/null
util -k -u bob >/dev/null
ok 'a value that jumps over both thresholds clears, and raises the falling alarm' \
	await says 2 trap_count imscAlarmRaised 'imscAlarmName.2 = nobody'
await says 1 trap_count imscAlarmCleared greedy
is 'each was told of once' "$(trap_count imscAlarmCleared many) $(trap_count imscAlarmCleared greedy)" '2 1'

# ---- over restarts

since=$(snmp_value imscAlarmSince.2)
stop_imsconnd
start_imsconnd
await says raised state_of nobody
hold ann3 imap ann
await says 2 trap_count imscAlarmCleared 'imscAlarmName.2 = nobody'
is 'a restart tells of no alarm again' "$(trap_count imscAlarmRaised nobody)" 2
leave ann3
await says 3 trap_count imscAlarmRaised nobody
unlike 'since when it is raised is since now' "$(snmp_value imscAlarmSince.2)" "^$since\$"
since=$(snmp_value imscAlarmSince.2)
stop_imsconnd
start_imsconnd
await says raised state_of nobody
is 'and stays so over a restart' "$(snmp_value imscAlarmSince.2)" "$since"

# ---- switched off by a manager

is 'a manager switches an alarm off, and reads it at once' \
	"$(snmp_set -Oqv imscAlarmEnabled.1 i 2) $(snmp_value imscAlarmEnabled.1)" 'false false'
like 'only true and false can be set' "$(snmp_set imscAlarmEnabled.1 i 3 2>&1)" 'wrongValue|bad value'
like 'of an alarm that is there' "$(snmp_set imscAlarmEnabled.9 i 1 2>&1)" noCreation
like 'and nothing else of it' "$(snmp_set imscAlarmRising.1 u 7 2>&1)" notWritable
like 'who may only read may not' "$(run_snmp snmpset reader imscAlarmEnabled.1 i 1 2>&1)" noAccess
await log_has imsconnd 'alarm "many" was switched off'
stop_imsconnd
start_imsconnd
is 'it stays off over a restart' "$(snmp_value imscAlarmEnabled.1)" false
hold ann4 imap ann
hold bob4 imap bob
hold eve4 imap eve
ok 'its state goes on' await says raised state_of many
leave eve4 bob4 ann4
await says 4 trap_count imscAlarmRaised nobody
is 'and nobody is told of it' "$(trap_count imscAlarmRaised many) $(trap_count imscAlarmCleared many)" '2 2'
snmp_set imscAlarmEnabled.1 i 1 >/dev/null

# ---- changed by a reload

write_alarms "$nobody" "$many" "$quiet"
kill -HUP "$(pid_of imsconnd)"
ok 'a reload takes other alarms' await says 'nobody many quiet ' alarm_names
is 'one that only moved stays as it was' "$(state_of nobody) $(trap_count imscAlarmRaised nobody)" 'raised 4'
hold ann5 imap ann
await says raised state_of quiet
is 'one that is clear at its first look tells when it is raised, too' \
	"$(await says 1 trap_count imscAlarmRaised quiet && echo yes)" yes
write_alarms "$old" "$many; rising = 4;" 2>/dev/null
kill -HUP "$(pid_of imsconnd)"
ok 'a mistake in a list is refused with its line and its place, and nothing changes' \
	await log_has imsconnd 'imsconn.conf:[0-9]*: .*(syntax error|duplicate setting name)'
is 'the old alarms are there' "$(snmp_rows imscAlarmName)" 3

# ---- the age of the data; no data

write_alarms "$old" "$nobody"
kill -HUP "$(pid_of imsconnd)"
await says clear state_of old
stop_dovecot
ok 'data that grow old raise an alarm' await says 1 trap_count imscAlarmRaised 'imscAlarmName.1 = old'
start_dovecot
ok 'and clear it when they are young again' await says 1 trap_count imscAlarmCleared 'imscAlarmName.1 = old'
settings="$settings local.imap.enableuserlist=0"
write_alarms "$many" "$nobody"
kill -HUP "$(pid_of imsconnd)"
ok 'a service that is not listed has no data' await says noData state_of many
like 'and no value' "$(snmp_get imscAlarmValue.1)" 'No Such Instance'

# ---- too often

stop_imsconnd
settings=notify.min_seconds=3600
write_alarms "$greedy"
start_imsconnd
await says clear state_of greedy
raised=$(trap_count imscAlarmRaised greedy)
for round in 1 2 3; do
	hold "f$round" imap flo
	hold "g$round" imap flo
	await says raised state_of greedy
	leave "f$round" "g$round"
	await says clear state_of greedy
done
is 'a flapping alarm is told of once in the time that the configuration sets' \
	"$(($(trap_count imscAlarmRaised greedy) - raised))" 1
is 'what was not sent is counted' "$(snmp_value imscNotifySuppressed.0)" 4
stop_imsconnd
start_imsconnd
is 'and stays counted over a restart' "$(snmp_value imscNotifySuppressed.0)" 4
is 'the time is told' "$(snmp_value imscNotifyMinInterval.0)" 3600

done_testing
