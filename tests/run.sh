#!/bin/bash
# run.sh - run test programs and count.
#
#     tests/run.sh --begin               forget the counts
#     tests/run.sh PROGRAM...            run each; stop at the first that fails, show all it printed
#     tests/run.sh --closing             print the closing lines of all since --begin again
#     tests/run.sh --total               print their sum: "N passed, N failed"
#
# A cmocka program counts as many tests as its closing lines say, any other program as one. Each program is a process
# group of its own with a time limit; what it leaves running is ended. LABEL says what configuration is tested.
set -u

counts=build/test-counts
closing=build/test-closing
limit=${TEST_TIMEOUT:-300}
mkdir -p build

case ${1-} in
--begin)
    : >$counts
    : >$closing
    exit 0 ;;
--closing)
    cat $closing
    exit ;;
--total)
    awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || !passed }' $counts
    exit ;;
esac

log=$(mktemp)
group=
finish() {
    [ -n "$group" ] && kill -KILL -- "-$group" 2>/dev/null
    rm -f "$log"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

closing_lines() {
    grep -E '^\[  (PASSED|SKIPPED|FAILED) +\] [0-9]+ test' "$log"
}

for program; do
    started=$(date +%s%N)
    # timeout makes the process group, whose number is its own.
    timeout -k 10 "$limit" "$program" >"$log" 2>&1 </dev/null &
    group=$!
    wait "$group"
    code=$?
    kill -KILL -- "-$group" 2>/dev/null
    group=
    passed=$(closing_lines | sed -n 's/.*PASSED *\] \([0-9]*\).*/\1/p')
    failed=$(closing_lines | sed -n 's/.*FAILED *\] \([0-9]*\).*/\1/p')
    if [ -z "$passed" ]; then
        passed=$((code == 0))
    fi
    if [ $code -ne 0 ] && [ "${failed:-0}" -eq 0 ]; then
        failed=1
    fi
    echo "$passed ${failed:-0} $program ${LABEL-}" >>$counts
    seconds=$(awk -v a="$started" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f", (b - a) / 1e9 }')
    if [ $code -ne 0 ]; then
        cat "$log"
        closing_lines >>$closing
        [ $code -eq 124 ] && echo "$program took longer than $limit s"
        echo "FAILED with exit code $code after $seconds s: $program ${LABEL-}"
        exit 1
    fi
    echo "$program ${LABEL:+($LABEL) }${seconds} s"
    closing_lines | tee -a $closing
done
exit 0
