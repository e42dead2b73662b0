#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# include_rule.sh ROOT [RULES]: every #include names a room that rules.txt lets its own room name.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=sources.sh
. "$here/sources.sh"
root=$1
rules=${2:-$here/rules.txt}

cd "$root"
sources . | grep -E '\.(c|h|S|def|inc|ld)$' | awk -v rules="$rules" '
function fail(text) { print text; bad = 1 }
function room_of(path,   i) {
    for (i = 1; i <= rooms; i++)
        if (index(path, folder[i] "/") == 1)
            return i
    return 0
}
function check(file, line, from, name,   path, to, dir) {
    dir = file
    sub(/\/[^\/]*$/, "", dir)
    path = name
    to = room_of(path)
    if (!to && index(name, "tl/") == 1) {
        path = "include/" name
        to = room_of(path)
    }
    if (!to && (dir "/" name) in present) {
        path = dir "/" name
        to = room_of(path)
    }
    if (!to) {
        fail(file ":" line ": \"" name "\" is in no room of rules.txt; write its path from the root of the tree")
        return
    }
    if (!(path in present))
        fail(file ":" line ": there is no " path)
    if (to != from && !((from, to) in may))
        fail(file ":" line ": room " room[from] " may not include room " room[to] " (" name ")")
    edges++
}
BEGIN {
    while ((getline text < rules) > 0) {
        count = split(text, word)
        if (count == 0 || word[1] ~ /^#/)
            continue
        rooms++
        room[rooms] = word[1]
        folder[rooms] = word[2]
        for (i = 3; i <= count; i++) {
            if (word[i] == "*") {
                for (j = 1; j < rooms; j++)
                    may[rooms, j] = 1
            } else if (word[i] in number) {
                may[rooms, number[word[i]]] = 1
            } else {
                fail(rules ": room " word[1] " names " word[i] ", which does not stand before it")
            }
        }
        number[word[1]] = rooms
    }
    if (!rooms)
        fail(rules ": no rules")
}
{ present[$0] = 1; file[++files] = $0 }
END {
    for (i = 1; i <= files; i++) {
        from = room_of(file[i])
        if (!from) {
            fail(file[i] ": stands in no room of rules.txt")
            continue
        }
        line = 0
        while ((getline text < file[i]) > 0) {
            line++
            # A literal behind #include, and one that a macro holds for an #include (or as .include in assembly).
            if (text ~ /^[ \t]*(#[ \t]*include|\.include)[ \t]*"/ || text ~ /^[ \t]*#[ \t]*define[ \t].*"[^"]*\.(h|def|inc|c)"/) {
                name = text
                sub(/^[^"]*"/, "", name)
                sub(/".*/, "", name)
                check(file[i], line, from, name)
            } else if (text ~ /^[ \t]*#[ \t]*include[ \t]*</) {
                name = text
                sub(/^[^<]*</, "", name)
                sub(/>.*/, "", name)
                if (room_of(name) || index(name, "tl/") == 1)
                    check(file[i], line, from, name)
            }
        }
        close(file[i])
    }
    if (!bad)
        print "include rule: " files " files, " edges + 0 " includes, all allowed"
    exit bad
}'
