#!/bin/bash
# check.sh FOLDER WEIGHTD - the package of `make wasm` in FOLDER: test.mjs under node, alone and installed by npm; its declarations
# compiled, where there is tsc; no file in it that is not listed.
set -eu
cd "$(dirname "$0")/../.."
folder=$1
weightd=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v node >/dev/null || { echo 'skipped: libwi as WebAssembly (sudo apt-get install nodejs)'; exit 0; }
node clients/wasm/test.mjs "$folder/wi.js" "$weightd"

# The check can fail: a module whose numbers are others.
sed 's/Number(needed.body)).slice();/Number(needed.body)).slice().map((byte, i) => (i ? byte : byte ^ 1));/' \
    "$folder/wi.js" >"$work/wi.js"
! cmp -s "$folder/wi.js" "$work/wi.js" || { echo 'nothing was made wrong'; exit 1; }
cp "$folder/wi.wasm" "$work"
echo '{"type": "module"}' >"$work/package.json"
if node clients/wasm/test.mjs "$work/wi.js" "$weightd" 2>"$work/log"; then echo 'wrong bytes pass'; exit 1; fi
grep -q AssertionError "$work/log" || { cat "$work/log"; exit 1; }

if command -v npm >/dev/null; then
    package=$(cd "$folder" && npm pack --silent --pack-destination "$work")
    tar -tzf "$work/$package" | sort >"$work/files"
    printf 'package/%s\n' LICENSE README.md package.json wi.d.ts wi.js wi.wasm | diff - "$work/files"
    mkdir "$work/user"
    (cd "$work/user" && npm init -y >/dev/null && npm install --silent --offline "$work/$package" >/dev/null)
    echo 'import { tensor } from "weightd"; console.log([...tensor("scheme=ones&shape=2&seed=7")].join());' >"$work/user/try.mjs"
    [ "$(node "$work/user/try.mjs")" = 1,1 ] || { echo 'the installed package does not work'; exit 1; }
else
    echo 'skipped: the npm package (sudo apt-get install npm)'
fi
bytes=$(stat -c %s "$folder/wi.wasm")
[ "$bytes" -lt 300000 ] || { echo "wi.wasm has $bytes bytes"; exit 1; }
echo "wi.wasm: $bytes bytes, $(gzip -9c "$folder/wi.wasm" | wc -c) compressed"
