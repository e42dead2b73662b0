#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# normalised_test.sh TRAINLIB TEST_SPOILT [cluster]: projects that normalise their input on the device learn from raw samples
# what others learn from samples that the host has normalised, to the bit.
set -u
trainlib=$1 spoilt=$2
cluster=${3:-}
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

build() {
    make -s -C "$1" native ${2:+cluster} >make.log 2>&1 || fail "make: $(cat make.log)"
}

# Two channels: their constants stand in the code.
"$spoilt" model net.onnx || fail "no model"
awk 'BEGIN { for (i = 0; i < 9; ++i) { for (j = 0; j < 72; ++j) printf "%d,", (i * 31 + j * 7) % 64; print i % 3 } }' >x.csv
run 0 deploy net.onnx --norms train --out host
run 0 deploy net.onnx --norms train --mean 20.5,-3 --std 17,23.25 --out device
build host
build device "$cluster"
go="--x x.csv --rate 0.01 --epochs 2 --validate 0.3"
# shellcheck disable=SC2086
{
    run 0 train host --on native $go --out raw
    run 0 train host --on native $go --mean 20.5,-3 --std 17,23.25 --out wanted --curve wanted.csv
    says out "normalised on the host, as host/normalisation.txt says"
    cmp -s raw wanted && fail "these samples want no normalisation"
    # What lies in the folder is for projects that do not do it themselves.
    cp host/normalisation.txt device
    for on in native ${cluster:+sim}; do
        run 0 train device --on $on $go --out got --curve got.csv
        says out "normalised on the device"
        same wanted got
        same wanted.csv got.csv
    done
    run 0 train device --on native $go --json
    says out '"normalised": "device"'
    run 2 train device --on native $go --normalize
    says err "device normalises its input on the device (project.txt): leave out --mean"
    run 2 train device --on native $go --std 2
}
# Found by one, on the device in the other.
run 0 deploy net.onnx --norms train --normalisation host/normalisation.txt --out device2
same device/net.c device2/net.c
same device/project.txt device2/project.txt

# Many channels: flat samples, which are the target too.
run 0 model autoencoder
awk 'BEGIN { for (i = 0; i < 3; ++i) for (j = 0; j < 640; ++j) printf "%d%s", (i * 31 + j * 7) % 64, j < 639 ? "," : "\n" }' >x.csv
mean=$(awk 'BEGIN { for (j = 0; j < 640; ++j) printf "%s%d", j ? "," : "", j % 50 }')
std=$(awk 'BEGIN { for (j = 0; j < 640; ++j) printf "%s%d", j ? "," : "", 20 + j % 7 }')
run 0 deploy autoencoder.onnx --loss mse --out flat
run 0 deploy autoencoder.onnx --loss mse --mean "$mean" --std "$std" --out flat-device --prefix autoencoder
build flat
build flat-device
run 0 train flat --on native --x x.csv --mean "$mean" --std "$std" --out wanted
run 0 train flat-device --on native --threads 3 --x x.csv --out got
same wanted got

run 2 deploy net.onnx --mean 1,2,3
says err "--mean has 3 numbers, and a sample 2 channels"
run 2 deploy net.onnx --std 0
says err "numbers above 0"
run 2 deploy net.onnx --mean 1 --normalisation host/normalisation.txt
says err "leave out the one or the other"
run 1 deploy net.onnx --normalisation none.txt
says err "none.txt: cannot be read"
run 1 deploy autoencoder.onnx --normalisation host/normalisation.txt
says err "is not the mean and std of"

[ "$failed" -eq 0 ] && echo "normalised: all as it should be"
[ "$failed" -eq 0 ]
