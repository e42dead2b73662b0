# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What tests of commands have in common, to be read in behind `trainlib=$1`: they go on in an empty folder, count in $failed
# what was wrong, and look at what the last command said in the files out and err.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() {
    failed=$((failed + 1))
    printf 'not ok: %s\n' "$1"
    sed 's/^/    /' out err 2>/dev/null | head -n 40
}

# run STATUS ARGUMENT...: trainlib, which has to end like that.
run() {
    wanted=$1
    shift
    # shellcheck disable=SC2154
    "$trainlib" "$@" >out 2>err
    status=$?
    [ "$status" -eq "$wanted" ] || fail "trainlib $*: exit status $status, not $wanted"
}

# says FILE TEXT
says() {
    grep -qF -e "$2" "$1" || fail "$1 does not say '$2'"
}

# same FILE FILE: to the bit.
same() {
    cmp -s "$1" "$2" || fail "$1 and $2 are not the same"
}
