#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tree_rules.sh ROOT: the rules about files that a machine can check; says all that is broken.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=sources.sh
. "$here/sources.sh"
cd "$1"
bad=$(mktemp)
trap 'rm -f "$bad"' EXIT

{
    # No file name twice (what CMake and readers of a folder expect in many places excepted).
    sources . | grep -E '\.[A-Za-z0-9]+$' | grep -vE '(^|/)(CMakeLists\.txt|README\.md|\.[^/]*)$' |
        awk -F/ '$NF in first { print $0 ": the name stands twice, see " first[$NF]; next } { first[$NF] = $0 }'

    # No file over 500 lines.
    { code . && sources . | grep -E '\.md$'; } | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 500 ] || echo "$file: $lines lines, more than 500"
    done

    # Every source file starts with its licence (a script: behind its first line).
    { code . && sources . | grep -E '(^\.clang-format|tests/house/rules\.txt|\.svg)$'; } | while read -r file; do
        head -n 2 "$file" | awk '/^#!|^<\?xml/ { next } { found = /SPDX-License-Identifier: Apache-2\.0/; exit } END { exit !found }' ||
            echo "$file: the first line is not the SPDX line"
    done

    # No paths of somebody's machine, no unfinished marks. (The brackets keep this file from finding itself.)
    sources . | grep -vE '\.(png|gz|bin|elf)$' | while read -r file; do
        grep -nE '[.][.]/shared|/wor[k]/' "$file" | sed "s|^|$file: a path of one machine: |" || :
    done
    code . | while read -r file; do
        grep -nwE '[T]ODO|[F]IXME|[X]XX' "$file" | sed "s|^|$file: an unfinished mark: |" || :
    done

    # Nobody in src/ calls malloc or printf: the library runs where neither is. host.c makes threads, once, and may.
    sources . | grep -E '^src/.*\.(c|h|inc|def)$' | grep -v '^src/hal/host\.c$' | while read -r file; do
        awk -v file="$file" '
        {
            text = $0
            if (inside) {
                if (!sub(/^.*\*\//, "", text))
                    next
                inside = 0
            }
            gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
            gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", text)
            sub(/\/\/.*/, "", text)
            if (sub(/\/\*.*/, "", text))
                inside = 1
            if (match(text, /(^|[^A-Za-z0-9_])(malloc|calloc|realloc|aligned_alloc|free|v?s?n?f?printf|puts|putchar|exit|abort)[ \t]*\(/))
                print file ":" NR ": the library calls no such function: " $0
        }' "$file"
    done

    # Links between the documents lead somewhere.
    sources . | grep -E '\.md$' | while read -r file; do
        dir=$(dirname "$file")
        grep -oE '\]\([^)# ]+' "$file" | sed 's/^](//' | grep -vE '^[a-z]+:' | while read -r link; do
            [ -e "$dir/$link" ] || echo "$file: the link to $link leads nowhere"
        done
    done
} >"$bad"

if [ -s "$bad" ]; then
    cat "$bad"
    exit 1
fi
echo "tree rules: $(sources . | wc -l) files, nothing to say"
