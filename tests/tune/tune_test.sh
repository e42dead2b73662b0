#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tune_test.sh TRAINLIB: the tuner as a user meets it: cut off and resumed, in shards, with wrong and stale plans.
set -u
trainlib=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
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
    "$trainlib" tune "$@" >out 2>err
    status=$?
    [ "$status" -eq "$wanted" ] || fail "trainlib tune $*: exit status $status, not $wanted"
}

# same FILE FILE WHY
same() {
    cmp -s "$1" "$2" || fail "$3: $1 and $2 differ"
}

# says TEXT: it stands on stderr, in one line
says() {
    grep -q -F -- "$1" err || fail "stderr does not say: $1"
}

cat >small.layers <<'END'
model small
layer a linear_one k=128 o=64 epilogue=relu mask=relu update=sgd times=2
layer b depthwise x=1x6x6x32 k=3 pad=same epilogue=relu passes=forward,grad_w
layer c conv x=1x6x6x16 o=16 k=1 passes=forward,grad_x
layer d conv x=1x6x6x16 o=16 k=1 passes=forward
layer e add elements=2000
layer f mse elements=64
END
sed 's/model small/model other/; /layer e/d' small.layers >other.layers

# Whole runs: the same plan from one thread and from several, again from what is known, and without measuring anew.
run 0 small.layers -o whole.plan --wisdom whole.wisdom --measurements 24 --threads 1
run 0 small.layers -o threads.plan --wisdom threads.wisdom --measurements 24 --threads 3
same whole.plan threads.plan "threads make no difference"
run 0 small.layers -o again.plan --wisdom whole.wisdom --measurements 24
same whole.plan again.plan "what is known makes no difference"
grep -q " 0 measured now" out || fail "a second run measures again"
cp whole.wisdom other.wisdom
run 0 other.layers --wisdom other.wisdom --measurements 24
run 0 --check whole.plan
[ -s err ] && fail "a fresh plan is not fresh"
[ "$(grep -c '^step' whole.plan)" -eq 9 ] || fail "nine steps make nine lines"

# Killed at random times, and gone on from there each time: the file only ever grows by whole lines, and in the end plan
# and wisdom are those of the run that was never killed.
began=$(date +%s%N)
run 0 small.layers -o timed.plan --wisdom timed.wisdom --measurements 24 --threads 2
took=$((($(date +%s%N) - began) / 1000000))
seed=$(($(date +%s) + $$))
: >kept
cut_short=0
delays=$(awk -v seed="$seed" -v took="$took" \
    'BEGIN { srand(seed); for (i = 0; i < 10; ++i) printf "%.3f ", took * (0.1 + (0.2 + 0.07 * i) * rand()) / 1000 }')
for delay in $delays; do
    "$trainlib" tune small.layers -o cut.plan --wisdom cut.wisdom --measurements 24 --threads 2 >out 2>err &
    child=$!
    sleep "$delay"
    kill -9 "$child" 2>/dev/null
    wait "$child" 2>/dev/null
    [ $? -eq 137 ] && cut_short=$((cut_short + 1))
    [ -e cut.wisdom ] || continue
    head -c "$(wc -c <kept)" cut.wisdom | cmp -s - kept || fail "seed $seed: a killed run has changed what was kept"
    grep -a '' cut.wisdom | head -n "$(wc -l <cut.wisdom)" >kept
done
[ "$cut_short" -gt 0 ] || fail "seed $seed: no run was killed before its end"
printf 'torn' >>cut.wisdom
run 0 small.layers -o cut.plan --wisdom cut.wisdom --measurements 24
says "torn"
same whole.plan cut.plan "seed $seed: killed and resumed"
run 0 --merge whole.wisdom -o whole.sorted
run 0 --merge cut.wisdom -o cut.sorted
same whole.sorted cut.sorted "seed $seed: wisdom of killed runs"
run 0 small.layers -o cut.plan --wisdom budget.wisdom --measurements 24 --budget 0.01
run 0 small.layers -o cut.plan --wisdom budget.wisdom --measurements 24
same whole.plan cut.plan "out of time and resumed"

