#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report_test.sh TRAINLIB PAGE_CHECK: the command from its plan file to its page, and what it refuses.
set -eu
trainlib=$1
check=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "report_test: $1" >&2
    exit 1
}

# refused CODE WORDS ARGUMENT...: that exit code, a sentence with the words, and nothing on standard output.
refused() {
    code=$1
    words=$2
    shift 2
    got=0
    "$trainlib" report "$@" >"$folder/out" 2>"$folder/err" || got=$?
    [ "$got" = "$code" ] || fail "exit code $got instead of $code: $*"
    grep -qF -- "$words" "$folder/err" || fail "no '$words' in: $(cat "$folder/err")"
    [ ! -s "$folder/out" ] || fail "something on standard output: $*"
}

plan() {
    cat <<'END'
trainlib-plan 1
model tiny
machine pulp8 0000000000000000
code 0000000000000000
END
    line conv forward 'conv forward x=1x8x8x8 o=16 k=3x3 pad=1x1x1x1 epilogue=relu' \
        'kernel=tl_mm_f32_pulp_4x4 tile=8x8x16x8 block=4x4 buffers=1'
    line conv grad_w 'conv grad_w x=1x8x8x8 o=16 k=3x3 pad=1x1x1x1' \
        'kernel=tl_mm_f32_pulp_4x4 tile=4x8x16x8 block=4x4 buffers=2'
    line again forward 'conv forward x=1x8x8x8 o=16 k=3x3 pad=1x1x1x1 epilogue=relu' \
        'kernel=tl_mm_f32_pulp_4x4 tile=8x8x16x8 block=4x4 buffers=1'
    line pool forward 'global_pool forward x=1x8x8x16' 'pixels=64'
}

# line LAYER PASS PROBLEM PLAN
line() {
    echo "step $1 $2 times=2 cycles=6000 predicted=6100 measured=5 gap=20 default=7000 | $3 | $4"
}

plan >"$folder/a.plan"
"$trainlib" report "$folder/a.plan" --quick --threads 1 >"$folder/one.txt"
"$trainlib" report "$folder/a.plan" --quick --threads 3 >"$folder/three.txt"
cmp "$folder/one.txt" "$folder/three.txt" || fail "the number of threads shows"
grep -q '^tiny on pulp8' "$folder/one.txt" || fail "no title"
grep -q '^whole step' "$folder/one.txt" || fail "no sum"
grep -Eq '^naive .* 6 of 8$' "$folder/one.txt" || fail "no mean over naive code"
grep -Eq '^measurements: 15 for 3 problems$' "$folder/one.txt" || fail "equal problems are not one"
awk 'length($0) > 100 { exit 1 }' "$folder/one.txt" || fail "a line of more than 100 columns"

"$trainlib" report "$folder/a.plan" -o "$folder/a.html" >"$folder/two.txt"
"$check" "$folder/a.html" >"$folder/check" || fail "the page is not well-formed: $(cat "$folder/check")"
grep -q '^8 figures' "$folder/check" || fail "not all figures: $(cat "$folder/check")"

# How the search went: three records of this machine and code, one of other code, a torn line.
record() {
    echo "0000000000000000 $1 $2 | conv forward x=1x8x8x8 o=16 k=3x3 pad=1x1x1x1 epilogue=relu | kernel=$3"
}
{
    echo 'trainlib-wisdom 1'
    record 0000000000000000 8000 a
    record 1111111111111111 10 b
    record 0000000000000000 refused c
    record 0000000000000000 6000 d
    printf '0000000000000000 00000'
} >"$folder/a.wisdom"
"$trainlib" report "$folder/a.plan" --quick --wisdom "$folder/a.wisdom" -o "$folder/w.html" >"$folder/two.txt"
"$check" "$folder/w.html" >"$folder/check" || fail "the page is not well-formed: $(cat "$folder/check")"
grep -q '^6 figures' "$folder/check" || fail "the search is not shown: $(cat "$folder/check")"
grep -q 'one of 1 problem<' "$folder/w.html" || fail "not all problems"
refused 1 'no wisdom file' "$folder/a.plan" --quick --wisdom "$folder/a.plan"

"$trainlib" report "$folder/a.plan" --machine pulp-open --quick -o - >"$folder/b.html"
"$check" "$folder/b.html" >/dev/null || fail "the page on standard output is not well-formed"
grep -q '4 floating-point units' "$folder/b.html" || fail "not the machine that was named"

# What the tuner measured is what the report measures.
{
    echo 'model tuned'
    echo 'layer conv conv x=1x9x8x5 o=7 k=3 pad=same epilogue=relu'
    echo 'layer dense linear_one k=30 o=9 update=sgd'
} >"$folder/t.layers"
"$trainlib" tune "$folder/t.layers" -o "$folder/t.plan" --wisdom "$folder/t.wisdom" --measurements 4 >"$folder/two.txt"
"$trainlib" report "$folder/t.plan" --quick >"$folder/tuned.txt"
sed -n 's/^step \([a-z]*\) \([a-z_]*\) .* cycles=\([0-9]*\) .*/\1 \2 \3/p' "$folder/t.plan" |
    while read -r layer pass cycles; do
        got=$(awk -v l="$layer" -v p="$pass" '$1 == l && $2 == p { gsub(",", "", $3); print $3 }' "$folder/tuned.txt")
        [ "$got" = "$cycles" ] || fail "$layer $pass takes $got cycles, the tuner says $cycles"
    done
[ "$(grep -c '^step' "$folder/t.plan")" = 5 ] || fail "not all steps are tuned"

refused 1 'No such file' "$folder/none.plan"
refused 1 "no layer 'nobody'" "$folder/a.plan" --layer nobody
refused 1 'nowhere' "$folder/a.plan" -o "$folder/nowhere/a.html"
refused 2 'machine' "$folder/a.plan" --machine
refused 1 'there is no machine' "$folder/a.plan" --machine nothing-of-the-kind
sed 's/kernel=tl_mm_f32_pulp_4x4/kernel=system/' "$folder/a.plan" >"$folder/bad.plan"
refused 1 'system' "$folder/bad.plan"
sed 's/tile=8x8x16x8/tile=8x8x16x8000000/' "$folder/a.plan" >"$folder/bad.plan"
refused 1 'bad.plan' "$folder/bad.plan"
head -c 300 "$folder/a.plan" >"$folder/bad.plan"
refused 1 'bad.plan' "$folder/bad.plan"
head -c 4000 "$trainlib" >"$folder/bad.plan"
refused 1 'bad.plan' "$folder/bad.plan"

# A page that cannot be written leaves the old one.
echo old >"$folder/old.html"
refused 1 'nobody' "$folder/a.plan" --layer nobody -o "$folder/old.html"
[ "$(cat "$folder/old.html")" = old ] || fail "the old page is gone"
[ "$(find "$folder" -name '*.html*' | wc -l)" = 4 ] || fail "something is left behind"
echo "report_test: all fine"
