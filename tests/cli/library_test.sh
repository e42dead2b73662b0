#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# library_test.sh TRAINLIB [cluster]: a project holds the sources of the library that it needs, and no others: without any
# one of them something is undefined.
trainlib=$1
cluster=${2:-}
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# What stays undefined. Plans are made natively alone: their 64-bit divisions stay so for the cluster, where such code goes.
undefined() {
    with=$1
    shift
    if [ "$with" = native ]; then
        cc -shared -Wl,-z,defs -o out.so "$@" -lpthread -lm 2>&1 | sed -n 's/.*undefined reference to //p' | sort -u
    else
        ld.lld-19 --no-relax --error-limit=0 -T link.ld "$@" -o out.elf 2>&1 |
            sed -n 's/.*undefined symbol: //p' | sort -u
    fi
}

# needs native|cluster LIST OBJECT...: all that the library defines is there; without any one of the list's sources it is not.
needs() {
    for=$1 list=$2
    shift 2
    whole=$(undefined "$for" "$@")
    printf '%s\n' "$whole" >out
    ! grep -q 'tl_' out || fail "$list: something is missing"
    while read -r source; do
        # What programs of one's own call, and where the machine begins.
        case $source in */save.c | */crt0.S) continue ;; esac
        name=$(basename "${source%.*}")
        others=$(printf '%s\n' "$@" | grep -v "/$name\\.[cS.]*o\$")
        [ "$(printf '%s\n' "$others" | wc -l)" -eq $(($# - 1)) ] || fail "$source: it has no object"
        # shellcheck disable=SC2086
        [ "$(undefined "$for" $others)" != "$whole" ] || fail "$list: $source is not needed"
    done <"$list"
}

# project NAME: builds it, and looks at its library.
project() {
    make -s -j2 -C "$1" native ${cluster:+cluster} >out 2>&1 || fail "$1 cannot be built"
    files=$(find "$1/trainlib" -name '*.[cS]' | wc -l)
    named=$(sort -u "$1/trainlib/native.txt" "$1/trainlib/cluster.txt" | wc -l)
    [ "$files" -eq "$named" ] || fail "$1: $files sources, and $named in its lists"
    # shellcheck disable=SC2046
    needs native "$1/trainlib/native.txt" $(find "$1/build/native" -name '*.o' ! -name main.o)
    [ -n "$cluster" ] || return 0
    cp "$1/build/link.ld" .
    # shellcheck disable=SC2046
    needs cluster "$1/trainlib/cluster.txt" $(find "$1/build/cluster" -name '*.o')
}

run 0 model autoencoder
run 0 model ds_cnn
run 0 deploy autoencoder.onnx --loss mse
run 0 deploy ds_cnn.onnx
project autoencoder
project ds_cnn
grep -q op/depthwise.c ds_cnn/trainlib/native.txt || fail "ds_cnn without depthwise layers"
! grep -q op/depthwise.c autoencoder/trainlib/native.txt || fail "autoencoder with depthwise layers"

# A program that was built without the cluster does not know what the cluster's sources need: then all are there.
[ -n "$cluster" ] || exit "$((failed > 0))"
# What another network needed goes, what the user has put there stays.
echo mine >ds_cnn/trainlib/src/op/mine.c
run 0 deploy autoencoder.onnx --loss mse --out ds_cnn
[ ! -e ds_cnn/trainlib/src/op/depthwise.c ] || fail "left over from another network"
grep -q mine ds_cnn/trainlib/src/op/mine.c || fail "a file of the user's is gone"
rm ds_cnn/trainlib/src/op/mine.c
diff -r ds_cnn/trainlib autoencoder/trainlib >out || fail "another library in a folder that was used before"
exit "$((failed > 0))"
