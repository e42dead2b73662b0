#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# spoilt_test.sh TRAINLIB TEST_SPOILT [cluster]: steps whose numbers are no longer finite, in projects with a guard and
# without one, and what 'trainlib train --on-nan' restores.
set -u
trainlib=$1 spoilt=$2
cluster=${3:-}
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

"$spoilt" model net.onnx || fail "no model"
# Norms that are trained and frozen; updates in the place of gradients and behind them all.
run 0 deploy net.onnx --norms train --optimizer adam --updates fused --guard --out trained
run 0 deploy net.onnx --norms freeze --optimizer adam --updates end --guard --out frozen
run 0 deploy net.onnx --norms train --optimizer adam --out bare
for project in trained frozen; do
    make -s -C $project native ${cluster:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
    "$spoilt" look $project ${cluster:+cluster} >out 2>err || fail "$project"
done
make -s -C bare native >make.log 2>&1 || fail "make: $(cat make.log)"
grep -q 'GUARD\|look' bare/net.c && fail "a project that was not asked to has a guard"

# Sample 4 of 7 is too large: the epoch's order decides on the step.
awk 'BEGIN { for (i = 0; i < 7; ++i) { for (j = 0; j < 72; ++j) printf "%g,", i == 4 ? 3e38 : (i * 31 + j * 7) % 16 / 8; print i % 3 } }' >x.csv
# shellcheck disable=SC2086
for on in native ${cluster:+sim}; do
    go="train trained --x x.csv --rate 0.01 --seed 1 --epochs 3 --on $on"
    run 1 $go --out lost
    says err "the loss is no longer finite at step"
    says err "nothing is restored"
    [ ! -f lost ] || fail "parameters that nobody wants"
    step=$(sed -n 's/.* at step \([0-9]*\):.*/\1/p' err)
    [ "${step:-1}" -gt 2 ] || fail "step ${step:-none} is too early for this test"
    # A copy of each step, and of each other step.
    for every in 1 2; do
        at=$(((step - 1) / every * every))
        run 0 $go --steps $at --out wanted --checkpoint wanted.ckpt
        run 1 $go --on-nan ram --checkpoint-every $every --out ram
        says err "at step $step: try a smaller --rate than 0.01; restored is the copy in memory, of step $at"
        same ram wanted
        run 1 $go --on-nan checkpoint --checkpoint-every $every --checkpoint file.ckpt --out file
        says err "restored is the checkpoint file.ckpt, of step $at"
        same file wanted
        same file.ckpt wanted.ckpt
        rm ram file wanted file.ckpt
    done
    # Before there is an epoch: what it began with.
    run 1 $go --on-nan ram --out ram
    says err "of step 0"
    same ram trained/weights.bin
done

# Squares of gradients overflow: the guard tells in that step, and without one it is found where the epoch ends.
awk -F, 'NR != 5' x.csv >small.csv
"$spoilt" large trained large || fail "no large weights"
for on in native ${cluster:+sim}; do
    run 1 train trained --on "$on" --x small.csv --rate 0.0001 --weights large --on-nan ram --out ram
    says err "an update is no longer finite at step 1: what the optimiser keeps for parameter g1 of layer norm1 is infinite"
    same ram large
done
"$spoilt" large bare large || fail "no large weights"
run 1 train bare --on native --x small.csv --rate 0.0001 --weights large --on-nan ram --out ram
says err "the loss is no longer finite at step 3: parameter w1 of layer first is NaN: try"
same ram large
run 1 train bare --on native --x small.csv --rate 0.0001 --weights large --steps 1 --checkpoint none.ckpt
says err "what was learnt is no longer finite by step 1: what the optimiser keeps for parameter w1 of layer first is infinite"
[ ! -f none.ckpt ] || fail "a checkpoint of numbers that are not finite"

run 2 train trained --on native --on-nan checkpoint
says err "--on-nan checkpoint wants a file: --checkpoint"

[ "$failed" -eq 0 ] && echo "spoilt: all as it should be"
[ "$failed" -eq 0 ]
