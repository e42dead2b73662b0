#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mutate.sh [--check | TEXT]: do the tests see what they are there for? Plants the faults of faults.sh, one at a time, in a copy
# of the sources, builds what is needed, and demands that the test named for the fault turns red. --check only sees to it
# that every fault can still be planted: that its edit changes one line, no more and no less. TEXT: only faults whose names
# hold it.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/tree
build=$work/build
only=${1:-} check=
bad=0 planted=0
if [ "$only" = --check ]; then
    only='' check=yes
fi

# mutant FILE EDIT: writes the changed file to $work/mutant. Fails unless one line is different.
mutant() {
    sed "$2" "$root/$1" >"$work/mutant" || return 1
    lines=$(diff "$root/$1" "$work/mutant" | grep -c '^>') || true
    [ "$lines" -eq 1 ]
}

check_fault() {
    if [ ! -f "$root/$2" ] || ! mutant "$2" "$3"; then
        printf 'cannot be planted in %s any more: %s\n' "$2" "$1"
        bad=$((bad + 1))
    fi
}

# run TEST ARGUMENT...: the test's own output to $work/log; a test that takes too long has not passed.
run() {
    test=$1
    shift
    for argument; do
        shift
        [ "$argument" = PROBE ] && argument=$build/guest/probe.elf
        set -- "$@" "$argument"
    done
    timeout 60 "$build/bin/$test" "$@" >"$work/log" 2>&1
}

make() {
    ninja -C "$build" "$@" >"$work/build.log" 2>&1 || {
        cat "$work/build.log"
        return 1
    }
}

# The targets that a test with these arguments needs.
targets() {
    printf '%s' "$1"
    case " $* " in
    *" PROBE "*) printf ' probe_elf' ;;
    esac
}

note_test() {
    shift 3
    targets "$@" >>"$work/targets"
    echo >>"$work/targets"
    printf '%s\n' "$*" >>"$work/tests"
}

plant_fault() {
    name=$1 file=$2 edit=$3
    shift 3
    mutant "$file" "$edit"
    cp "$work/mutant" "$copy/$file"
    planted=$((planted + 1))
    # shellcheck disable=SC2046
    if ! make $(targets "$@"); then
        printf 'DOES NOT BUILD  %s\n' "$name"
        bad=$((bad + 1))
    elif run "$@"; then
        printf 'STILL GREEN     %s (%s): %s\n' "$name" "$file" "$*"
        bad=$((bad + 1))
    else
        printf 'red             %s (%s): %s\n' "$name" "$file" "$*"
    fi
    cp "$root/$file" "$copy/$file"
}

# faults COMMAND: calls it for every fault that is wanted.
faults() {
    command=$1
    fault() {
        case $1 in
        *"$only"*) "$command" "$@" ;;
        esac
    }
    # shellcheck source=tests/mutation/faults.sh
    . "$here/faults.sh"
}

faults check_fault
[ "$bad" -eq 0 ] || {
    printf '%d faults of tests/mutation/faults.sh no longer apply: bring them up to the sources.\n' "$bad"
    exit 1
}
[ -z "$check" ] || exit 0

mkdir "$copy"
for part in CMakeLists.txt bench cmake examples guest include platform src tests tools; do
    cp -R "$root/$part" "$copy/"
done
cmake -G Ninja -S "$copy" -B "$build" -DBUILD_TESTING=ON >"$work/build.log" 2>&1 || {
    cat "$work/build.log"
    exit 1
}
faults note_test
# shellcheck disable=SC2046
make $(tr ' ' '\n' <"$work/targets" | sort -u)
# Red tells something only where the unchanged sources are green.
sort -u "$work/tests" | while read -r line; do
    # shellcheck disable=SC2086
    run $line </dev/null || {
        printf 'RED WITHOUT A FAULT: %s\n' "$line"
        cat "$work/log"
        exit 1
    }
done
faults plant_fault
printf '%d faults planted, %d not found.\n' "$planted" "$bad"
[ "$bad" -eq 0 ] && [ "$planted" -gt 0 ]
