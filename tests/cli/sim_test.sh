#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sim_test.sh TRAINLIB PROGRAM: `trainlib sim` as a user meets it; the program is tests/sim/profile.S.
set -u
trainlib=$1
program=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0
failed=0

fail() {
    failed=$((failed + 1))
    printf 'not ok: %s\n' "$1"
    sed 's/^/    /' out err 2>/dev/null
}

check() {
    if "$@"; then
        passed=$((passed + 1))
    else
        fail "$*"
    fi
}

# run STATUS ARGUMENT...: runs `trainlib sim`; its exit status must be this.
run() {
    wanted=$1
    shift
    "$trainlib" sim "$@" >out 2>err
    status=$?
    check [ "$status" -eq "$wanted" ]
}

# refuses STATUS TEXT ARGUMENT...: ends with this status, one line on stderr that holds the text, nothing on stdout.
refuses() {
    wanted=$1
    text=$2
    shift 2
    run "$wanted" "$@"
    check grep -qF -e "$text" err
    check [ "$(wc -l <err)" -eq 1 ]
    check [ ! -s out ]
    check [ "$(find . -type f | wc -l)" -eq 2 ]
}

# is_json FILE...
is_json() {
    check "$JSON_CHECK" "$@"
}

# fits FILE: no line is longer than 100 characters.
fits() {
    check awk 'length > 100 { exit 1 }' "$1"
}

refuses 2 "no program is given"
refuses 2 "one argument too many" a b
refuses 2 "unknown option '--colour'" --colour
refuses 1 "cannot open nowhere.elf" nowhere.elf
refuses 2 "wants a number from 1 to 8" --cores 9 "$program"
refuses 2 "wants a power of two" --l1 1000 "$program"
refuses 1 "there is no machine 'pulp9'" --machine pulp9 "$program"
refuses 2 "--max-cycles wants a whole number" --max-cycles 0 "$program"
refuses 2 "--trace-core wants cores 0 to 7 or fc" --trace-core 8 "$program"
refuses 2 "--trace-core wants cores 0 to 7 or fc" --trace-core 1, "$program"
refuses 2 "--timeline-from, -to and -events are about" --timeline-from 5 "$program"
refuses 1 "no function" --trace-function nobody "$program"
refuses 1 "no function 'nobody'" --annotate nobody "$program"
refuses 1 "cannot write /nowhere/x: " --profile=/nowhere/x "$program"
refuses 1 "cannot write /nowhere/x: " --timeline /nowhere/x "$program"
refuses 1 "cannot write /nowhere/x: " --folded /nowhere/x "$program"
refuses 1 "cannot write /nowhere/x: " --trace=/nowhere/x "$program"
refuses 1 "cannot write .: it is not a regular file" --timeline . "$program"
refuses 1 "there is nothing on the timeline to draw" --timeline n.svg --timeline-from 1000000000 "$program"

run 0 --help
check grep -q "^Examples:" out
check awk 'length > 106 { exit 1 }' out
for option in stats json profile annotate timeline trace sanitize machine print-machine max-cycles; do
    check grep -q -e "--$option" out
done

run 0 "$program"
check [ ! -s err ]
run 1 --max-cycles 100 --profile "$program"
check grep -qF "stopped: the program had not ended after 100 cycles" err
check grep -q "^Profile: " err

run 0 --stats "$program"
fits err
check grep -q "^[0-9,]* cycles on pulp8$" err
check grep -q "^core  *active cycles  *busy" err
check grep -q "^fc " err
check grep -q "^DMA  *0 bytes in (L2 to L1), 0 bytes out" err

run 0 --profile-cores "$program"
fits err
check grep -q " leaf$" err
check grep -q "> leaf$" err
check grep -q "^100.00% .*(all)$" err
run 0 --annotate looped "$program"
check grep -q "lp.setupi" err
check [ "$(grep -c ' |  1c' err)" -eq 3 ]

run 0 --json --profile --annotate leaf "$program"
check grep -q '"exit_status":	0' out
check grep -q '"profile":' out
check grep -q '"annotation":' out
is_json out
check [ ! -s err ]

run 0 --profile=p --folded f --timeline t --trace=x "$program"
check [ ! -s err ]
check grep -q "^Profile: " p
check grep -q "^core 3;cluster;main;leaf [0-9]*$\|^core 3;main;leaf [0-9]*$" f
check grep -q '"traceEvents"' t
is_json t
check [ "$(grep -c '"ph":"f".*"released"' t)" -eq 7 ]
check [ "$(grep -c 'recurse+0x' x)" -eq $((8 * 34)) ]
check [ "$(find . -type f | wc -l)" -eq 6 ]
run 0 --json --profile=p "$program"
check grep -q '"functions":' p
is_json p out
run 1 --json --max-cycles 100 --stats --profile-cores --sanitize --machine pulp-open --fpu-latency 3 "$program"
is_json out
run 0 --trace-function ten --trace-core 2 "$program"
check [ "$(wc -l <err)" -eq 10 ]
# A timeline as a picture.
run 0 --timeline t.svg "$program"
check grep -q "<svg" t.svg
# Arrows from the core that came last to the barrier to the seven others.
check [ "$(grep -c 'stroke-width[=:]"\{0,1\}0\.8' t.svg)" -eq 7 ]
run 0 --timeline t.png "$program"
check [ "$(head -c 4 t.png | od -An -c | tr -d ' ')" = '211PNG' ]
rm -f t.svg t.png
run 0 --timeline t --timeline-events 20 "$program"
check grep -q "^The timeline ends at cycle" err
check grep -q '"complete":false' t
is_json t

run 0 --print-machine --machine gap9-like --l1 64K
check grep -q "^l1  *= 64K" out
mv out machine
run 0 --machine machine --print-machine
check cmp -s machine out
run 0 --machine pulp-open --fpu-latency 2 --l1 128K --json "$program"
check grep -q '"machine":	"pulp-open with l1=128K, fpu_latency=2"' out
run 0 --machine ./machine --fpus 2 --fpu-latency 2 --no-icache --stats --sanitize "$program"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
