#!/bin/bash
# check_abi.sh [COMMIT] - programs linked with the libwi.so.0 of COMMIT run with this one: abidiff sees no function gone, no type of
# the installed headers changed. COMMIT is the last release's tag; without one, HEAD. What is only added is no finding.
set -eu
cd "$(dirname "$0")/.."
fail() { echo "$*"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
base=${1:-$(git describe --tags --abbrev=0 2>/dev/null || echo HEAD)}

built() { # FOLDER: its libwi.so
    make --no-print-directory -s -j"$(nproc)" -C "$1" lib >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; fail "$1: not built"; }
}
changes() { # OLD NEW: what abidiff says
    abidiff --no-added-syms --headers-dir1 "$1/lib/include" --headers-dir2 "$2/lib/include" "$1/build/libwi.so" "$2/build/libwi.so"
}
mkdir "$scratch/old"
git archive "$base" | tar -x -C "$scratch/old"
built "$scratch/old"
built .
changes "$scratch/old" . || fail "the ABI is not that of $base: another soname and LIBWI_1, or as it was"
echo "libwi.so.0: the ABI of $(git describe --tags --always "$base"), $(tools/wi_symbols.sh | wc -l) functions"

# A member more in a structure of the caller's, and a function gone, are found.
packaging/copy.sh "$scratch/planted"
sed -i 's/^struct wi_error {/&\n    int planted;/' "$scratch/planted/lib/include/status.h"
built "$scratch/planted"
changes . "$scratch/planted" >"$scratch/log" && fail 'a planted member is not found'
grep -q 'int planted' "$scratch/log" || { cat "$scratch/log"; fail 'a planted member is not named'; }
sed 's/^ *wi_get;//' build/wi.map >"$scratch/planted/build/wi.map"
make --no-print-directory -s -C "$scratch/planted" -o build/wi.map build/libwi.so -W lib/base/text.c >/dev/null
changes . "$scratch/planted" >"$scratch/log" && fail 'a planted removal is not found'
grep -q 'wi_get' "$scratch/log" || { cat "$scratch/log"; fail 'a planted removal is not named'; }
