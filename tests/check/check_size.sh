#!/bin/bash
# check_size.sh - what the study, the pictures and the page put into the program: at most 120 KB of code, data and files, as the
# linker's map says.
set -u
limit=${LIMIT:-122880}
weightd=${WEIGHTD:-build/weightd}
objects=$(dirname "$weightd")/obj
study=$(basename -s .c lib/study/*.c | paste -sd '|')

# The sizes, in hexadecimal, of the sections that come from our objects and are loaded. A long name of a section has a line of
# its own.
sizes() {
    awk -v ours="server/(plot|page)/[^/]*[.]o\$|libwi[.]a[(]($study)[.]" '
        /^Linker script and memory map/ { map = 1 }
        $1 ~ /^[.]/ { name = $1 }
        map && NF > 2 && $NF ~ ours && $(NF - 1) ~ /^0x/ && name !~ /^[.](debug|comment|note)/ { print $(NF - 1) }
    ' "$weightd.map"
}

code=0
while read -r size; do code=$((code + size)); done < <(sizes)
files=$(find "$objects/web" -name '*.gz' -exec cat {} + | wc -c)
if [ "$code" -lt 10000 ] || [ "$files" -eq 0 ]; then
    echo "$weightd.map: no objects, or $objects/web: no files"
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
