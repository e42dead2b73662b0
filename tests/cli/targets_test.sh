#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# targets_test.sh TRAINLIB TEST_SPOILT [cluster]: what outputs are to come to with a loss of mse, from files. A convolution of one
# pixel learns combinations of two channels without an error only if targets stand in the order of its outputs.
set -u
trainlib=$1 spoilt=$2
cluster=${3:-}
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# learnt yes|no: whether the last epoch's loss is next to nothing; by the samples kept for validation, too.
learnt() {
    head -n 1 out | sed 's/[,{}]/\n/g' | awk -v wanted="$1" '/"last_loss"|"validation_loss"/ { n++; small += $2 < 1e-5 }
        END { exit !(n > 0 && (wanted == "yes" ? small == n : small == 0)) }' || fail "learnt: not '$1'"
}

# 12 samples: y has x0, x1 and half of their sum. Bytes in ONNX's order [n][c][h][w], as octal numbers; the same by pixels.
awk 'BEGIN {
    for (i = 0; i < 12; ++i) {
        for (j = 0; j < 32; ++j)
            x[j] = 2 * ((i * 37 + j * 29 + i * j * 11) % 101)
        for (j = 0; j < 16; ++j) {
            y[j] = x[j]
            y[16 + j] = x[16 + j]
            y[32 + j] = (x[j] + x[16 + j]) / 2
        }
        for (j = 0; j < 32; ++j)
            printf "\\%03o", x[j] >"x.octal"
        for (j = 0; j < 48; ++j)
            printf "\\%03o", y[j] >"y.octal"
        for (j = 0; j < 32; ++j)
            printf "%s%.17g", j ? "," : "", x[(j % 2) * 16 + int(j / 2)] / 255 >"x.csv"
        for (j = 0; j < 48; ++j)
            printf "%s%.17g", j ? "," : "", y[(j % 3) * 16 + int(j / 3)] / 255 >"y.csv"
        print "" >"x.csv"
        print "" >"y.csv"
    }
}'
# shellcheck disable=SC2059
{
    printf "\0\0\010\004\0\0\0\014\0\0\0\002\0\0\0\004\0\0\0\004$(cat x.octal)" >x.idx
    printf "\0\0\010\004\0\0\0\014\0\0\0\003\0\0\0\004\0\0\0\004$(cat y.octal)" >y.idx
    printf "\0\0\010\002\0\0\0\014\0\0\0\060$(cat y.octal)" >row.idx
}
paste -d, x.csv y.csv >both.csv

for net in image flat; do
    "$spoilt" model $net.onnx $net || fail "no model"
    run 0 deploy $net.onnx --loss mse --target given --out $net
    make -s -C $net native ${cluster:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
done
go="--rate 0.5 --epochs 300 --validate 0.25 --json"
# shellcheck disable=SC2086
{
    run 0 train image --on native --x x.idx --y y.idx $go --out wanted
    learnt yes
    run 0 train image --on native --x x.csv --y y.csv $go --out got
    same wanted got
    run 0 train image --on native --x both.csv $go --out got
    same wanted got
    # One row is taken as it stands, which is by pixels: this one is not.
    run 0 train image --on native --x x.idx --y row.idx $go --out got
    learnt no
    # ... unless the model's output is one row.
    run 0 train flat --on native --x x.idx --y row.idx $go --out got
    learnt yes
    same wanted got
    if [ -n "$cluster" ]; then
        go="--rate 0.5 --epochs 2 --x x.idx"
        run 0 train image --on native $go --y y.idx --out wanted
        run 0 train image --on sim $go --y y.idx --out got
        same wanted got
        run 0 train flat --on sim $go --y row.idx --out got
        same wanted got
    fi
    # A checkpoint is of its targets.
    awk -F, -v OFS=, 'NR == 7 { $5 = 0.125 } { print }' y.csv >other.csv
    run 0 train image --on native --x x.csv --y y.csv --checkpoint c.ckpt --steps 3 --out got
    run 1 train image --on native --x x.csv --y other.csv --resume c.ckpt
    says err "other samples"
}
run 2 train image --on native --x x.csv
says err "--y is missing: this project learns targets"
run 1 train image --on native --x x.csv --y x.csv
says err "x.csv must hold 48 numbers for each of the 12 samples, and holds 32 for each of 12"
run 1 train image --on native --x x.idx --y x.idx
says err "must hold 48 numbers"
sed '3s/^[^,]*/nan/' y.csv >bad.csv
run 1 train image --on native --x x.csv --y bad.csv
says err "bad.csv:3"
run 1 deploy image.onnx --loss mse --out none
says err "--target given"
run 1 deploy image.onnx --target given --out none
says err "--loss mse"
[ ! -f none/project.txt ] || fail "a project that was refused"

[ "$failed" -eq 0 ] && echo "targets: all as it should be"
[ "$failed" -eq 0 ]
