#!/bin/bash
# run.sh - run test programs and count.
#
#     tests/run.sh --begin               forget the counts
#     tests/run.sh PROGRAM...            run each; stop when one fails, show all that it printed
#     tests/run.sh --skip WHAT           count something that was not run
#     tests/run.sh --closing             print the closing lines of all programs since --begin again
#     tests/run.sh --total               list the skips, then print the sum alone: "N passed, N failed, N skipped"
#
# A cmocka program counts as many tests as its closing lines say, any other program as one. A line "skipped: WHAT (HOW TO
# GET IT)" of a program is one skip; a program that prints nothing else has not passed. Each program is a process group
# with a time limit; its processes that are left at the end are killed. JOBS programs run at a time (1), for at most
# TEST_TIMEOUT seconds each (600). LABEL says which configuration is tested.
set -u

counts=build/test-counts
closing=build/test-closing
skips=build/test-skips
log=
group=

closing_lines() {
    grep -E '^\[  (PASSED|SKIPPED|FAILED) +\] [0-9]+ test' "$log"
}

finish() {
    [ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null
    rm -f "$log"
}

# passed failed skipped program label
count() {
    echo "$@" >>$counts
}

# Exit code 255 makes xargs stop.
run_one() {
    local program=$1 started passed failed skipped code seconds
    log=$(mktemp)
    trap finish EXIT
    trap 'exit 255' INT TERM
    started=$(date +%s%N)
    # timeout makes a process group, whose number is its own process id.
    timeout -k 10 "${TEST_TIMEOUT:-600}" "$program" >"$log" 2>&1 </dev/null &
    group=$!
    wait "$group"
    code=$?
    kill -KILL -- "-$group" 2>/dev/null
    group=
    passed=$(closing_lines | sed -n 's/.*PASSED *\] \([0-9]*\).*/\1/p')
    failed=$(closing_lines | sed -n 's/.*FAILED *\] \([0-9]*\).*/\1/p')
    skipped=$(grep -c '^skipped: ' "$log")
    [ "$skipped" -eq 0 ] || grep -qv '^skipped: ' "$log" || passed=0
    [ -n "$passed" ] || passed=$((code == 0))
    [ $code -eq 0 ] || [ "${failed:-0}" -gt 0 ] || failed=1
    count "$passed" "${failed:-0}" "$skipped" "$program" "${LABEL-}"
    sed -n 's/^skipped: //p' "$log" >>$skips
    closing_lines >>$closing
    seconds=$(awk -v a="$started" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')
    if [ $code -ne 0 ]; then
        cat "$log"
        [ $code -ne 124 ] || echo "$program took longer than ${TEST_TIMEOUT:-600} s"
        echo "FAILED with exit code $code after $seconds s: $program ${LABEL-}"
        exit 255
    fi
    printf '%s %s%s s\n%s\n%s\n' "$program" "${LABEL:+($LABEL) }" "$seconds" "$(closing_lines)" \
        "$(grep '^skipped: ' "$log")" | sed '/^$/d'
}

mkdir -p build
case ${1-} in
--begin)
    : >$counts
    : >$closing
    : >$skips ;;
--skip)
    count 0 0 1 "$2"
    echo "$2" >>$skips
    echo "skipped: $2" ;;
--closing)
    cat $closing ;;
--total)
    [ ! -s $skips ] || sed 's/^/skipped: /' $skips
    awk '{ passed += $1; failed += $2; skipped += $3 } END {
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || !passed }' $counts ;;
--one)
    run_one "$2" ;;
*)
    printf '%s\0' "$@" | xargs -0 -r -n 1 -P "${JOBS:-1}" "$0" --one ;;
esac
