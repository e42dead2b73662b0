#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# adapt_test.sh TRAINLIB ADAPT [cluster]: images as sensors see them, and a short run of examples/adapt.
set -eu
trainlib=$1
adapt=$2
cluster=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    printf 'FAILED: %s\n' "$*"
    cat out err 2>/dev/null || true
    exit 1
}

# refused CODE TEXT COMMAND...: the command ends with that code, and its one sentence holds the text.
refused() {
    wanted=$1 text=$2
    shift 2
    code=0
    "$@" >out 2>err || code=$?
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
    if ! grep -q -- "$text" err || [ "$(wc -l <err)" -ne 1 ]; then
        fail "no \"$text\" in what it says: $*"
    fi
}

# An image in a data set of our own: 255 in one corner, 100 in a place of its own, 0 elsewhere.
# bytes N VALUE: so many bytes.
bytes() {
    awk -v n="$1" -v value="$2" 'BEGIN { for (i = 0; i < n; i++) printf "\\%03o", value }' | xargs -0 printf
}
for part in train t10k; do
    {
        printf '\000\000\010\003\000\000\000\001\000\000\000\034\000\000\000\034\377'
        bytes 100 0
        printf '\144'
        bytes 682 0
    } >$part-images-idx3-ubyte
    printf '\000\000\010\001\000\000\000\001\007' >$part-labels-idx1-ubyte
done
# pixel FILE I: number I of the array behind 128 bytes of header.
pixel() {
    od -An -tf4 -v -j $((128 + 4 * $2)) -N 4 "$1" | awk '{ printf "%.0f", 255 * ($1 * 0.3530 + 0.2860) + 0.01 }'
}
# sees SENSOR P0 P101 P300
sees() {
    "$trainlib" images --data . --count 1 --sensor "$1" --x "$1.npy" --y y.npy >out 2>err || fail "images --sensor $1"
    got="$(pixel "$1.npy" 0) $(pixel "$1.npy" 101) $(pixel "$1.npy" 300)"
    [ "$got" = "$2 $3 $4" ] || fail "$1: $got instead of $2 $3 $4"
}
sees plain 255 100 0
sees inverted 0 155 255
sees dimmed 63 25 0
# Twice the mean over 5x5: the corner keeps 9 of 25 of 10, all of which are in its reach.
sees blurred 4 4 0
[ "$(od -An -td4 -j 128 -N 4 y.npy | tr -d ' ')" = 7 ] || fail "the label"
"$trainlib" images --data . --count 1 --classes 2 --side 56 --channels 3 --x large.npy --y y.npy >out
[ "$(od -An -td4 -j 128 -N 4 y.npy | tr -d ' ')" = 1 ] || fail "the label of a shoe"
[ "$(wc -c <large.npy)" -eq $((128 + 4 * 3 * 56 * 56)) ] || fail "the size of a resized image"
[ "$(pixel large.npy 0) $(pixel large.npy 1) $(pixel large.npy 3136)" = '255 191 255' ] || fail "a resized image"

refused 1 'dataset-fashion-mnist' "$trainlib" images --data nowhere
refused 1 'only 1 images' "$trainlib" images --data .
refused 2 'shoes' "$trainlib" images --data . --count 1 --classes 3
refused 2 'sensor' "$trainlib" images --sensor odd
refused 1 'dataset-fashion-mnist' "$adapt" "$trainlib" --data nowhere
refused 2 'no option' "$adapt" "$trainlib" --what
refused 2 'wants a value' "$adapt" "$trainlib" --images
refused 2 'from 1 to 16' "$adapt" "$trainlib" --seeds 17
"$adapt" "$trainlib" --help | grep -q -- '--learn' || fail "adapt --help"
[ -n "$cluster" ] || exit 0

refused 1 'project.txt' "$trainlib" adapt . --data . --test 1 --images 1 --seeds 1
"$adapt" "$trainlib" --out made --learn 1000 --images 60 --test 100 --seeds 1 --json >out 2>err || fail "a short run"
"${JSON_CHECK:-true}" out || fail "--json"
grep -q '^</svg>' made/adapt.svg || fail "no picture"
[ "$(grep -c '"trained"' out)" -eq 9 ] || fail "three sensors, three choices of layers"
# All layers learn more of inverted images than the last one, and what is not learnt is the same before.
awk -F'[:,]' '
/"sensor"/ { sensor = $2 }
/"trained"/ { trained = $2 }
/"new_before"|"new_after"/ { which = $1 }
/"mean"/ && which { value[sensor, trained, which] = $2; which = "" }
END {
    for (key in value) {
        name = key
        gsub("[^a-z0-9_]", "", name)
        v[name] = value[key]
    }
    exit !(v["invertedallnew_before"] == v["invertedlast1new_before"] &&
        v["invertedallnew_after"] > v["invertedlast1new_after"])
}' out || fail "what was learnt"
"$trainlib" adapt made --images 1 --test 10 --seeds 1 --threads 1 >table 2>err || fail "again"
[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' table)" -le 100 ] || fail "a wide table"
grep -q 'to the bit' table || fail "the bits"
echo fine
