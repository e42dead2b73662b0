#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# train_test.sh TRAINLIB [cluster]: checkpoints, validation, rates and curves of 'trainlib train'. Formats of samples:
# test_sample_file.c.
set -u
trainlib=$1
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# Adam has most to remember: two arrays and its counts.
"$trainlib" model ds_cnn >/dev/null || fail "no model"
run 0 deploy ds_cnn.onnx --optimizer adam --train last:2 --out kws
make -s -C kws native ${2:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"

go="train kws --made 12 --seed 7 --rate 0.002 --schedule step --every 2 --factor 0.5 --warmup 5 --validate 0.25"
for on in native ${2:+sim}; do
    # shellcheck disable=SC2086
    {
        run 0 $go --on $on --epochs 5 --out whole.$on --curve curve.csv --json
        "$JSON_CHECK" out 2>err || fail "no JSON"
        [ "$(grep -c '"rate": .*"validation_loss"' out)" -eq 5 ] || fail "no learning curve of five epochs in the JSON"
        run 0 $go --on $on --epochs 2 --out part --checkpoint ckpt.$on
        run 0 $go --on $on --epochs 5 --out resumed.$on --resume ckpt.$on --curve again.csv
        same whole.$on resumed.$on
        grep -q TLSAVE1 ckpt.$on || fail "a checkpoint that tl_save has not written"
        same curve.csv again.csv
        cmp -s part whole.$on && fail "three epochs that changed nothing"
        # The last parameters, or the best ones where there is validation.
        run 0 export kws ds_cnn.onnx --weights ckpt.$on --out from-checkpoint.onnx
        run 0 export kws ds_cnn.onnx --weights part --out from-part.onnx
        same from-checkpoint.onnx from-part.onnx
    }
done
head -c 3000 ckpt.native >cut.ckpt
run 1 export kws ds_cnn.onnx --weights cut.ckpt
says err "cut.ckpt is damaged"
run 0 train kws --on native --made 4 --epochs 1 --out last --checkpoint last.ckpt
run 0 export kws ds_cnn.onnx --weights last --out last.onnx
run 0 export kws ds_cnn.onnx --weights last.ckpt --out from-checkpoint.onnx
same last.onnx from-checkpoint.onnx
if [ -n "${2:-}" ]; then
    same whole.native whole.sim
    same ckpt.native ckpt.sim
    # What one has begun the other ends.
    # shellcheck disable=SC2086
    run 0 $go --on native --epochs 5 --out crossed --resume ckpt.sim
    same whole.native crossed
fi
[ "$(wc -l <curve.csv)" -eq 6 ] || fail "a curve of five epochs: $(cat curve.csv)"
# 9 steps an epoch: the rate has risen in the first, and is halved from the third on.
sed -n 2p curve.csv | grep -q '^1,0.00200' || fail "the first epoch's rate"
sed -n 4p curve.csv | grep -q '^3,0.00100' || fail "the third epoch's rate"
sed -n 6p curve.csv | grep -q '^5,0.000500' || fail "the fifth epoch's rate"

run 0 train kws --on native --made 12 --epochs 4 --rate 0.002 --schedule cosine --curve curve.svg
says curve.svg "</svg>"
# At such a rate validation only gets worse: it stops early, and the best epoch is the result.
run 0 train kws --on native --made 12 --epochs 40 --rate 0.05 --validate 0.5 --patience 2 --out stopped --curve curve.csv
says out "stopped early"
best=$(sed -n 's/^best on .* epoch \([0-9]*\) of .*/\1/p' out)
[ "$(wc -l <curve.csv)" -eq $((best + 3)) ] || fail "it did not stop two epochs behind the best, $best"
run 0 train kws --on native --made 12 --epochs "$best" --rate 0.05 --validate 0.5 --out short
same stopped short

# Stopped within an epoch, by the simulator's checkpoint too: the same place among the samples, the same sums, rate, bits.
# shellcheck disable=SC2086
for on in native ${2:+sim}; do
    run 0 $go --on native --epochs 3 --out whole --checkpoint whole.ckpt --curve curve.csv
    run 0 $go --on $on --epochs 3 --out part --checkpoint part.ckpt --steps 13
    cmp -s whole.ckpt part.ckpt && fail "it was not stopped within an epoch"
    run 0 $go --on $on --epochs 3 --out resumed --checkpoint end.ckpt --resume part.ckpt --curve again.csv
    same whole resumed
    same whole.ckpt end.ckpt
    same curve.csv again.csv
    run 0 $go --on native --epochs 3 --out crossed --resume part.ckpt
    same whole crossed
done
run 2 train kws --on native --made 3 --checkpoint-every 4
says err "wants a file: --checkpoint"

# What inputs are normalised with is kept in the project, and in checkpoints.
awk 'BEGIN { for (i = 0; i < 6; ++i) { for (j = 0; j < 490; ++j) printf "%d,", (i * 31 + j * 7) % 256; print i } }' >x.csv
awk -F, '{ for (j = 1; j <= 490; ++j) printf "%.9g,", ($j - 128) / 64; print $491 }' x.csv >done.csv
# A run that ends with an error leaves the checkpoint of the step before it, and no parameters.
awk -F, 'NR == 4 { for (j = 1; j <= 490; ++j) printf "1e37,"; print $491; next } { print }' done.csv >large.csv
run 1 train kws --on native --x large.csv --rate 0.002 --checkpoint lost.ckpt --checkpoint-every 1 --out lost
[ ! -f lost ] || fail "parameters of a run that went wrong"
step=$(sed -n 's/.* at step \([0-9]*\):.*/\1/p' err)
[ "${step:-1}" -gt 1 ] || fail "the run went wrong in its first step"
run 0 train kws --on native --x large.csv --rate 0.002 --checkpoint before.ckpt --steps $((step - 1)) --out before
same lost.ckpt before.ckpt

go="train kws --on native --rate 0.002 --epochs 2"
# shellcheck disable=SC2086
{
    run 0 $go --x done.csv --out wanted
    run 0 $go --x x.csv --out raw
    cmp -s wanted raw && fail "these samples want no normalisation"
    run 0 $go --x x.csv --mean 128 --std 64 --out part --checkpoint n.ckpt --steps 9
    run 0 $go --x x.csv --out got
    same wanted got
    rm kws/normalisation.txt
    run 0 $go --x x.csv --out got --resume n.ckpt
    same wanted got
    run 1 $go --x x.csv --mean 127 --std 64 --out got --resume n.ckpt
    says err "other samples"
    # As found in the samples that are trained on: these have mean 0 and std 1 then.
    run 0 $go --x x.csv --normalize --validate 0.3 --out got
    cp kws/normalisation.txt found
    rm kws/normalisation.txt
    run 0 $go --x x.csv --normalize --out got
    cmp -s found kws/normalisation.txt && fail "samples of validation count in what is found"
    run 0 $go --x x.csv --out again
    same got again
    rm kws/normalisation.txt
    run 2 $go --normalize --mean 3
    says err "leave out the one or the other"
    run 2 $go --x x.csv --mean 1,2
    says err "and a sample 1 channels"
    run 2 $go --x x.csv --std 0
    says err "numbers above 0"
}

go="train kws --made 12 --seed 7 --rate 0.002 --schedule step --every 2 --factor 0.5 --warmup 5 --validate 0.25"
# shellcheck disable=SC2086
{
    # One byte anywhere: in the head, the sums, the state, the checksum itself.
    bytes=$(wc -c <ckpt.native)
    for at in 9 40 66 100 $((bytes / 2)) $((bytes - 1)); do
        cp ckpt.native bad
        old=$(od -An -tu1 -j $at -N 1 ckpt.native)
        # shellcheck disable=SC2059
        printf "\\$(printf %03o $(((old + 1) % 256)))" | dd of=bad bs=1 seek=$at conv=notrunc 2>/dev/null
        run 1 $go --on native --epochs 5 --resume bad
        says err "is no checkpoint, or a damaged one"
    done
    run 1 $go --on native --epochs 5 --resume kws/weights.bin
    says err "is no checkpoint, or a damaged one"
    head -c 3000 ckpt.native >cut.ckpt
    run 1 $go --on native --epochs 5 --resume cut.ckpt
    says err "is no checkpoint, or a damaged one"
    run 1 $go --on native --epochs 1 --resume ckpt.native
    says err "ckpt.native is 2 epochs old"
    run 1 $go --on native --epochs 5 --rate 0.003 --resume ckpt.native
    says err "other options"
    run 1 $go --on native --epochs 5 --made 13 --resume ckpt.native
    says err "other samples"
    run 2 $go --on native --resume ckpt.native --weights kws/weights.bin
    says err "leave out --weights"
    run 1 $go --on native --checkpoint nowhere/ckpt
    says err "cannot write nowhere/ckpt"
}
run 2 train kws --on native --patience 3
says err "--patience wants samples"
run 2 train kws --on native --made 3 --validate 0.1
says err "of 3 samples is none"

if [ -n "${2:-}" ]; then
    run 0 train kws --made 1 --parts
    says out "whole step"
    says out "depth5       forward   72,000"
fi
run 2 train kws --on native --parts
says err "are for the simulated cluster"

# A library of another version describes itself in another way.
sed -i 's/TL_PROJECT_VERSION = [0-9]*/TL_PROJECT_VERSION = 999/' kws/trainlib/include/tl/project.h
make -s -C kws native >make.log 2>&1 || fail "make: $(cat make.log)"
run 1 train kws --on native
says err "was made by another version of trainlib"

[ "$failed" -eq 0 ] && echo "train: all as it should be"
[ "$failed" -eq 0 ]
