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
    { code . && sources . | grep -E '\.md$'; } | xargs awk '
        FNR == 501 { print FILENAME ": more than 500 lines" }'

    # Every source file starts with its licence (a script: behind its first line).
    { code . && sources . | grep -E '(^\.clang-format|tests/house/rules\.txt|\.svg)$'; } | xargs awk '
        FNR == 1 { done = 0 }
        done { next }
        FNR == 1 && /^(#!|<\?xml)/ { next }
        { done = 1 }
        !/SPDX-License-Identifier: Apache-2\.0/ { print FILENAME ": the first line is not the SPDX line" }'

    # No paths of somebody's machine, no unfinished marks. (The brackets keep this file from finding itself.)
    sources . | grep -vE '\.(png|gz|bin|elf)$' | xargs grep -nE '[.][.]/shared|/wor[k]/' /dev/null |
        sed 's|^|a path of one machine: |'
    code . | xargs grep -nwE '[T]ODO|[F]IXME|[X]XX' /dev/null | sed 's|^|an unfinished mark: |'

    # Nobody in src/ calls malloc or printf: the library runs where neither is. host.c makes threads, once, and may.
    # shellcheck disable=SC2016
    sources . | grep -E '^src/.*\.(c|h|inc|def)$' | grep -v '^src/hal/host\.c$' | xargs awk '
        FNR == 1 { inside = 0 }
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
                print FILENAME ":" FNR ": the library calls no such function: " $0
        }'

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