# Ctrl-C writes the plan as it is, and says so.
cp budget.wisdom stop.wisdom
"$trainlib" tune small.layers -o stop.plan --wisdom stopped.wisdom --effort exhaustive >out 2>err &
child=$!
sleep 0.4
kill -TERM "$child"
wait "$child"
status=$?
[ "$status" -eq 1 ] || fail "stopped: exit status $status, not 1"
says "all that was measured is kept"
[ -s stop.plan ] || fail "stopped: there is no plan"

# Shards, merged in any order, are one run.
if command -v parallel >/dev/null; then
    parallel -j 3 "$trainlib" tune small.layers --shard {}/3 --wisdom shard{}.wisdom --measurements 24 --threads 1 \
        ::: 1 2 3 >out 2>err || fail "GNU parallel"
else
    for i in 1 2 3; do
        run 0 small.layers --shard $i/3 --wisdom shard$i.wisdom --measurements 24
    done
fi
run 0 --merge shard1.wisdom shard2.wisdom shard3.wisdom -o merged.wisdom
run 0 --merge shard3.wisdom shard1.wisdom shard2.wisdom shard2.wisdom -o merged2.wisdom
same merged.wisdom merged2.wisdom "order of merging"
run 0 --merge whole.wisdom -o sorted.wisdom
same merged.wisdom sorted.wisdom "shards are one run"
run 0 small.layers -o merged.plan --wisdom merged.wisdom --measurements 24
same whole.plan merged.plan "a plan of merged shards"
grep -q " 0 measured now" out || fail "merged shards leave something to be measured"

# Estimates need no wisdom; JSON; another machine has other numbers.
run 0 small.layers -o estimate.plan --effort estimate
[ -e tune.wisdom ] && fail "an estimate keeps wisdom"
run 0 small.layers --effort estimate --json
grep -q '"cycles"' out || fail "JSON says nothing of cycles"
run 0 --check whole.plan --machine pulp-open
says "made for another machine"

# Wrong, stale and hostile input.
sed 's/^code ......../code 00000000/' whole.plan >stale.plan
run 0 --check stale.plan
says "may be stale"
sed 's/strides=\([0-9]*\)x/strides=4\1x/' whole.plan >hostile.plan
cmp -s whole.plan hostile.plan && fail "no strides to be hostile with"
run 1 --check hostile.plan
says "this plan cannot run here"
sed 's/kernel=[a-z0-9_]*/kernel=tl_mm_f32_of_somebody_else/' whole.plan >foreign.plan
run 1 --check foreign.plan
says "this library has no kernel 'tl_mm_f32_of_somebody_else'"
sed 's/tile=[0-9]*x[0-9]*x[0-9]*x[0-9]* block/tile=6x6x0x16 block/' whole.plan >nothing.plan
run 1 --check nothing.plan
says "nothing.plan:"
cat >large.plan <<'END'
trainlib-plan 1
model m
machine pulp8 0000000000000000
code 0000000000000000
step a forward times=1 | conv forward x=1x64x64x32 o=32 k=1 | kernel=tl_mm_f32_pulp_4x4 tile=64x64x32x32 block=4x4
END
run 1 --check large.plan
says "large.plan:5: this plan cannot run here"
run 1 --check small.layers
says "small.layers:1: a plan begins with the line"
head -c 300 whole.plan >short.plan
run 1 --check short.plan
printf 'model x\nlayer a conv\n' >bad.layers
run 1 bad.layers -o bad.plan
says "bad.layers:2:"
[ -e bad.plan ] && fail "a plan of nothing"
printf 'nonsense\n' >bad.wisdom
run 1 small.layers -o bad.plan --wisdom bad.wisdom
says "bad.wisdom:1:"
[ "$(cat bad.wisdom)" = nonsense ] || fail "a file that is no wisdom was written to"
run 1 no.layers -o bad.plan
run 1 --merge whole.wisdom no.wisdom -o bad.wisdom
run 2 small.layers --shard 3/2
run 2 small.layers --shard x
run 2 --merge whole.wisdom
run 2
run 2 small.layers other.layers
run 2 small.layers --effort most
run 0 --help

if [ "$failed" -gt 0 ]; then
    echo "$failed failed"
    exit 1
fi
echo "all fine"
