#!/bin/bash
# check_size.sh - what the study, the pictures and the page put into the program: at most 120 KB of code, data and files.
set -u
limit=${LIMIT:-122880}
objects=$(dirname "${WEIGHTD:-build/weightd}")/obj

# The sum of a column of numbers.
sum() { awk '{ n += $1 } END { print n + 0 }'; }

code=$(find "$objects/lib/study" "$objects/server/plot" "$objects/server/page" -name '*.o' -exec size {} + |
    awk '$1 ~ /^[0-9]+$/ { print $1 + $2 }' | sum)
files=$(find "$objects/web" -name '*.gz' -exec wc -c {} \; | sum)
if [ "$code" -eq 0 ] || [ "$files" -eq 0 ]; then
    echo "$objects: no objects, or no files"
    exit 1
fi
if [ $((code + files)) -gt "$limit" ]; then
    echo "study, pictures and page: $code bytes of code and data, $files of files, over $limit"
    exit 1
fi

# The check sees what is too large.
if [ -z "${LIMIT:-}" ] && LIMIT=$((code + files - 1)) "$0" >/dev/null; then
    echo "one byte too much passes"
    exit 1
fi
