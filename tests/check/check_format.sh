#!/bin/bash
# check_format.sh - every C file is laid out as .clang-format says; `make format` lays them out.
#
#     tests/check/check_format.sh          fails with the names of files that are not
#     tests/check/check_format.sh --list   print the names of the C files
set -eu

files() {
    find lib server tests clients -name '*.[ch]'
}

if [ "${1-}" = --list ]; then
    files
    exit 0
fi
version=$(clang-format --version 2>/dev/null | sed -nE 's/.*version ([0-9]+).*/\1/p')
if [ "${version:-0}" -lt 14 ]; then
    echo "skipped: the layout of C files (sudo apt-get install clang-format)"
    exit 0
fi
# shellcheck disable=SC2046 # no name has a blank
clang-format --dry-run --Werror $(files) 2>&1 | sed -nE 's/^([^ :]+):[0-9]+:[0-9]+: .*/\1/p' | sort -u | {
    if grep .; then
        echo "are not laid out as .clang-format says: run \`make format\`"
        exit 1
    fi
}
