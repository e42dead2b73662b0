#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# adapt.sh TRAINLIB [OPTION...]: a CNN is trained natively on Fashion-MNIST and exported; its deployed projects meet a
# changed sensor and adapt on the simulated cluster. README.md beside this file explains it.
set -eu

usage() {
    cat <<END
Usage: ./run adapt [OPTION...]

A small CNN is trained natively on Fashion-MNIST and exported to ONNX. Then the sensor changes: images come inverted,
blurred or dimmed. Deployed projects adapt on the simulated 8-core cluster, with all layers, the last two or the last one.
Prints a table, and writes a picture.

      --out DIR       folder for models, projects and the picture (adapt-out)
      --learn N       images that the network learns natively (8000)
      --images N      training steps of an adaptation on the cluster (100)
      --test N        test images (500)
      --seeds N       networks, each with its own weights and order of images, 1 to 16 (3)
      --rate X        learning rate of an adaptation at the start (0.02)
      --machine NAME  machine to simulate (pulp8)
      --data DIR      folder of the data set
      --json          print the result as JSON
      --help          this text
END
}

trainlib=$1
shift
out=adapt-out learn=8000 images=100 test=500 seeds=3 rate=0.02 machine=pulp8 data='' json=
while [ $# -gt 0 ]; do
    case $1 in
    --*=*)
        name=${1%%=*} value=${1#*=}
        shift
        set -- "$name" "$value" "$@"
        continue
        ;;
    --help | -h)
        usage
        exit 0
        ;;
    --json)
        json=--json
        shift
        continue
        ;;
    --out | --learn | --images | --test | --seeds | --rate | --machine | --data) ;;
    *)
        printf 'adapt: there is no option "%s"; --help lists them\n' "$1" >&2
        exit 2
        ;;
    esac
    if [ $# -lt 2 ] || [ -z "$2" ]; then
        printf 'adapt: %s wants a value\n' "$1" >&2
        exit 2
    fi
    case $1 in
    --out) out=$2 ;;
    --learn) learn=$2 ;;
    --images) images=$2 ;;
    --test) test=$2 ;;
    --seeds) seeds=$2 ;;
    --rate) rate=$2 ;;
    --machine) machine=$2 ;;
    --data) data=$2 ;;
    esac
    shift 2
done
case $seeds in
[1-9] | 1[0-6]) ;;
*)
    printf 'adapt: --seeds is a number from 1 to 16, not "%s"\n' "$seeds" >&2
    exit 2
    ;;
esac

# Steps are told on stderr, so that stdout holds the result alone.
say() {
    printf '%s\n' "$*" >&2
}

# choices: the projects' folders, and what trains in each.
choices='all:all last2:last:2 last1:last:1'

mkdir -p "$out"
"$trainlib" images --count "$learn" --x "$out/x.npy" --y "$out/y.npy" ${data:+--data "$data"} >"$out/log"
seed=1
while [ "$seed" -le "$seeds" ]; do
    say "network $seed of $seeds: learns $learn images natively"
    here=$out/seed$seed
    mkdir -p "$here"
    "$trainlib" model cnn --seed "$seed" --out "$here/cnn.onnx" >>"$out/log"
    "$trainlib" deploy "$here/cnn.onnx" --out "$here/learning" >>"$out/log"
    if [ "$seed" -eq 1 ]; then
        make -s -C "$here/learning" native >>"$out/log"
    fi
    # The code is the same for every seed: only weights differ.
    "$trainlib" train "$out/seed1/learning" --on native --x "$out/x.npy" --y "$out/y.npy" --seed "$seed" --rate 0.01 \
        --weights "$here/learning/weights.bin" --out "$here/trained.bin" >>"$out/log"
    "$trainlib" export "$out/seed1/learning" "$here/cnn.onnx" --weights "$here/trained.bin" --out "$here/trained.onnx" \
        >>"$out/log"
    for choice in $choices; do
        project=$out/${choice%%:*}
        [ "$seed" -eq 1 ] || project=$here/again
        "$trainlib" deploy "$here/trained.onnx" --prefix cnn --train "${choice#*:}" --out "$project" >>"$out/log"
        cp "$project/weights.bin" "$here/${choice%%:*}.bin"
        if [ "$seed" -eq 1 ]; then
            say "project $project (--train ${choice#*:}): built for the cluster and natively"
            make -s -j2 -C "$project" native cluster >>"$out/log"
        fi
    done
    rm -rf "$here/again"
    seed=$((seed + 1))
done

"$trainlib" adapt "$out" --images "$images" --test "$test" --seeds "$seeds" --rate "$rate" --machine "$machine" \
    --picture "$out/adapt.svg" ${data:+--data "$data"} $json
say "picture: $out/adapt.svg"
