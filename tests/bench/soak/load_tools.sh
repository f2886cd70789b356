#!/bin/bash
# load_tools.sh - Debian's load tools against the server: wrk must see no error, and while slowhttptest holds 500 connections
# with slow headers, slow bodies, slow reads or a list of overlapping ranges, the server must go on answering others.
# Environment: WEIGHTD (build/weightd), SECONDS_EACH (12).
set -eu
weightd=${WEIGHTD:-build/weightd}
seconds=${SECONDS_EACH:-12}
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait; rm -rf "$folder"' EXIT

"$weightd" --port 0 --log off --timeout 5s >"$folder/out" &
server=$!
for _ in $(seq 100); do
    grep -q listening "$folder/out" && break
    sleep 0.05
done
base=$(sed 's/.* //' "$folder/out")
failed=0

say() { # verdict, what
    [ "$1" = ok ] || failed=1
    printf '%-6s %s\n' "$1" "$2"
}

for target in '/init?scheme=normal&shape=32,32' '/init?scheme=normal&shape=2048,1024' '/normal/8x8.json?seed=1' /nothing; do
    wrk -t1 -c50 -d3s "$base$target" >"$folder/wrk"
    expected=0
    [ "$target" != /nothing ] || expected=$(sed -nE 's/ *([0-9]+) requests in.*/\1/p' "$folder/wrk")
    others=$(sed -nE 's/.*Non-2xx or 3xx responses: ([0-9]+)/\1/p' "$folder/wrk")
    verdict=ok
    ! grep -q 'Socket errors' "$folder/wrk" && [ "${others:-0}" = "$expected" ] || verdict=FAILED
    say $verdict "wrk $target: $(sed -nE 's/^Requests.sec: +//p' "$folder/wrk")/s"
done

while read -r name options; do
    # shellcheck disable=SC2086 # the options are words
    slowhttptest $options -c 500 -r 250 -p 2 -l "$seconds" -t GET -u "$base/init?scheme=normal&shape=2048,1024" >"$folder/slow" 2>&1 &
    attack=$!
    verdict=ok slowest=0
    while kill -0 $attack 2>/dev/null; do
        took=$(curl -s -o /dev/null --max-time 5 -w '%{http_code} %{time_total}' "$base/init?scheme=normal&shape=8" || true)
        case $took in "200 "*) ;; *) verdict=FAILED ;; esac
        slowest=$(printf '%s\n%s\n' "$slowest" "${took#* }" | sort -g | tail -n 1)
        sleep 0.2
    done
    wait $attack || true
    grep -q 'service available:.*YES' "$folder/slow" || verdict=FAILED
    say $verdict "slowhttptest $name: another client's slowest answer took $slowest s"
done <<TXT
headers -H -i 2
bodies -B -i 2 -s 8192
reads -X -w 10 -y 20 -n 1 -z 32 -k 3
ranges -R -a 10 -b 3000
TXT
exit $failed
