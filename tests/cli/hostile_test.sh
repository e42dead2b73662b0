#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile_test.sh TRAINLIB: wrong and hostile input of deploy and train: one sentence each, and nothing is written or lost.
set -u
trainlib=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
: >out
: >err
failed=0

fail() {
    failed=$((failed + 1))
    printf 'not ok: %s\n' "$1"
    sed 's/^/    /' out err 2>/dev/null
}

# run STATUS ARGUMENT...
run() {
    wanted=$1
    shift
    "$trainlib" "$@" >out 2>err
    status=$?
    [ "$status" -eq "$wanted" ] || fail "trainlib $*: exit status $status, not $wanted"
}

# refuses STATUS TEXT ARGUMENT...: one line on stderr that holds the text, nothing on stdout, and no file more, less or
# changed.
refuses() {
    wanted=$1
    text=$2
    shift 2
    : >stamp
    files=$(find . -type f | wc -l)
    run "$wanted" "$@"
    if [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
        fail "trainlib $*: not one sentence on stderr alone"
    fi
    grep -q -F -e "$text" err || fail "trainlib $*: does not say: $text"
    if [ "$(find . -type f | wc -l)" -ne "$files" ] || [ -n "$(find . -newer stamp -type f ! -name out ! -name err)" ]; then
        fail "trainlib $*: files have changed"
    fi
}

# npy DESCR SHAPE: the array whose numbers stand on stdin
npy() {
    printf '\223NUMPY\001\000\166\000%-117s\n' "{'descr': '$1', 'fortran_order': False, 'shape': ($2), }"
    cat
}

zeros() {
    head -c "$1" /dev/zero
}

run 0 model ds_cnn
run 0 deploy ds_cnn.onnx
make -s -C ds_cnn native >make.log 2>&1 || fail "make native: $(cat make.log)"

# Models.
: >empty.onnx
head -c 1000 ds_cnn.onnx >cut.onnx
head -c 5000 ds_cnn.onnx | tail -c 4000 >middle.onnx
yes 'no model' | head -c 5000 >text.onnx
for command in deploy show estimate; do
    refuses 1 "none.onnx: cannot be read" $command none.onnx
    refuses 1 "empty.onnx: cannot be read, is empty" $command empty.onnx
    refuses 1 "cannot be read" $command ds_cnn
    for bad in cut middle text; do
        refuses 1 "$bad.onnx: this is no ONNX model" $command $bad.onnx
    done
    refuses 2 " is missing" $command
    refuses 2 "one argument too many" $command ds_cnn.onnx cut.onnx
done
# Cut anywhere it is refused, or has lost no more than its end's text; never a crash.
size=$(wc -c <ds_cnn.onnx)
for part in 1 2 3 5 8 13 21 34 55 89; do
    head -c $((size * part / 90)) ds_cnn.onnx >part.onnx
    "$trainlib" show part.onnx >out 2>err
    status=$?
    [ "$status" -le 1 ] || fail "trainlib show part.onnx, $part of 90: exit status $status"
    [ "$status" -eq 0 ] || [ "$(wc -l <err)" -eq 1 ] || fail "part.onnx, $part of 90: not one sentence"
done

# Names, folders, options, plans.
refuses 2 "--prefix wants NAME" deploy ds_cnn.onnx --prefix ''
for prefix in 9net 'a b' 'a;b' A ../up aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd; do
    refuses 2 "is not one: small letters" deploy ds_cnn.onnx --prefix "$prefix"
done
for prefix in main firmware weights native cluster tl tl_conv; do
    refuses 2 "the prefix \"$prefix\" is taken" deploy ds_cnn.onnx --prefix $prefix
done
cp ds_cnn.onnx main.onnx
refuses 2 "the prefix \"main\" is taken" deploy main.onnx
refuses 1 "cannot make the folder /proc/none" deploy ds_cnn.onnx --out /proc/none
refuses 1 "empty.onnx is not a folder" deploy ds_cnn.onnx --out empty.onnx
refuses 2 "--batch wants a whole number" deploy ds_cnn.onnx --out new --batch 0
refuses 2 "--optimizer wants" deploy ds_cnn.onnx --out new --optimizer rmsprop
refuses 1 "is called \"nothing\"" deploy ds_cnn.onnx --out new --train nothing
refuses 1 "none.plan" deploy ds_cnn.onnx --out new --plan none.plan
refuses 1 "text.onnx:1: a plan begins with" deploy ds_cnn.onnx --out new --plan text.onnx
refuses 2 "--l2 wants a whole number" deploy ds_cnn.onnx --out new --l2 2000
[ -e new ] && fail "a refused project has a folder"

# Projects.
refuses 1 "none/project.txt" train none
refuses 1 "ds_cnn/build/ds_cnn.elf is missing: build it with 'make -C ds_cnn cluster'" train ds_cnn
mkdir bad
printf 'trainlib-project 1\nname ../../x\n' >bad/project.txt
refuses 1 "bad/project.txt: this is no list of a project" train bad --on native
printf 'trainlib-project 1\nname bad\n' >bad/project.txt
refuses 1 "bad/build/libbad.so is missing" train bad --on native
mkdir bad/build
cp text.onnx bad/build/libbad.so
refuses 1 "cannot be loaded" train bad --on native
cp ds_cnn/build/libds_cnn.so bad/build/libbad.so
refuses 1 "has no bad_project" train bad --on native

# Weights and samples: 490 numbers and one of 12 classes each.
zeros 1000 >short.bin
refuses 1 "short.bin has 1000 bytes" train ds_cnn --on native --weights short.bin
{ head -c 400 ds_cnn/weights.bin; printf '\000\000\300\177'; tail -c +405 ds_cnn/weights.bin; } >nan.bin
refuses 1 "nan.bin: parameter number 100 is not finite" train ds_cnn --on native --weights nan.bin
zeros $((2 * 490 * 4)) | npy '<f4' '2, 1, 49, 10' >x.npy
zeros 16 | npy '<i8' '2,' >y.npy
run 0 train ds_cnn --on native --x x.npy --y y.npy --out trained.bin
refuses 2 "--y is missing" train ds_cnn --on native --x x.npy
refuses 2 "--y wants --x" train ds_cnn --on native --y y.npy
refuses 1 "none.npy" train ds_cnn --on native --x none.npy --y y.npy
refuses 1 "text.onnx" train ds_cnn --on native --x text.onnx --y y.npy
zeros 1000 | npy '<f4' '2, 1, 49, 10' >cut.npy
refuses 1 "cut.npy" train ds_cnn --on native --x cut.npy --y y.npy
zeros $((2 * 490 * 4)) | npy '<f4' '2, 49, 20' >shape.npy
refuses 1 "shape.npy" train ds_cnn --on native --x shape.npy --y y.npy
zeros $((2 * 490 * 8)) | npy '<c8' '2, 490' >type.npy
refuses 1 "type.npy" train ds_cnn --on native --x type.npy --y y.npy
zeros 8 | npy '<f4' '99999999, 99999999' >huge.npy
refuses 1 "huge.npy" train ds_cnn --on native --x huge.npy --y y.npy
{ zeros 3916; printf '\000\000\200\177'; } | npy '<f4' '2, 490' >inf.npy
refuses 1 "inf.npy: sample number 1 has a number that is not finite" train ds_cnn --on native --x inf.npy --y y.npy
printf '\000\000\000\000\000\000\000\000\014\000\000\000\000\000\000\000' | npy '<i8' '2,' >twelve.npy
refuses 1 "twelve.npy: label number 1 is 12, and the project has 12 classes" \
    train ds_cnn --on native --x x.npy --y twelve.npy
printf '\377\377\377\377\000\000\000\000' | npy '<i4' '2,' >minus.npy
refuses 1 "minus.npy: label number 0 is -1" train ds_cnn --on native --x x.npy --y minus.npy
zeros 24 | npy '<i8' '3,' >three.npy
refuses 1 "three.npy" train ds_cnn --on native --x x.npy --y three.npy
refuses 2 "--rate wants a number" train ds_cnn --on native --rate -1
refuses 2 "--threads wants" train ds_cnn --on native --threads 65
cp trained.bin kept.bin
refuses 1 "the loss is no longer finite at step" train ds_cnn --on native --rate 100 --epochs 50 --out trained.bin
cmp -s trained.bin kept.bin || fail "a run that failed has overwritten what was trained before"
refuses 1 "cannot write none/trained.bin" train ds_cnn --on native --made 1 --out none/trained.bin
refuses 2 "for the simulated cluster" train ds_cnn --on native --made 1 --cores 4

if [ "$failed" -gt 0 ]; then
    echo "$failed failed"
    exit 1
fi
echo "all fine"
