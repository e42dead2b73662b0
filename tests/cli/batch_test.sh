#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# batch_test.sh TRAINLIB TEST_SPOILT [cluster]: projects of several samples a step, and projects that gather gradients: both end where
# the other does, natively and on the simulator in the same bits. Against double precision: tests/deploy/test_projects.c.
set -u
trainlib=$1 spoilt=$2
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# near A B START: within what sums in another order may differ by.
near() {
    "$FLOATS_NEAR" "$1" "$2" "$3" 1e-4 >out 2>err || fail "$1 and $2 are not near"
}

# train_as NAME MODEL OPTION...: deployed so, two updates of six samples each; NAME.native and NAME.sim.
train_as() {
    name=$1 model=$2
    shift 2
    run 0 deploy "$model.onnx" --out "$model" "$@"
    make -s -C "$model" native ${cluster:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
    for on in native ${cluster:+sim}; do
        run 0 train "$model" --on "$on" --made 14 --rate 0.01 --momentum 0.75 --out "$name.$on" --json
        says out '"steps": 2, '
        says out '"samples": 12, '
    done
    [ -z "$cluster" ] || same "$name.native" "$name.sim"
}

cluster=${3:-}
"$trainlib" model ds_cnn >/dev/null || fail "no model"
"$trainlib" model autoencoder >/dev/null || fail "no model"

# Six at once; three at a time, twice; one at a time, six times. Fused updates have their parameters in another order.
for model in ds_cnn autoencoder; do
    for optimizer in sgd momentum adam; do
        set -- --optimizer $optimizer --decay 0.25 --epsilon 0.001
        [ "$model" = autoencoder ] && set -- "$@" --loss mse --train dense8,dense9
        [ "$model" = ds_cnn ] && set -- "$@" --train last:6
        start=$model/weights.bin
        train_as at_once "$model" --batch 6 --updates end "$@"
        train_as gathered "$model" --accumulate 6 "$@"
        near at_once.native gathered.native "$start"
        [ $optimizer = sgd ] || continue
        train_as both "$model" --batch 3 --accumulate 2 "$@"
        near at_once.native both.native "$start"
        train_as fused "$model" --batch 6 --updates fused "$@"
    done
done

# Trained and frozen batch norms: the same sample twice, gathered, is one step of it; running statistics, which stand behind
# all that trains, have moved twice.
"$spoilt" model norms.onnx || fail "no model"
awk 'BEGIN { for (i = 0; i < 2; ++i) { for (j = 0; j < 72; ++j) printf "%.3f,", j * 7 % 64 / 64; print 1 } }' >times-2.csv
head -n 1 times-2.csv >times-1.csv
for norms in train freeze; do
    for times in 1 2; do
        how=times-$times
        run 0 deploy norms.onnx --norms $norms --updates end --out $how --prefix norms --accumulate $times
        make -s -C $how native ${cluster:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
        trained=$(sed -n 's/^params [0-9]* trained //p' $how/project.txt)
        head -c $((4 * trained)) $how/weights.bin >start
        for on in native ${cluster:+sim}; do
            run 0 train $how --on "$on" --x $how.csv --rate 0.25 --out all
            head -c $((4 * trained)) all >"$how.$on"
            cmp -s "$how.$on" start && fail "nothing was learnt"
        done
    done
    near times-1.native times-2.native start
    [ -z "$cluster" ] || same times-2.native times-2.sim
done

# What does not fill a step waits for another epoch. A run that stops within an epoch goes on to the same bits.
run 0 deploy ds_cnn.onnx --out ds_cnn --batch 3 --accumulate 2 --optimizer adam --train last:2
make -s -C ds_cnn native ${cluster:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
run 1 train ds_cnn --on native --made 5
says err "an update takes 6 samples (batch 3, gradients of 2 steps), and there are 5 to train on"
go="train ds_cnn --made 30 --epochs 2 --rate 0.01 --validate 0.15 --on"
# shellcheck disable=SC2086
{
    run 0 $go native --out whole --checkpoint whole.ckpt --curve whole.csv --json
    "$JSON_CHECK" out || fail "no JSON"
    says out '"validation_samples": 4, '
    for on in native ${cluster:+sim}; do
        run 0 $go $on --out part --checkpoint part.ckpt --steps 6
        run 0 $go $on --out resumed --resume part.ckpt --checkpoint resumed.ckpt --curve resumed.csv
        same whole resumed
        same whole.ckpt resumed.ckpt
        same whole.csv resumed.csv
    done
}
[ -z "$cluster" ] || {
    run 0 train ds_cnn --made 6 --parts
    says out "whole step"
}
# Its validation is that of the same parameters one at a time.
run 0 train ds_cnn --on native --made 30 --rate 0 --validate 0.15 --json
sed 's/.*"validation_loss": \([^,]*\),.*"validation_correct": \([0-9]*\),.*/\1 \2/;q' out >three
run 0 deploy ds_cnn.onnx --out ds_cnn --optimizer adam --train last:2
make -s -C ds_cnn native >make.log 2>&1 || fail "make: $(cat make.log)"
run 0 train ds_cnn --on native --made 30 --rate 0 --validate 0.15 --json
sed 's/.*"validation_loss": \([^,]*\),.*"validation_correct": \([0-9]*\),.*/\1 \2/;q' out >one
same three one
# A checkpoint of steps of another size.
run 1 train ds_cnn --on native --made 30 --epochs 2 --rate 0.01 --validate 0.15 --resume part.ckpt
says err "other options"

run 0 estimate ds_cnn.onnx --batch 3 --accumulate 2
says out "batch 3, gradients of 2 steps gathered"
run 0 show ds_cnn.onnx --batch 3
says out "batch 3"
[ -z "$cluster" ] || {
    run 0 compare ds_cnn.onnx --batch 3 --train last:2 --dump dump
    says out "depth5_relu    activation              24,000          0          same bits"
    "$JSON_CHECK" dump/index.json || fail "no JSON"
    tr -d '\n\t ' <dump/index.json >index
    grep -q '"labels":\[[0-9]*,[0-9]*,[0-9]*\]' index || fail "three samples have three labels"
}

run 1 deploy ds_cnn.onnx --batch 300 --out large
says err "bytes of L2 and has"
says err "a smaller batch"
run 1 deploy ds_cnn.onnx --accumulate 2 --updates fused --out large
says err "gradients of several steps can only be gathered when updates come at the end"
[ ! -e large ] || fail "a project that was refused"

[ "$failed" -eq 0 ] && echo "batches: all as they should be"
[ "$failed" -eq 0 ]
