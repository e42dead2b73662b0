#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bench.sh BUILD: writes docs/bench.md, all benchmarks on 8 cores of both machines, from a build.
set -eu
build=$(cd -- "$1" && pwd)
cd "$(dirname -- "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Records as lines: case|macs|cycles|mac_per_clk|bound|percent_of_bound|over_one_core|kernel|tile, of the team only.
for machine in pulp8 pulp-open; do
    "$build/bin/trainlib" bench --json --machine "$machine" | awk -F'":[ \t]*' '
        { key = $1; sub(/.*"/, "", key); value = $2; sub(/,$/, "", value); gsub(/"/, "", value); has[key] = value }
        key == "over_one_core" && has["cores"] == 8 {
            print has["case"] "|" has["macs"] "|" has["cycles"] "|" has["mac_per_clk"] "|" has["bound"] "|" \
                has["percent_of_bound"] "|" has["over_one_core"] "|" has["kernel"] "|" has["tile"]
        }' >"$work/$machine"
done

# rows PATTERN: the cases whose names match; pulp-open beside pulp8.
rows() {
    # shellcheck disable=SC2016
    echo '| case | kernel | tile | MAC | cycles | MAC/clk | of bound | over 1 core | `pulp-open`: cycles | MAC/clk | of bound |'
    echo '|---|---|---|---|---|---|---|---|---|---|---|'
    awk -F'|' -v pattern="$1" '
        function number(n) { return n == "null" ? "-" : sprintf("%.2f", n) }
        function count(n, text) {
            if (n == "null")
                return "-"
            for (text = ""; length(n) > 3; n = substr(n, 1, length(n) - 3))
                text = "," substr(n, length(n) - 2) text
            return n text
        }
        function percent(n) { return n == "null" ? "-" : sprintf("%.0f %%", n) }
        function plain(n) { return n == "null" ? "" : n }
        NR == FNR { open[$1] = count($3) " | " number($4) " | " percent($6); next }
        $1 ~ pattern {
            name = $1
            sub(/\/8-cores$/, "", name)
            sub(/^tl_/, "", $8)
            printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name, plain($8), plain($9), count($2), count($3),
                number($4), percent($6), number($7), open[$1]
        }' "$work/pulp-open" "$work/pulp8"
}

# What is aimed at, MAC/clk (or a share of the bound): the cases that tell.
targets() {
    while IFS='|' read -r what target cases; do
        printf '| %s | %s ' "$what" "$target"
        for machine in pulp8 pulp-open; do
            for case in $cases; do
                awk -F'|' -v name="$case/8-cores" -v target="$target" '
                    $1 == name { found = 1; printf target ~ /%/ ? "%.0f %%\n" : "%.2f\n", target ~ /%/ ? $6 : $4 }
                    END { if (!found) print "-" }' "$work/$machine"
            done | paste -sd/ | sed 's,/, / ,g; s/^/| /; s/$/ /' | tr -d '\n'
        done
        echo '|'
    done <<'END'
matmul 64x64x64 in L1: nn, nt, tn|5.3|mm/pulp_4x5/nn-64x64x64-padded mm/pulp_4x5/nt-64x64x64 mm/pulp_4x5/tn-64x64x64
matmul 32x32x32, 40x40x128|5.0 / 5.4|mm/pulp_4x5/tn-32x32x32-padded mm/pulp_5x4/nt-40x40x128-padded
y = W x, y = W' dy, W -= rate dy x', the last two in one pass, in L1|3.6 / 3.6 / 2.4 / 3.6|matvec-skewed/128x96 matvec_t/96x128 outer/96x128 matvec_outer/128x96
depthwise 3x3, 16 channels, in L1: forward, grad_w, grad_x|5.5 / 4.5 / 5.0|depthwise3x3-16x16x16-l1.forward depthwise3x3-16x16x16-l1.grad_w depthwise3x3-14x16x16-l1.grad_x
64x64x512 streamed from L2|5.0|linear-64x512-64.forward-taped
pointwise 64->64, 25x5: forward, grad_w, grad_x|4.9 / 4.7 / 4.9|conv1x1-25x5x64-64.forward-taped conv1x1-25x5x64-64.grad_w-taped conv1x1-25x5x64-64.grad_x-taped
conv 3x3 16->16, 32x32, padded|4.7|conv3x3-32x32x16-16.forward-taped conv3x3-32x32x16-16.grad_w-taped conv3x3-32x32x16-16.grad_x-taped
conv 3x3 64->64, 8x8, padded|4.7|conv3x3-8x8x64-64.forward-taped conv3x3-8x8x64-64.grad_w-taped conv3x3-8x8x64-64.grad_x-taped
conv 10x4 stride 2, 1->64 on 49x10: forward, grad_w|4.2|conv10x4s2-49x10x1-64.forward-taped conv10x4s2-49x10x1-64.grad_w-taped
depthwise 3x3, 64 channels, 25x5, padded|4.0|depthwise3x3-25x5x64.forward-taped depthwise3x3-25x5x64.grad_w-taped depthwise3x3-25x5x64.grad_x-taped
linear 128->128, batch 1: forward, update, grad_x; the last two in one pass; of the bound|90 %|linear-128-128.forward-taped linear-128-128.update-taped linear-128-128.grad_x-taped linear-128-128.step-taped
END
}

