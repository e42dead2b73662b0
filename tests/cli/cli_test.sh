#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cli_test.sh TRAINLIB [cluster]: the program as a user meets it. With `cluster`, its firmware has been built too.
set -u
trainlib=$1
cluster=${2:-}
work=$(mktemp -d)
trap 'umount "$work/tiny" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0

fail() {
    failed=$((failed + 1))
    printf 'not ok: %s\n' "$1"
    sed 's/^/    /' out err 2>/dev/null
}

# run STATUS ARGUMENT...: runs the program; its exit status must be this.
run() {
    wanted=$1
    shift
    "$trainlib" "$@" >out 2>err
    status=$?
    if [ "$status" -eq "$wanted" ]; then
        passed=$((passed + 1))
    else
        fail "trainlib $*: exit status $status, not $wanted"
    fi
}

# is_json FILE...
is_json() {
    if "$JSON_CHECK" "$@" 2>json-why; then
        passed=$((passed + 1))
    else
        fail "$(cat json-why)"
    fi
    rm -f json-why
}

# says FILE TEXT: the last run's `out` or `err` holds the text.
says() {
    if grep -qF -e "$2" "$1"; then
        passed=$((passed + 1))
    else
        fail "$1 does not say '$2'"
    fi
}

# refuses STATUS TEXT ARGUMENT...: ends with this status, one line on stderr that holds the text, nothing on stdout.
refuses() {
    wanted=$1
    text=$2
    shift 2
    run "$wanted" "$@"
    says err "$text"
    if [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ]; then
        passed=$((passed + 1))
    else
        fail "trainlib $*: not one sentence on stderr alone"
    fi
}

same() {
    if cmp -s "$1" "$2"; then
        passed=$((passed + 1))
    else
        fail "$1 and $2 differ"
    fi
}

small="--images 40 --test 30"

# The command line.
refuses 2 "a command is missing"
refuses 2 "unknown command 'dem'" dem
refuses 2 "unknown option '--dem'" --dem
run 0 --version
says out "trainlib "
run 0 --help
says out "demo "
for command in demo eval bench sim tune report show estimate deploy train compare export images model adapt; do
    run 0 "$command" --help
    [ -z "$(sed -n '/^Options:/,/^$/p' out | awk 'length > 100')" ] || fail "$command --help is wider than 100 columns"
done
for command in demo eval bench; do
    run 0 "$command" --help
    says out "Examples:"
    says out "trainlib $command"
    refuses 2 "unknown option '--colour'" "$command" --colour=red x
done
refuses 2 "--images wants a whole number from 1 to 10000000, not '0'" demo --images 0
refuses 2 "--images wants" demo --images 12x
refuses 2 "--images wants" demo --images -5
refuses 2 "--images wants" demo --images ''
refuses 2 "--images wants" demo --images 99999999999999999999999
refuses 2 "--images wants a value" demo --images
refuses 2 "--rate wants a number" demo --rate nan
refuses 2 "--rate wants a number" demo --rate -1
refuses 2 "--cores wants a whole number from 1 to 8, not '9'" demo --cores 9
refuses 2 "--on wants sim|native, not 'simulator'" demo --on simulator
refuses 2 "--json takes no value" demo --json=yes
refuses 2 "one argument too many" demo more
refuses 2 "--sanitize looks at the simulated cluster" demo --on native --images 1 --sanitize
refuses 2 "--profile and the like need --on sim" demo --on native --images 1 --profile
refuses 2 "an argument is missing" eval
refuses 2 "one argument too many" eval a b
refuses 2 "--accept wants a file" bench --accept
refuses 2 "--accept puts all cases on record" bench --accept --baseline record --filter conv

# Data.
refuses 1 "/nowhere/train-images-idx3-ubyte.gz is missing: install" demo --on native --data /nowhere
refuses 1 "only 60000 training images, not 60001" demo --on native --images 60001
refuses 1 "only 10000 test images, not 10001" demo --on native --test 10001
mkdir cut
for file in /usr/share/datasets/fashion-mnist/*; do
    ln -s "$file" cut/
done
rm cut/t10k-images-idx3-ubyte.gz
head -c 100000 /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz >cut/t10k-images-idx3-ubyte.gz
refuses 1 "cut/t10k-images-idx3-ubyte.gz ends too early" demo --on native --data cut
if [ -e demo-out ]; then
    fail "a demo that was refused has left a folder"
fi

# A training that works, and the weights it leaves.
# shellcheck disable=SC2086
run 0 demo --on native $small --out one
says out "Evaluate the weights again"
accuracy=$(sed -n 's/ *after training *//p' out)
run 0 eval one/weights.safetensors --on native --test 30 --json
is_json out
run 0 eval one/weights.safetensors --on native --test 30
says out "accuracy $accuracy"
# shellcheck disable=SC2086
run 0 demo --on native $small --threads 3 --out=three --json
says out '"accuracy_after":'
is_json out
same one/weights.safetensors three/weights.safetensors
same one/learning-curve.svg three/learning-curve.svg
# shellcheck disable=SC2086
run 0 demo --on native $small --seed 2 --out three
if cmp -s one/weights.safetensors three/weights.safetensors; then
    fail "another seed, the same weights"
