#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clip_test.sh TRAINLIB TEST_SPOILT [cluster]: gradients that are clipped by their norm, and where they cannot be.
set -u
trainlib=$1 spoilt=$2
cluster=${3:-}
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

"$spoilt" model net.onnx || fail "no model"
for updates in fused layer; do
    run 1 deploy net.onnx --norms train --updates $updates --clip-norm 1
    grep -q 'gradients can only be clipped by their norm when updates come at the end' err || fail "no reason"
done
[ ! -d text ] || fail "a project that was refused"

run 0 deploy net.onnx --norms train --updates end --out plain
run 0 deploy net.onnx --norms train --clip-norm 0.5 --out clipped
run 0 deploy net.onnx --norms train --clip-norm 1e6 --out wide
for project in plain clipped wide; do
    also=
    [ $project = clipped ] && also=${cluster:+cluster}
    # shellcheck disable=SC2086
    make -s -C $project native $also >make.log 2>&1 || fail "make: $(cat make.log)"
done
# One step, of which all parameters are known before and behind it.
awk 'BEGIN { for (j = 0; j < 72; ++j) printf "%g,", j * 29 % 16 / 8; print 1 }' >x.csv
go="--x x.csv --rate 1 --on native"
# shellcheck disable=SC2086
{
    run 0 train plain $go --out plain.bin
    run 0 train clipped $go --out clipped.bin
    run 0 train wide $go --out wide.bin
    run 0 train clipped $go --threads 3 --out threads.bin
}
# Running statistics move as they do: they are no gradients.
"$spoilt" clipped plain plain.bin clipped.bin 1 0.5 >out 2>err || fail "it was not clipped to 0.5"
"$spoilt" clipped plain plain.bin wide.bin 1 0.5 >out 2>err && fail "it was clipped though it was short enough"
same clipped.bin threads.bin
if [ -n "$cluster" ]; then
    run 0 train clipped --x x.csv --rate 1 --sanitize --out sim.bin
    same clipped.bin sim.bin
fi
# Gathered: the mean of two equal samples is one of them, and the norm is that of the mean.
run 0 deploy net.onnx --norms fold --updates end --out folded
run 0 deploy net.onnx --norms fold --accumulate 2 --clip-norm 0.5 --out gathered
for project in folded gathered; do
    make -s -C $project native >make.log 2>&1 || fail "make: $(cat make.log)"
done
cat x.csv x.csv >two.csv
run 0 train folded --x x.csv --rate 1 --on native --out plain.bin
run 0 train gathered --x two.csv --rate 1 --on native --out clipped.bin
"$spoilt" clipped folded plain.bin clipped.bin 1 0.5 >out 2>err || fail "the mean was not clipped to 0.5"
# Momentum takes what is left of gradients.
run 0 deploy net.onnx --norms fold --optimizer momentum --clip-norm 0.5 --guard --out both
make -s -C both native >make.log 2>&1 || fail "make: $(cat make.log)"
run 0 train both --on native --made 8 --momentum 0.9 --rate 0.1 --epochs 3

[ "$failed" -eq 0 ] && echo "clip: all as it should be"
[ "$failed" -eq 0 ]
