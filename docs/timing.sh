#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# timing.sh BUILD: writes docs/timing.md, the simulator's cycles beside the reference's, from a build with its tests.
set -eu
build=$(cd -- "$1" && pwd)
cd "$(dirname -- "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A test that fails still prints its table, and the row says so.
{
    "$build/bin/test_timing" --table 2>/dev/null || true
    "$build/bin/test_timing_events" --table 2>/dev/null || true
} >"$work/rows"

title() {
    case $1 in
    core) echo 'Integer instructions, branches, loops, fetch' ;;
    memory) echo 'Loads and stores' ;;
    fpu) echo 'Floating point' ;;
    fpu_shared) echo 'Eight cores on four shared FPUs' ;;
    simd) echo 'Packed integers, packed and bfloat16 floating point' ;;
    cold_fetch) echo 'Code that no cache holds' ;;
    events) echo 'Barriers, events, mutexes' ;;
    dma_latency) echo 'DMA: latency' ;;
    dma_polled) echo 'DMA: slopes, end seen by polling' ;;
    dma_waited) echo 'DMA: slopes, end seen by an event' ;;
    dma_several) echo 'DMA: several transfers at once' ;;
    *) echo "$1" ;;
    esac
}

# The rows of one test.
rows_of() {
    awk -v group="test_$1" '/^\[ RUN/ { now = $4 } /^\| / && now == group && !/^\| sequence/' "$work/rows"
}

# Rows of one sequence on different numbers of cores become one.
merged() {
    awk -F' *[|] *' '
        function flush() {
            if (name != "")
                printf "| %s | %s | %s | %s | %s | %s |\n", name, cores, reference, ours, difference, within
        }
        $2 != name || $7 != within {
            flush()
            name = $2; cores = $3; reference = $4; ours = $5; difference = $6; within = $7
            next
        }
        { cores = cores " / " $3; reference = reference " / " $4; ours = ours " / " $5; difference = difference " / " $6 }
        END { flush() }'
}

groups=$(sed -n 's/^\[ RUN *\] test_//p' "$work/rows")
{
    cat <<'END'
<!-- SPDX-License-Identifier: Apache-2.0 -->
# Timing: the simulator beside the reference

Made by `docs/timing.sh build`; do not edit. The reference is GVSoC's `pulp-open` target (gvsoc-core ecf5fda6). Cycles are
totals of a measured sequence, from one read of the cycle counter to the next; of several cores the slowest counts. A range is
the least and the average of repeats. How near is near enough, row by row: `tests/sim/timing_bench.h`. Behind ours stands how
the cores started, where that is not known of the reference; where a row reads random words, one of our draws.

| | rows | within | largest difference, cycles |
|---|---|---|---|
END
    for group in $groups; do
        rows_of "$group" | awk -F'|' -v name="$(title "$group")" '
            { n++; good += $7 ~ /yes/; d = $6 + 0; d = d < 0 ? -d : d; if (d > most) most = d }
            END { if (n) printf "| %s | %d | %d | %.1f |\n", name, n, good, most }'
    done
    for group in $groups; do
        [ -n "$(rows_of "$group")" ] || continue
        printf '\n## %s\n\n| sequence | cores | reference | simulator | difference | within |\n|---|---|---|---|---|---|\n' \
            "$(title "$group")"
        rows_of "$group" | merged
    done
} >"$work/timing.md"
cat "$work/timing.md" >docs/timing.md
