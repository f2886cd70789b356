#!/bin/sh
# battery.sh STATS - dieharder's tests on the raw words, each on the words of another seed (the test's number).
# An ambiguous result is repeated by dieharder with more samples until it is clear (-Y 1). Left out: the tests that
# dieharder's own list calls suspect or not to be used (5, 6, 7, 14), and 17, which takes minutes. A number after the
# colon is the test's word length or dimension: without it 200 does nothing, and 201 fails every generator (dimension 0).
# The exit status is 1 if a test failed; 0 where dieharder is not installed.
stats=$1
if ! command -v dieharder >/dev/null; then
    echo "skipped: dieharder's tests of the raw words (sudo apt-get install dieharder)"
    exit 0
fi
failed=0
for test in 0 1 2 3 4 8 9 10 11 12 13 15 16 100 101 102 200:1 200:4 201:2 202:5 203 204 205 206 207 208 209; do
    number=${test%:*} ntuple=${test#"${test%:*}"}
    lines=$("$stats" words "$number" | dieharder -g 200 -d "$number" ${ntuple:+-n "${ntuple#:}"} -Y 1 2>/dev/null |
        grep -E 'PASSED|WEAK|FAILED')
    echo "$lines"
    case "$lines" in
    *FAILED* | '') failed=1 ;;
    esac
done
[ $failed = 0 ] && echo "dieharder: no test failed" || echo "dieharder: FAILED or nothing to show"
exit $failed
