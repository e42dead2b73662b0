#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that the checks of this folder can fail: breaks a small sound tree in one way at a time.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
spdx='/* SPDX-License-Identifier: Apache-2.0 */'
failures=0
tests=0

sound_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/include/tl" "$work/tree/platform" "$work/tree/src/kernel" "$work/tree/src/op" "$work/tree/tools/sim"
    cd "$work/tree"
    printf '%s\n#include <stdint.h>\n' "$spdx" >include/tl/types.h
    printf '%s\n' "$spdx" >platform/memmap.h
    printf '%s\n#include "include/tl/types.h"\n' "$spdx" >src/kernel/mm.h
    printf '%s\n#include "src/kernel/mm.h"\n/* malloc(1) */\nconst char *s = "printf(";\n' "$spdx" >src/kernel/mm.c
    printf '%s\n#include "tl/types.h"\n' "$spdx" >src/op/conv.c
    printf '%s\n#include "platform/memmap.h"\n' "$spdx" >tools/sim/sim.c
    printf 'void tl_conv_forward_f32(void);\n' >>include/tl/types.h
    printf '%s\n' '[op](src/op/conv.c) [web](https://example.org)' '<!-- coverage: begin -->' \
        '| op | forward | grad_w | grad_x | update | fused |' '|---|---|---|---|---|---|' '| conv | f32 | - | - | - | - |' \
        '<!-- coverage: end -->' >README.md
}

# expect SCRIPT RESULT TEXT: the script ends so (0 or 1) and says the text.
expect() {
    tests=$((tests + 1))
    result=0
    said=$(sh "$here/$1" "$work/tree" 2>&1) || result=$?
    case $result:$said in
    "$2":*"$3"*) ;;
    *)
        failures=$((failures + 1))
        printf 'expected %s and "%s" from %s, got %s and:\n%s\n' "$2" "$3" "$1" "$result" "$said"
        ;;
    esac
}

# broken SCRIPT TEXT FILE LINE: the sound tree with the line added to the file is refused with that text.
broken() {
    sound_tree
    printf '%s\n' "$4" >>"$3"
    expect "$1" 1 "$2"
}

sound_tree
expect include_rule.sh 0 "4 includes, all allowed"
expect tree_rules.sh 0 "nothing to say"
expect coverage.sh 0 "up to date"

broken include_rule.sh "room sim may not include room tl" tools/sim/sim.c '#include "include/tl/types.h"'
broken include_rule.sh "room sim may not include room tl" tools/sim/sim.c '#include <tl/types.h>'
broken include_rule.sh "room kernel may not include room op" src/kernel/mm.c '#define BODY "src/op/conv.c"'
broken include_rule.sh "room tl may not include room platform" include/tl/types.h '  #  include "platform/memmap.h"'
broken include_rule.sh "there is no platform/other.h" tools/sim/sim.c '#include "platform/other.h"'
broken include_rule.sh "in no room" src/op/conv.c '#include "../kernel/mm.h"'
broken include_rule.sh "stands in no room" lonely.c "$spdx"

broken tree_rules.sh "the name stands twice" tools/sim/conv.c "$spdx"
broken tree_rules.sh "not the SPDX line" src/op/bare.c 'int x;'
broken tree_rules.sh "more than 500" src/op/conv.c "$(seq 500)"
broken tree_rules.sh "a path of one machine" README.md "see ..""/shared/notes"
broken tree_rules.sh "a path of one machine" README.md "see /wor""k/here"
broken tree_rules.sh "an unfinished mark" src/op/conv.c "// TO""DO: the rest"
broken tree_rules.sh "the library calls no such function" src/op/conv.c 'int f(void) { return printf("x"); }'
broken tree_rules.sh "the library calls no such function" src/kernel/mm.h '/* a */ void *p = malloc (3);'
broken tree_rules.sh "leads nowhere" README.md 'more in [the docs](docs/none.md)'

broken coverage.sh "out of date" include/tl/types.h 'void tl_conv_grad_w_f32(void);'
broken coverage.sh "out of date" include/tl/types.h 'void tl_conv_forward_relu_f32(void);'
sound_tree
echo 'no table' >README.md
expect coverage.sh 1 "markers"

# The rules themselves: a room that names one behind it.
tests=$((tests + 1))
sound_tree
printf 'tl include/tl op\nop src/op tl\n' >"$work/rules.txt"
if said=$(sh "$here/include_rule.sh" "$work/tree" "$work/rules.txt") || [ "${said##*does not stand before it*}" ]; then
    failures=$((failures + 1))
    printf 'a rule that looks forward was accepted:\n%s\n' "$said"
fi

echo "$tests checks of the checks, $failures failed"
[ "$failures" -eq 0 ]
