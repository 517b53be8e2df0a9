#!/bin/sh
# SPDX-License-Identifier: ISC
# The rules of the tree that a machine can check: which folder may include what, where a mail
# server or a library may be named, how long files and functions may be.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/sources.sh"

cd "$top_srcdir" || exit 99

# none SENTENCE COMMAND...: COMMAND prints nothing.
none() {
	none_sentence=$1
	shift
	is "$none_sentence" "$("$@" 2>&1)" ''
}

# includes FILES WHAT: the lines of files matching FILES that include what matches WHAT.
includes() {
	sources "$1" | xargs -r grep -HnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$2"
}

# The project's includes in FILES, but those that match ALLOWED.
includes_beyond() {
	includes "$1" '(agent|cli)/' | grep -vE "\"$2\"" || :
}

# The lines that name it, comments left out. The keys and their fields have to.
name_servers() {
	sources '^(agent|cli)/.*\.[ch]$' |
		grep -vE '^agent/(collect/(cyrus|dovecot|anvil|dict|backend\.)|conf\.h|conf_keys\.c)' |
		while read -r file; do
			sed -e ':a;N;$!ba' -e 's,/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/,,g' "$file" |
				grep -iE 'dovecot|anvil|cyrus' | sed "s,^,$file: ,"
		done
}

odd_names() {
	sources . | grep -v '^[A-Za-z0-9._/@-]*$'
}

find_pauses() {
	shell_sources | grep -E '^(tests|contrib)/' | xargs grep -nE '^[^#]*\bsleep [0-9]'
}

# Tests that Makefile.am or tests/README does not know.
name_strangers() {
	for test in $(sources '^tests/(test_[^/]*\.c|[^/]*\.t)$' | sed 's/\.c$//'); do
		grep -qE "(^|[[:space:]])$test([[:space:]]|\$)" Makefile.am || echo "Makefile.am: $test"
		grep -q "^${test#tests/}[[:space:]]" tests/README || echo "tests/README: $test"
	done
}

# What has no licence line among its first three.
lack_spdx() {
	{
		sources '\.([ch]|sh|t|py|ac|am|in|php|inc|dist)$'
		shell_sources
	} | sort -u | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC' || echo "$file"
	done
}

long_files() {
	sources '\.([ch]|sh|t|py|php)$' | xargs wc -l | awk '$2 != "total" && $1 > 400'
}

# A C function's body begins and ends with a brace at the left edge; a shell function's is
# "name() {".
long_functions() {
	sources '\.([ch]|sh|t)$|/run$' | xargs awk '
		/^\{/ || /^[a-z_]+\(\) \{/ { start = FNR }
		/^\}/ && start { if (FNR - start - 1 > 60) print FILENAME ":" start ": " FNR - start - 1; start = 0 }'
}

plan 13

base='agent/(alarm|alarm_switch|alloc|arena|board|board_file|board_reader|clock|error|health|log|model|notice|privacy|text|user_key)\.h'

none 'what collects and stores includes nothing of SNMP or the command' \
	includes '^agent/((collect|store)/.*|(alarm|alarm_switch|alloc|arena|board.*|clock|conf.*|error|health|log|model|notice|privacy|text|user_key)\.[ch]$)' \
	'(agent/snmp|cli)/'

none 'the store includes nothing of collecting or of the configuration' \
	includes_beyond '^agent/store/' "($base|agent/store/[a-z_]+\\.h)"

none 'SNMP includes the store, the health, the kick queue, and nothing else of collecting' \
	includes_beyond '^agent/snmp/' "($base|agent/(store|snmp)/[a-z_]+\\.h|agent/collect/kick_queue\\.h)"

none 'the command includes nothing of SNMP' includes '^cli/' 'agent/snmp/'

none 'what is below the parts includes only its like' \
	includes_beyond '^agent/(alarm|alarm_switch|alloc|arena|board|board_file|board_reader|clock|error|health|log|model|notice|privacy|text|user_key)\.[ch]$' "$base"

is 'only agent/snmp/netsnmp.h includes Net-SNMP' \
	"$(includes '\.[ch]$' 'net-snmp/' | cut -d : -f 1 | sort -u)" agent/snmp/netsnmp.h

none 'only its own files, the registry and the keys name Dovecot or Cyrus' name_servers

none 'every file has a plain name' odd_names

none 'every file has its licence' lack_spdx

none 'no file has more than 400 lines' long_files

none 'no function has more than 60 lines' long_functions

none 'no test pauses for a time instead of waiting for a condition' find_pauses

none 'make check runs every test, and tests/README names it' name_strangers
