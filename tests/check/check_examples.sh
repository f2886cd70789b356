#!/bin/bash
# check_examples.sh - run every program of api/examples/ whose language is on this machine against a fresh server, and hold
# what it prints equal to what awk makes of the same tensor as CSV, without a server. WEIGHTD names the server, build/weightd
# if unset; JULIA names a julia.
set -eu
cd "$(dirname "$0")/../.."

unset MAKEFLAGS # rustc would look for the jobs of make
dir=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT

"${WEIGHTD:-build/weightd}" --port 0 --log off >"$dir/server" &
server=$!
until grep -qs listening "$dir/server"; do
    kill -0 "$server"
    sleep 0.01
done
url=$(sed 's/.* //' "$dir/server")

# What each language needs, what builds it into $dir, what runs it.
run() {
    case $1 in
    fetch.py) python3 "$2" "$url" ;;
    fetch.mjs) node "$2" "$url" ;;
    fetch.go) GOCACHE=$dir/go GO111MODULE=off go run "$2" "$url" ;;
    fetch.rs) rustc --edition 2021 -o "$dir/fetch-rs" "$2" && "$dir/fetch-rs" "$url" ;;
    Fetch.java) java "$2" "$url" ;;
    fetch.jl) "${JULIA:-julia}" "$2" "$url" ;;
    fetch.R) Rscript "$2" "$url" ;;
    fetch.c) "${CC:-cc}" -Wall -Wextra -Werror -O -o "$dir/fetch-c" "$2" && "$dir/fetch-c" "${url##*:}" ;;
    *) echo "no rule for $1" >&2 && return 1 ;;
    esac
}
needs() {
    case $1 in
    *.py) echo python3 ;;
    *.mjs) echo node ;;
    *.go) echo go ;;
    *.rs) echo rustc ;;
    *.java) echo java ;;
    *.jl) echo "${JULIA:-julia}" ;;
    *.R) echo Rscript ;;
    *) echo "${CC:-cc}" ;;
    esac
}

"${WEIGHTD:-build/weightd}" get '/xavier_uniform/256x128.csv?seed=7' | awk -F, '
    NR == 1 { printf "shape 256 128\n%.6f\n%.6f\n%.6f\n%.6f\n", $1, $2, $3, $4 }
    { for (i = 1; i <= NF; i++) sum += $i; last = $NF }
    END { printf "last %.6f sum %.6f\n", last, sum }' >"$dir/want"
[ "$(wc -l <"$dir/want")" = 6 ]
for example in api/examples/*; do
    name=${example##*/}
    if ! command -v "$(needs "$name")" >/dev/null; then
        echo "skipped: api/examples/$name ($(needs "$name") is not here)"
        continue
    fi
    run "$name" "$example" >"$dir/got"
    cmp "$dir/want" "$dir/got" || { cat "$dir/got" && exit 1; }
    echo "$name: right"
done
