#!/bin/bash
# llama.sh - real llama.cpp (of the npm package node-llama-cpp) and transformers read the same presets: GGUF files of every
# architecture and type load, texts come back from their tokens, greedy generation runs, and the probabilities of the next token
# agree. WEIGHTD names the server, build/weightd if unset; PYTHON a Python that has torch and transformers.
#
# Both are fetched when they are missing, into a folder of the user's cache (about 2 GB with torch).
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/tests/check
home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges
dir=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT

command -v node >/dev/null || { echo "llama.sh: needs node (apt-get install nodejs npm)" >&2; exit 1; }
mkdir -p "$home"
[ -d "$home/node_modules/node-llama-cpp" ] || npm install --prefix "$home" --no-fund --no-audit node-llama-cpp@3
python=${PYTHON:-python3}
if ! "$python" -c 'import torch, transformers' 2>/dev/null; then
    python=$home/venv/bin/python
    [ -x "$python" ] || python3 -m venv "$home/venv"
    "$python" -c 'import torch, transformers' 2>/dev/null || "$python" -m pip install -q torch transformers
fi

"${WEIGHTD:-build/weightd}" --port 0 --log off >"$dir/server" &
server=$!
until grep -qs listening "$dir/server"; do
    kill -0 "$server"
    sleep 0.01
done
url=$(sed 's/.* //' "$dir/server")

HF_HUB_DISABLE_PROGRESS_BARS=1 "$python" "$here/llama.py" fetch "$url" "$dir"
cp "$here/llama.mjs" "$dir/judge.mjs"
ln -s "$home/node_modules" "$dir/node_modules"
(cd "$dir" && node judge.mjs -- *.gguf >got.jsonl)
"$python" "$here/llama.py" compare "$dir"
