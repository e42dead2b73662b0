#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# operators_test.sh TRAINLIB DOC: the table of operators in the manual is the program's.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" show --operators >"$work/program"
sed -n '/^<!-- operators: /,/^<!-- operators end -->/p' "$2" | sed '1d;$d' >"$work/manual"
if ! diff "$work/manual" "$work/program"; then
    echo "the table of operators in $2 is not what 'trainlib show --operators' prints" >&2
    exit 1
fi
