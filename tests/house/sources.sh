# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For the other scripts here: the tree's files, without git and without what builds and the demo leave behind.

# sources ROOT: every file of the tree, one path a line, relative to ROOT.
sources() (
    cd "$1" && find . \( -name .git -o -path './build*' -o -path ./demo-out \) -prune -o -type f -print | sed 's|^\./||' | LC_ALL=C sort
)

# code ROOT: those that are C, assembly, lists, linker scripts, shell or CMake.
code() {
    sources "$1" | grep -E '\.(c|h|S|def|inc|ld|sh|awk|cmake)$|(^|/)(CMakeLists\.txt|Containerfile|run)$'
}
