#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# models_test.sh MODELS BUILD: a short run of the benchmark that deploys and trains the MLPerf Tiny models.
set -eu
models=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    printf 'FAILED: %s\n' "$*"
    cat out err 2>/dev/null || true
    exit 1
}

"$models" "$build" pulp8 train --epochs 2 --samples 1 --json autoencoder >out 2>err || fail "a short run"
"${JSON_CHECK:-true}" out || fail "--json"
for which in all block layer; do
    grep -q "\"trained\": \"$which\"" out || fail "no $which"
done
grep -q '"macs": 710656' out || fail "the MAC of a whole step"
[ "$(grep -c '"same_bits": true' out)" -eq 3 ] || fail "the bits"
code=0
"$models" "$build" pulp8 train --rate 0 --epochs 2 --samples 1 autoencoder >out 2>err || code=$?
[ "$code" -eq 1 ] || fail "a loss that does not fall is not told"
grep -q 'the loss does not fall' err || fail "no sentence on it"
code=0
"$models" "$build" pulp8 train vgg16 >out 2>err || code=$?
[ "$code" -eq 2 ] || fail "an unknown model"
grep -q 'no model "vgg16"' err || fail "no sentence on an unknown model"
echo fine