fi
# shellcheck disable=SC2086
refuses 1 "no longer finite at training image" demo --on native $small --rate 1e6 --out three

# Weights that are none.
cp one/weights.safetensors w
refuses 1 "No such file" eval nothing
refuses 1 "Is a directory" eval one
head -c 1000 w >cut-off
refuses 1 "cut-off is cut off" eval cut-off
printf 'X' | dd of=w bs=1 seek=5000 conv=notrunc 2>/dev/null
refuses 1 "w is damaged" eval w
sed 's/"fashion"/"fishing"/' one/weights.safetensors >w
refuses 1 "network 'fishing', not of 'fashion'" eval w
refuses 1 "not a weights file" eval "$trainlib"

# Nowhere to write: before the training if that can be told, and never at the cost of what was there.
refuses 1 "cannot make the folder" demo --on native --out no/such
refuses 1 "is not a folder" demo --on native --out w
cp one/weights.safetensors before
# shellcheck disable=SC2086
(
    ulimit -f 4
    "$trainlib" demo --on native $small --seed 3 --out one >out 2>err
    echo $? >status
)
if [ "$(cat status)" -eq 1 ] && [ "$(wc -l <err)" -eq 1 ]; then
    passed=$((passed + 1))
else
    fail "a file too large: exit status $(cat status)"
fi
says err "cannot write one/weights.safetensors: File too large"
same one/weights.safetensors before
mkdir tiny
if mount -t tmpfs -o size=24k none tiny 2>/dev/null; then
    cp before tiny/weights.safetensors
    # shellcheck disable=SC2086
    refuses 1 "cannot write tiny/weights.safetensors: No space left on device" demo --on native $small --seed 3 --out tiny
    same tiny/weights.safetensors before
    if [ "$(find tiny -type f | wc -l)" -ne 1 ]; then
        fail "a temporary file is left behind"
    fi
    umount tiny
else
    echo "(no tmpfs can be mounted here: the full disk is only tried by a limit on file sizes)"
fi
for command in --help --version "demo --help" "eval before --on native --test 10"; do
    # shellcheck disable=SC2086
    "$trainlib" $command >/dev/full 2>err
    status=$?
    if [ "$status" -eq 1 ] && grep -qF "cannot write the output: No space left" err; then
        passed=$((passed + 1))
    else
        fail "trainlib $command >/dev/full: exit status $status"
    fi
done

# The simulated cluster.
if [ "$cluster" ]; then
    # shellcheck disable=SC2086
    run 0 demo $small --out sim
    says out "whole step"
    says out "same weights to the bit"
    same sim/weights.safetensors before
    # shellcheck disable=SC2086
    run 0 demo --cores 3 $small --out sim3 --json
    says out '"same_weights":	true'
    is_json out
    same sim3/weights.safetensors before
    run 0 eval sim/weights.safetensors --test 30
    says out "accuracy $accuracy"
    refuses 1 "nothing" demo --firmware nothing
    # The firmware trains, and the sanitizer finds nothing in it.
    run 0 demo --images 12 --test 4 --sanitize --out clean
    if [ -s err ]; then
        fail "the sanitizer has said something about the demo"
    fi
    # Two more steps, seen from inside.
    run 0 demo --images 12 --test 4 --out look --look 2 --profile --annotate tl_sgd_f32 --timeline look.json
    says out "2 training steps, from inside"
    says out "Profile: "
    says out "tl_sgd_f32: "
    grep -qF "built without libdw" out || says out "vector_pulp.S:"
    says look.json '"name":"conv1 forward"'
    is_json look.json
    run 1 demo --images 12 --test 4 --out look --annotate nobody
    says err "the program has no function 'nobody'"
    refuses 1 "cut.elf" eval before --firmware cut.elf
    run 0 bench --baseline record --accept
    if awk 'length($0) > 100 || ($7 == "%" && $6 > 100) { bad = 1 } END { exit !bad }' out; then
        fail "the table is wider than 100 columns, or a case is faster than its bound"
    fi
    says out "8 cores over 1"
    # One case alone takes the cycles that it takes among the others, and the others are not missed.
    run 0 bench --baseline record --filter max_pool2x2-32x32x16.grad_x
    says out "All 4 cases take the cycles on record"
    refuses 1 "no case's name holds 'nowhere'" bench --filter nowhere
    run 0 bench --json --machine pulp-open --filter conv1x1
    is_json out
    cases=$(grep -c '"case":' out)
    for key in pass dtype machine cores kernel tile cycles macs mac_per_clk bound percent_of_bound; do
        [ "$(grep -c "\"$key\":" out)" -ge "$cases" ] || fail "not every record has a $key"
    done
    says out '"pulp-open"'
    says out '"kernel":	"tl_mm_f32_'
    sed -i 's/^\(fashion\/8-cores\/step\) .*/\1 7/' record
    run 1 bench --baseline record --filter fashion
    says err "fashion/8-cores/step: "
    says err "1 case differs from record"
    refuses 1 "gone: No such file" bench --baseline gone
fi

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