{
    cat <<'END'
<!-- SPDX-License-Identifier: Apache-2.0 -->
# Benchmarks

Made by `docs/bench.sh build`; do not edit. Cycles on 8 cores, exact: `./run bench` on machine `pulp8`, which has an FPU a core, and
`./run bench --machine pulp-open`, where two cores share one (4 multiply-adds a cycle at the most). `./run bench --json` has
the same as records, `--filter TEXT` takes some of them, `--machine` reads machine files too.

- **Kernels**: data in L1, warm, barrier to barrier, nothing but the kernel between. `padded`: rows of A and B are one word
  longer than needed, of 32x32x32 five.
- **Layers**: from L2 to L2, everything in: set-up, transfers, barriers. `-taped`: played from tapes (docs/tiling.md), as networks
  do: in L1, or from a home in L2 by way of a reel in L1. `-l1`: all tensors in L1.
- **MAC**: multiply-adds of the layer's formula, those with padding among them.
- **Bound**: the greatest of the inner loops' instructions with their edges, shared out evenly; multiply-adds by shared FPUs;
  bytes by the DMA, both directions at once. Where there are no multiply-adds: loads and stores, divisions and roots. How it is
  computed: `tools/cli/bench_bound.c`.
- **Tile**: rows x columns, output and input channels (`o`, `c`); slices (`s`) and buffers (`b`) where there is more than one. Larger
  than the layer: all of it.
- **Over 1 core**: cycles of the same case on one core, by those on eight.

| what | target | `pulp8` | `pulp-open` |
|---|---|---|---|
END
    targets
    printf '\n## Kernels\n\n'
    rows '^(mm|matvec|matvec_t|outer|matvec_outer)/'
    printf '\n## Convolution and linear layers\n\n'
    rows '^(conv|linear)'
    printf '\n## Depthwise convolution\n\n'
    rows '^depthwise'
    printf '\n## Pooling, normalisation, element by element, losses, optimisers\n\n'
    rows '^(.*pool|batch_norm|relu|add|soft|mse|sgd|adam)'
    printf '\n## The demo, a training step\n\n'
    rows '^fashion/8-cores/'
    cat <<'END'

## Eight cores over one

Passes of more than 10,000 multiply-adds that are less than 6.5 times as fast on eight cores as on one:

| case | MAC | over 1 core | of bound |
|---|---|---|---|
END
    awk -F'|' '$2 != "null" && $2 > 10000 && $7 != "null" && $7 < 6.5 {
        sub(/\/8-cores$/, "", $1)
        printf "| %s | %d | %.2f | %s |\n", $1, $2, $7, $6 == "null" ? "-" : sprintf("%.0f %%", $6)
    }' "$work/pulp8"
    cat <<'END'

Which are these? **Called** layers (those without `-taped`) work out tiles, boxes and shares on every core, from code that is larger
than the instruction cache: a cold line takes 19 cycles whether one core wants it or eight. The same from a tape costs
next to nothing. **Batch 1** is bound by the DMA: a weight of 4 bytes takes half a cycle, a core's multiply-add for it 2.2 cycles, so
forward and grad_x cannot be more than 4.5 times as fast.
**Small tensors** spend their time on what is not shared out: the first transfer in, the last one out, barriers.
END
} >"$work/bench.md"
cat "$work/bench.md" >docs/bench.md
