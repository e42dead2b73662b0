#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh ROOT [--write]: the README's table of what there is (op, pass, format), made from the prototypes in
# include/tl. Without --write: says whether the README holds that very table.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '
{
    while (match($0, /tl_[a-z0-9_]+_(forward|grad_w|grad_x|grad|loss|step|update)(_[a-z0-9]+)*_(f32|f16|bf16)\(/)) {
        name = substr($0, RSTART + 3, RLENGTH - 4)
        $0 = substr($0, RSTART + RLENGTH)
        format = name
        sub(/.*_/, "", format)
        sub(/_[^_]*$/, "", name)
        match(name, /_(forward|grad_w|grad_x|grad|loss|step|update)/)
        op = substr(name, 1, RSTART - 1)
        pass = substr(name, RSTART + 1)
        fused = pass
        sub(/^(forward|grad_w|grad_x|grad|loss|step|update)_?/, "", fused)
        if (fused != "") {
            pass = substr(pass, 1, length(pass) - length(fused) - 1)
            gsub(/_/, "+", fused)
            if (pass ~ /^grad/)
                fused = pass " " fused
            with[op] = with[op] ((op, fused) in named ? "" : (with[op] == "" ? "" : ", ") fused)
            named[op, fused] = 1
            continue
        }
        sub(/^update$/, "step", pass)
        if (!(op in seen)) {
            seen[op] = 1
            ops[++count] = op
        }
        has[op, pass] = has[op, pass] (has[op, pass] == "" ? "" : ", ") format
    }
}
function cell(op, pass) { return (op, pass) in has ? has[op, pass] : "-" }
END {
    print "| op | forward | grad_w | grad_x | update | fused |"
    print "|---|---|---|---|---|---|"
    for (i = 1; i <= count; i++) {
        op = ops[i]
        label = op
        gsub(/_/, " ", label)
        if ((op, "loss") in has)
            has[op, "forward"] = has[op, "grad_x"] = has[op, "loss"]
        if ((op, "grad") in has)
            has[op, "grad_w"] = has[op, "grad_x"] = has[op, "grad"]
        print "| " label " | " cell(op, "forward") " | " cell(op, "grad_w") " | " cell(op, "grad_x") " | " cell(op, "step") \
            " | " (op in with ? with[op] : "-") " |"
    }
}' include/tl/*.h >"$work/table"

awk -v table="$work/table" '
/<!-- coverage: begin/ { print; while ((getline line < table) > 0) print line; skip = 1; found = 1; next }
/<!-- coverage: end/ { skip = 0 }
!skip { print }
END { exit !found || skip }' README.md >"$work/README.md" || {
    echo "README.md: the markers of the coverage table are not there"
    exit 1
}

if [ "${2:-}" = --write ]; then
    cat "$work/README.md" >README.md
elif ! diff README.md "$work/README.md"; then
    echo 'README.md: the coverage table is out of date; "sh tests/house/coverage.sh . --write" mends it'
    exit 1
else
    echo "coverage table: $(grep -c '^|' "$work/table") rows, up to date"
fi
