# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Lists the project's own files for the tests that look at sources.

: "${top_srcdir:?lib.sh comes first}"

# sources PATTERN: the files whose path matches the extended regular expression, as seen
# from top_srcdir. Asks git if this is a checkout, so that what is ignored is left out.
sources() {
	(
		cd "$top_srcdir" || exit 1
		if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$top_srcdir" ]; then
			git ls-files --cached --others --exclude-standard
		else
			find . -type f ! -path './build*' ! -path './.git/*' ! -path './autom4te.cache/*' \
				! -path '*/.deps/*' ! -path './tests/*-2.4.t' ! -path './tests/*-3.10.t' ! -path './tests/*-module.t' ! -name Makefile.in ! -name 'config.[hls]*' ! -name aclocal.m4 \
				! -name configure ! -name 'configure~' | sed 's,^\./,,'
		fi | sort | while read -r source; do
			[ ! -f "$source" ] || echo "$source"
		done
	) | grep -E -e "$1"
}

# shell_sources: the scripts for sh and bash, with what they read in.
shell_sources() {
	sources . | while read -r source; do
		case $source in
		*.sh | *.t) echo "$source" ;;
		*.*[a-z]) ;;
		*) head -n 1 "$top_srcdir/$source" | grep -qE '^#!.*[/ ](ba)?sh' && echo "$source" ;;
		esac
	done
}
