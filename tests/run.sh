#!/bin/bash
# run.sh - run test programs and count.
#
#     tests/run.sh --begin               forget the counts
#     tests/run.sh PROGRAM...            run each; stop when one fails, show all that it printed
#     tests/run.sh --closing             print the closing lines of all since --begin again
#     tests/run.sh --total               print their sum: "N passed, N failed"
#
# A cmocka program counts as many tests as its closing lines say, any other program as one. Each program is a process
# group of its own with a time limit; what it leaves running is ended. JOBS programs run at a time (1), for at most
# TEST_TIMEOUT seconds each (300). LABEL says what configuration is tested.
set -u

counts=build/test-counts
closing=build/test-closing
log=
group=

closing_lines() {
    grep -E '^\[  (PASSED|SKIPPED|FAILED) +\] [0-9]+ test' "$log"
}

finish() {
    [ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null
    rm -f "$log"
}

# Exit code 255 makes xargs stop.
run_one() {
    local program=$1 started passed failed code seconds
    log=$(mktemp)
    trap finish EXIT
    trap 'exit 255' INT TERM
    started=$(date +%s%N)
    # timeout makes the process group, whose number is its own.
    timeout -k 10 "${TEST_TIMEOUT:-300}" "$program" >"$log" 2>&1 </dev/null &
    group=$!
    wait "$group"
    code=$?
    kill -KILL -- "-$group" 2>/dev/null
    group=
    passed=$(closing_lines | sed -n 's/.*PASSED *\] \([0-9]*\).*/\1/p')
    failed=$(closing_lines | sed -n 's/.*FAILED *\] \([0-9]*\).*/\1/p')
    [ -n "$passed" ] || passed=$((code == 0))
    [ $code -eq 0 ] || [ "${failed:-0}" -gt 0 ] || failed=1
    echo "$passed ${failed:-0} $program ${LABEL-}" >>$counts
    closing_lines >>$closing
    seconds=$(awk -v a="$started" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')
    if [ $code -ne 0 ]; then
        cat "$log"
        [ $code -ne 124 ] || echo "$program took longer than ${TEST_TIMEOUT:-300} s"
        echo "FAILED with exit code $code after $seconds s: $program ${LABEL-}"
        exit 255
    fi
    printf '%s %s%s s\n%s\n' "$program" "${LABEL:+($LABEL) }" "$seconds" "$(closing_lines)" | sed '/^$/d'
}

mkdir -p build
case ${1-} in
--begin)
    : >$counts
    : >$closing ;;
--closing)
    cat $closing ;;
--total)
    awk '{ passed += $1; failed += $2 } END {
        printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || !passed }' $counts ;;
--one)
    run_one "$2" ;;
*)
    printf '%s\0' "$@" | xargs -0 -r -n 1 -P "${JOBS:-1}" "$0" --one ;;
esac
