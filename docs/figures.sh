#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# figures.sh: runs the demo and the benchmarks, and writes what they print between the markers in README.md; then the
# simulator's timing beside the reference's, docs/timing.md.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

./run build
build/bin/trainlib demo | tee "$work/demo.out"
cp demo-out/learning-curve.png docs/learning-curve.png
build/bin/trainlib bench >"$work/bench.out"

{ echo '```' && cat "$work/demo.out" && echo '```'; } >"$work/demo"

# The benchmarks on all cores, as a table; the demo's parts stand in its own.
awk '
BEGIN { print "| case | MAC | cycles | MAC/clk |\n|---|---|---|---|" }
NR > 2 && $1 ~ /8-cores$/ && $1 !~ /^fashion/ {
    sub(/\/8-cores$/, "", $1)
    printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4
}' "$work/bench.out" >"$work/bench"

awk -v work="$work" '
/<!-- (demo|bench): begin/ {
    print
    name = $2
    sub(/:$/, "", name)
    while ((getline line < (work "/" name)) > 0)
        print line
    skip = 1
    next
}
/<!-- (demo|bench): end/ { skip = 0 }
!skip { print }' README.md >"$work/README.md"
cat "$work/README.md" >README.md

./run test -R '^sim_timing'
docs/timing.sh build
