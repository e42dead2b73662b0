#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# deploy_test.sh TRAINLIB [cluster]: from an ONNX model to trained weights, natively and on the simulator, which must end
# in the same bits; and what is refused.
set -eu
trainlib=$1
cluster=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

# refused CODE TEXT COMMAND...: the command ends with that code, and its one sentence holds the text.
refused() {
    wanted=$1 text=$2
    shift 2
    code=0
    "$@" >out 2>err || code=$?
    [ "$code" -eq "$wanted" ] || fail "exit code $code instead of $wanted: $*"
    grep -q -- "$text" err || {
        cat err
        fail "no \"$text\" in what it says: $*"
    }
}

"$trainlib" model autoencoder >/dev/null
"$trainlib" model ds_cnn --seed 3 --out kws.onnx >/dev/null
"$trainlib" show kws.onnx >shown
grep -q '2,656,768' shown || fail "the MAC of DS-CNN"
"$trainlib" show kws.onnx --json >shown.json
"${JSON_CHECK:-true}" shown.json || fail "show --json"
"$trainlib" estimate kws.onnx --layers kws.layers --map kws.svg --clock 100 --mw 20 >estimated
grep -q 'mJ at 20.0 mW' estimated || fail "no energy"
grep -q '^</svg>' kws.svg || fail "no picture"
# The tuner's probe is a program for the cluster.
[ -z "$cluster" ] || "$trainlib" tune kws.layers --effort estimate -o kws.plan >/dev/null 2>&1 ||
    fail "the list of layers cannot be tuned"

if [ -n "$cluster" ]; then
    "$trainlib" deploy kws.onnx --tune --budget 0.1 --machine pulp-open --out tuned >said
    grep -q '^tuned.plan: plans tuned' said || fail "deploy --tune says nothing"
    grep -q '^machine pulp-open' tuned.plan || fail "plans of another machine"
    "$trainlib" deploy kws.onnx --plan tuned.plan --machine pulp-open --out again >/dev/null
    diff -r tuned again || fail "another project from the same plans"
    "$trainlib" deploy kws.onnx --plan tuned.plan --out other >/dev/null 2>err
    grep -q "tuned for the machine 'pulp-open', not for 'pulp8'" err || fail "a plan of another machine is not told"
fi
# Four units for eight cores: no step takes less.
cycles() {
    "$trainlib" estimate kws.onnx --machine "$1" | sed -n 's/^ *time \([0-9,]*\) cycles.*/\1/p' | tr -d ,
}
[ "$(cycles pulp-open)" -gt "$(cycles pulp8)" ] || fail "the machine makes no difference to estimates"

refused 2 'not both' "$trainlib" deploy kws.onnx --tune --plan kws.plan
printf 'machine = pulp8\nname = small\nl2 = 64K\n' >small.machine
refused 1 "the machine 'small' has 65536 bytes of L2" "$trainlib" deploy kws.onnx --machine small.machine
refused 1 "no machine 'pulp9'" "$trainlib" deploy kws.onnx --machine pulp9
refused 1 'this is no ONNX model' "$trainlib" show kws.svg
refused 1 'cannot be read' "$trainlib" deploy none.onnx
refused 2 'prefix' "$trainlib" deploy kws.onnx --prefix 9lives
refused 1 'no layer and no parameter' "$trainlib" deploy kws.onnx --train nothing
refused 1 'the target is the input' "$trainlib" deploy kws.onnx --loss mse
refused 1 'L2' "$trainlib" estimate kws.onnx --l2 150000 --optimizer adam
refused 1 'project.txt' "$trainlib" train .
printf 'a file' >taken
refused 1 'taken' "$trainlib" deploy kws.onnx --out taken
[ "$(cat taken)" = 'a file' ] || fail "a file was lost"

# train_both NAME: steps natively and on the simulator.
train_both() {
    "$trainlib" train "$1" --on native --made 2 --rate 0.002 --out "$1.native" >/dev/null
    cmp -s "$1.native" "$1/weights.bin" && fail "$1: nothing was learnt"
    [ -n "$cluster" ] || return 0
    "$trainlib" train "$1" --on sim --made 2 --rate 0.002 --out "$1.sim" >/dev/null
    cmp "$1.native" "$1.sim" || fail "$1: other weights on the simulator"
}

"$trainlib" deploy autoencoder.onnx --loss mse >/dev/null
refused 1 'make -C autoencoder native' "$trainlib" train autoencoder
make -s -j2 -C autoencoder native ${cluster:+cluster}
autoencoder/build/autoencoder >steps
[ "$(grep -c 'status 0' steps)" -eq 10 ] || fail "the project's own program"
train_both autoencoder

"$trainlib" deploy kws.onnx ${cluster:+--plan kws.plan} --optimizer adam --prefix net --out kws >/dev/null
make -s -j2 -C kws native ${cluster:+cluster}
train_both kws

# exported NAME MODEL OPTION...: what was learnt, written back and deployed again, is the same to the bit.
exported() {
    name=$1 model=$2
    shift 2
    "$trainlib" export "$name" "$model" --weights "$name.native" --out "$name-learnt.onnx" >/dev/null
    "$trainlib" deploy "$name-learnt.onnx" --out again --prefix again "$@" >/dev/null
    cmp "$name.native" again/weights.bin || fail "$name: other weights when exported and deployed again"
    rm -r again
}
exported autoencoder autoencoder.onnx --loss mse
exported kws kws.onnx --optimizer adam
refused 1 'was not made from this model' "$trainlib" export kws autoencoder.onnx --weights kws.native
refused 1 'trained.bin' "$trainlib" export kws kws.onnx
refused 1 'has 1063456 bytes' "$trainlib" export kws kws.onnx --weights autoencoder.native
refused 2 'missing' "$trainlib" export kws
# Residuals; what is below the layers that train stays as it is.
"$trainlib" model resnet8 >/dev/null
"$trainlib" deploy resnet8.onnx --train last:4 --optimizer momentum >/dev/null
make -s -j2 -C resnet8 native ${cluster:+cluster}
train_both resnet8

# By the library's own plans, whose tapes are longer than those of tuned ones, whole networks are played too: MobileNet as
# short tapes, ResNet8 with momentum where whole ones turn out not to fit; raw samples normalised on the device, twice a step.
if [ -n "$cluster" ]; then
    "$trainlib" model mobilenet >/dev/null
    "$trainlib" deploy mobilenet.onnx --mean 0.5,0.4,0.3 --std 0.25 >/dev/null
    [ "$(grep -c '    normalise(team' mobilenet/mobilenet.c)" -eq 2 ] || fail "mobilenet: an input that is kept"
    grep -q 'MOBILENET_SHORT = 1' mobilenet/mobilenet.h || fail "mobilenet: no short tapes"
    "$trainlib" deploy resnet8.onnx --optimizer momentum --out momentum >/dev/null
    for project in mobilenet momentum; do
        make -s -j2 -C "$project" native cluster
        train_both "$project"
    done
fi

head -c 100 kws/weights.bin >short.bin
refused 1 'has 100 bytes' "$trainlib" train kws --on native --weights short.bin
echo fine
