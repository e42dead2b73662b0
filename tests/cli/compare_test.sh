#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compare_test.sh TRAINLIB: what 'trainlib compare' dumps and what it refuses. Its numbers: tests/torch.
set -u
trainlib=$1
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

"$trainlib" model ds_cnn >/dev/null || fail "no model"
run 0 compare ds_cnn.onnx --dump dump --cores 5
says out "conv1_relu     activation               8,000          0          same bits"
says out "depth3.weight  parameter's gradient       576          0          same bits"
for file in loss input conv1_relu dense grad_conv1 grad_depth3.weight grad_dense.bias; do
    [ -s "dump/$file.npy" ] || fail "no dump/$file.npy"
done
"$JSON_CHECK" dump/index.json 2>err || fail "no JSON"
# What does not train has no gradient; the second time little is compiled.
run 0 compare ds_cnn.onnx --dump dump --train last:1 --json
"$JSON_CHECK" out 2>err || fail "no JSON"
says out '"grad_dense.weight.npy"'
grep -q "grad_depth3" out && fail "gradients of frozen layers"

# Targets of one's own: the last numbers of the sample. The loss is the mean of the squares, by what is dumped.
awk 'BEGIN { for (i = 0; i < 502; ++i) printf "%s%.3f", i ? "," : "", (i * 37 % 101) / 50 - 1; print "" }' >targets.csv
run 0 compare ds_cnn.onnx --loss mse --target given --x targets.csv --dump squares --train last:1
floats() {
    od -An -v -j128 -w4 -t f4 "squares/$1.npy"
}
floats dense >outputs
floats loss | awk 'NR == FNR { z[NR - 1] = $1; next }
    { for (i = 0; i < 12; ++i) { d = z[i] - sprintf("%.3f", ((490 + i) * 37 % 101) / 50 - 1); sum += d * d }
      exit !(sum > 0.1 && $1 > sum / 12 * 0.99999 && $1 < sum / 12 * 1.00001) }' outputs - || fail "the loss of targets"
run 0 compare ds_cnn.onnx --loss mse --target given --dump squares --train last:1
run 1 compare ds_cnn.onnx --loss mse --dump squares --train last:1
says err "with --loss mse the target is the input"

# A compiler that rounds products before it adds them, for the native kernels: the bits differ, and it says so.
mkdir path
cat >path/cc <<'END'
#!/bin/sh
PATH=${PATH#*:}
exec cc "$@" '-D__builtin_fmaf(a,b,c)=((a)*(b)+(c))'
END
chmod +x path/cc
rm dump/project/build/native/trainlib/src/kernel/c/*.o
sane=$PATH
PATH=$work/path:$PATH
run 3 compare ds_cnn.onnx --dump dump --train last:1 --json
PATH=$sane
says err "tensors differ between the cluster and this machine"
says out '"relative_difference":'
[ -s dump/cluster_dense.npy ] || fail "no dump/cluster_dense.npy"
"$JSON_CHECK" dump/index.json 2>err || fail "no JSON"

# Without --dump nothing is left behind, but what make says.
mkdir tmp
export TMPDIR="$work/tmp"
run 0 compare ds_cnn.onnx --train last:1
[ -z "$(ls tmp)" ] || fail "left in the folder for temporary files: $(ls tmp)"
CC=false run 1 compare ds_cnn.onnx --train last:1
says err "make.log says why"
grep -q . tmp/trainlib-*/make.log || fail "no words of make"

run 2 compare ds_cnn.onnx --y y.npy
says err "--y wants --x"
run 1 compare ds_cnn.onnx --x nothing.npy --dump dump
says err "nothing.npy"
run 1 compare nothing.onnx
says err "nothing.onnx: cannot be read"
run 1 compare ds_cnn.onnx --dump ds_cnn.onnx/dump

[ "$failed" -eq 0 ] && echo "compare: all as it should be"
[ "$failed" -eq 0 ]
