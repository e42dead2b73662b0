#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# figures.sh: makes every figure in README.md and docs/ anew: what the demo, the benchmarks and the simulator print goes
# between the markers there, pictures beside them. On a quiet machine: some figures are host time.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trainlib=build/bin/trainlib

# fill FILE: what stands between "<!-- NAME: begin" and "<!-- NAME: end" becomes $work/NAME, where there is such a file.
fill() {
    awk -v work="$work" '
    /<!-- [a-z_]+: begin/ {
        print
        name = $2
        sub(/:$/, "", name)
        skip = 0
        while ((getline line < (work "/" name)) > 0) {
            print line
            skip = 1
        }
        next
    }
    /<!-- [a-z_]+: end/ { skip = 0 }
    !skip { print }' "$1" >"$work/filled"
    cat "$work/filled" >"$1"
}

fenced() {
    echo '```'
    cat
    echo '```'
}

./run test -R '^(sim_timing|kernel_bench_mm)'
docs/timing.sh build
docs/bench.sh build

"$trainlib" demo | tee "$work/demo.out"
cp demo-out/learning-curve.png docs/learning-curve.png
fenced <"$work/demo.out" >"$work/demo"

# What the benchmarks aim at, and reach; all of them stand in docs/bench.md.
sed -n '/^| what |/,/^$/p' docs/bench.md | sed '$d' >"$work/bench"
# Whole models, with the plans that are shipped.
for machine in pulp8 pulp-open; do
    printf '%s:\n\n' "$machine"
    docs/models.sh build "$machine"
    echo
done >"$work/models"
fill README.md

build/bin/bench_mm build/guest/mm_bench.elf >"$work/bench_mm"
fill docs/kernels.md

# One training step, looked at.
look="$trainlib demo --images 20 --test 10 --out $work/look --look 1"
{
    echo '$ build/bin/trainlib demo --look 1 --profile'
    $look --profile 2>/dev/null | sed -n '/^Profile/,$p' | sed -n '1,24p'
    echo '...'
} | fenced >"$work/profile"
$look --annotate tl_mm_f32_pulp_4x4 2>/dev/null | grep ' || ' | sed 's/ *$//' | fenced >"$work/annotate"
$look --timeline docs/step.png >"$work/look.out" 2>&1

# How far the figures move where the floating-point units take longer.
{
    echo '| | latency 1 | 2 | 3 |'
    echo '|---|---|---|---|'
    for latency in 1 2 3; do
        printf 'machine = pulp8\nname = latency-%s\nfpu_latency = %s\n' $latency $latency >"$work/machine.$latency"
        "$trainlib" bench --machine "$work/machine.$latency" >"$work/latency.$latency"
    done
    for case in mm/pulp_4x4/nt-64x64x64 conv3x3-32x32x16-16.forward conv1x1-25x5x64-64.grad_w fashion; do
        row="| $case, 8 cores"
        [ $case = fashion ] && row='| training step of the demo, 8 cores' && case=fashion/8-cores/step || case=$case/8-cores
        for latency in 1 2 3; do
            row="$row | $(awk -v name="$case" '$1 == name { print $3 " cycles, " $4 " MAC/clk"; exit }' "$work/latency.$latency")"
        done
        echo "$row |"
    done
} >"$work/latency"

# The simulator's own speed; host time, the best of five.
build/bin/bench_sim build/guest/mm_bench.elf >"$work/speed"
fill docs/simulator.md
