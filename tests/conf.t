#!/bin/sh
# SPDX-License-Identifier: ISC
# The table of configuration keys, the manual page, the installed example and `imsconnd -C'
# say the same.
. "${top_srcdir:-.}/tests/lib.sh"

page=$top_builddir/agent/imsconn.conf.5
example=$top_builddir/agent/imsconn.conf
bad=$top_srcdir/tests/data/conf/bad

# show [-a | FILE]: the table, that of an alarm, or the values in FILE.
show() {
	"$top_builddir/tests/show_conf" "$@"
}

# expect_page [-a]: the lines that the manual page should have for each key. An alarm's keys have
# no default if that is nothing, and change with the whole list.
expect_page() {
	show "$@" | awk -v alarm="${1:-}" -F '\t' '
		function limits(type, text) {
			split(text, limit, "-")
			if (type == "array")
				return "array of at most 16 numbers " limit[1] " to " limit[2]
			if (type == "strings")
				return "array of at most 16 strings of " limit[1] " to " limit[2] " bytes"
			if (type == "names")
				return "array of at most 16 names of " limit[1] " to " limit[2] \
					" letters, digits, - and _"
			if (type == "networks")
				return "array of at most 64 addresses and networks"
			if (type == "list")
				return "list of at most " limit[2] " groups"
			if (type == "number")
				return "number " limit[1] " to " limit[2]
			if (limit[1] == 0)
				return "string of at most " limit[2] " bytes"
			return "string of " limit[1] " to " limit[2] " bytes"
		}
		function quoted(text) {
			gsub(/"/, "\\(dq", text)
			return text == "" ? "\\(dq\\(dq" : text
		}
		{
			kind = $2 == "boolean" ? $2 : limits($2, $4)
			if (index($4, "|")) {
				kind = "Cm " $4
				gsub(/\|/, " No or Cm ", kind)
			}
			print ".It Ic " $1
			if (!alarm)
				kind = kind ", default Cm " quoted($3) " , No " $5
			else if ($3 != "" && $3 != -1)
				kind = kind ", default Cm " $3
			print ".Pq " kind
		}' | sed 's/\(^\.Pq Cm .*\), default/\1 , default/'
}

# read_page SECTION: the lines that it has there.
read_page() {
	awk -v section="$1" '/^\.Sh / { on = $2 == section } on' "$page" | grep -A 1 '^\.It Ic ' | grep -v '^--$'
}

# page_agrees SECTION [-a]
page_agrees() {
	read_page "$1" >"$tmp/page"
	shift
	expect_page "$@" | diff - "$tmp/page"
}

# The paths of the settings in the example, those in comments too.
name_example_keys() {
	sed 's/^\([[:space:]]*\)#\([a-z_]* = \)/\1\2/' "$example" | awk '
		$2 == "=" && $3 == "{" { group[++depth] = $1; next }
		$1 == "};" { depth--; next }
		$1 ~ /^[a-z]/ && $2 == "=" {
			path = $1
			for (i = depth; i > 0; i--)
				path = group[i] "." path
			print path
		}' | sort
}

# check STATUS FILE: imsconnd -C ends with STATUS; shows what it printed.
check() {
	check_status=0
	"$imsconnd" -C -f "$2" 2>&1 || check_status=$?
	[ "$check_status" = "$1" ]
}

need awk sed
[ -x "$top_builddir/tests/show_conf" ] ||
	make -s -C "$top_builddir" tests/show_conf agent/imsconn.conf agent/imsconn.conf.5 >&2 ||
	bail 'cannot build tests/show_conf'
plan 12

ok 'imsconn.conf(5) has every key with its type, limits, default and what SIGHUP does' page_agrees KEYS
ok 'and those of an alarm' page_agrees ALARMS -a

is 'the installed example names every key' "$(name_example_keys)" "$(show | cut -f 1 | LC_ALL=C sort)"

ok 'the installed example is right' show "$example"

: >"$tmp/empty.conf"
show "$tmp/empty.conf" >"$tmp/defaults"
show "$example" >"$tmp/values"
is 'it sets just the three keys that the original has' \
	"$(diff "$tmp/defaults" "$tmp/values" | sed -n 's/^> //p' | tr '\t' ' ')" \
	'local.enablelastaccess 1
local.http.enableuserlist 1
local.imap.enableuserlist 1'

sed 's/^\([[:space:]]*\)#\([a-z_]* = .*;\)$/\1\2/' "$example" >"$tmp/uncommented.conf"
show "$tmp/uncommented.conf" >"$tmp/uncommented"
ok 'its comments have the defaults' diff "$tmp/values" "$tmp/uncommented"
ok 'and are real settings' not diff -q "$example" "$tmp/uncommented.conf"

sed -n 's/^#	//p' "$example" >"$tmp/alarms.conf"
like 'the alarms in a comment are right, too' "$(show "$tmp/alarms.conf")" 'name = old data'

sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/p' "$page" |
	awk -v dir="$tmp" '/^\.Bd/ { n++; on = 1; next } /^\.Ed/ { on = 0 }
		on { print > (dir "/example" n ".conf") }'
manual_examples_are_right() {
	for file in "$tmp"/example[0-9].conf; do
		show "$file" >"$tmp/shown" || return 1
		! diff "$tmp/defaults" "$tmp/shown" || return 1
	done
}
ok "the manual page's examples are right and change something" manual_examples_are_right

ok 'imsconnd -C accepts the example' check 0 "$example"

is 'imsconnd -C refuses a wrong key with its place, and what is allowed' \
	"$(check 78 "$bad/word.conf" || echo "status $check_status")" \
	"imsconnd: error: $(sed -n "s,^# error: ,$bad/,p" "$bad/word.conf")"

is 'imsconnd -C refuses a file that is not there' \
	"$(check 78 "$tmp/missing.conf" || echo "status $check_status")" \
	"imsconnd: error: cannot read $tmp/missing.conf: No such file or directory"
