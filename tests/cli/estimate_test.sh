#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# estimate_test.sh TRAINLIB: what 'trainlib estimate' tells of a model, and what it refuses.
set -u
trainlib=$1
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# refuses STATUS TEXT ARGUMENT...: one sentence on stderr, nothing on stdout.
refuses() {
    wanted=$1
    text=$2
    shift 2
    run "$wanted" "$@"
    says err "$text"
    if [ "$(wc -l <err)" -ne 1 ] || [ -s out ]; then
        fail "trainlib $*: not one sentence on stderr alone"
    fi
}

run 0 model autoencoder
run 0 estimate autoencoder.onnx --loss mse --clock 100 --mw 50 --map map.svg --layers steps.layers
says out "autoencoder: 21 steps, 710,656 MAC, batch 1"
says out "parameters 1,063,456, optimiser 0"
says out "at 100 MHz"
says out "mJ at 50.0 mW"
says out "21 steps by the cost model"
# Within a tenth of what the default plans of these steps take, 341,000 (trainlib tune), and of the 361,500 that a project
# with the tuner's plans takes (docs/deploy.md), so that none is without cycles.
cycles=$(sed -n 's/^  time \([0-9,]*\) cycles.*/\1/p' out | tr -d ,)
if [ "${cycles:-0}" -lt 325000 ] || [ "${cycles:-0}" -gt 375000 ]; then
    fail "$cycles cycles"
fi
grep -q "no room for the steps' tapes" out && fail "tapes that have room"
says map.svg "</svg>"
says steps.layers "model autoencoder"
refuses 1 "3190368 for parameters and the optimiser" estimate autoencoder.onnx --loss mse --optimizer adam
says err "It would fit with plain SGD, or if the last 2 layers alone were trained (last:2)"
run 0 estimate autoencoder.onnx --loss mse --optimizer adam --train last:2
says out "optimiser 792,576"
refuses 1 "It would fit with plain SGD" estimate autoencoder.onnx --loss mse --optimizer adam --train last:3
run 0 estimate autoencoder.onnx --loss mse --clock 100
if grep -q "mJ" out; then
    fail "an energy without a power"
fi
run 0 estimate autoencoder.onnx --loss mse --json
"$JSON_CHECK" out 2>err || fail "no JSON"
says out '"parameter_bytes":	1063456'

# The same bytes in both.
bytes=$(sed -n 's/.*"l2_bytes":[^0-9]*\([0-9]*\).*/\1/p' out)
refuses 1 "autoencoder needs $bytes bytes of L2 and has " estimate autoencoder.onnx --loss mse --l2 600000
says err "It does not fit even if the last layer alone is trained"

refuses 2 "an argument is missing" estimate
refuses 2 "--updates wants auto|end|layer|fused, not 'never'" estimate autoencoder.onnx --updates never
refuses 2 "--clock wants" estimate autoencoder.onnx --clock 0
refuses 1 "nothing.onnx: cannot be read" estimate nothing.onnx
refuses 1 "No such file" estimate autoencoder.onnx --plan nothing.plan
echo "no plan" >bad.plan
refuses 1 "bad.plan:1: " estimate autoencoder.onnx --plan bad.plan
refuses 1 "no layer and no parameter is called \"nobody\"" estimate autoencoder.onnx --train nobody
head -c 5000 autoencoder.onnx >cut.onnx
refuses 1 "cut.onnx" estimate cut.onnx

# What a project has beside its schedule: as many bytes as deploy tells, and its cycles are in the sum.
run 0 model ds_cnn
for more in "" "--guard" "--clip-norm 1" "--mean 0.5" "--guard --clip-norm 1 --mean 0.5 --accumulate 2 --batch 2"; do
    # shellcheck disable=SC2086
    run 0 deploy ds_cnn.onnx $more
    bytes=$(sed -n 's/.* forward, \(.*\) bytes of data$/\1/p' out)
    # shellcheck disable=SC2086
    run 0 estimate ds_cnn.onnx $more
    says out "  L2   $bytes bytes: "
    sed -n 's/^  time \([0-9,]*\) cycles.*/\1/p' out | tr -d , >>all.cycles
    sed -n 's/^       \([0-9,]*\) of them while .*/\1/p' out | tr -d , | awk '{ n += $1 } END { print n + 0 }' >>beside.cycles
done
# Where no schedule is another one; on the simulator 14,006 (a guard) and 250 (normalised) more.
awk 'NR == FNR { beside[NR] = $1; next } { time[FNR] = $1 }
    END { exit !(time[2] - time[1] == beside[2] && time[4] - time[1] == beside[4] && beside[1] == 0 &&
        beside[2] > 13000 && beside[2] < 15000 && beside[4] > 200 && beside[4] < 900 &&
        beside[3] > 50000 && beside[3] < 80000 && beside[5] > beside[2] + beside[3] + beside[4]) }' beside.cycles all.cycles ||
    fail "cycles beside the schedule: $(tr '\n' ' ' <beside.cycles)of $(tr '\n' ' ' <all.cycles)"
run 2 estimate ds_cnn.onnx --mean 1,2,3
says err "--mean has 3 numbers, and a sample 1 channel"

run 0 model mobilenet
run 0 estimate mobilenet.onnx
says out "7 values are computed again"
grep -q "no room for the steps' tapes" out && fail "tapes that room was made for"
run 0 estimate mobilenet.onnx --recompute never
says out "because L2 has no room for the steps' tapes"
run 0 estimate mobilenet.onnx --json
says out '"recomputed":	7'

refuses 1 "nowhere/map.svg" estimate autoencoder.onnx --loss mse --map nowhere/map.svg

[ "$failed" -eq 0 ] && echo "estimate: all as it should be"
[ "$failed" -eq 0 ]
