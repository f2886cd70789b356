#!/bin/sh
# wi_symbols.sh [map] - print the functions that the installed headers declare, one a line; with `map` as the linker's version
# script of libwi.so.0, where all of them have the version LIBWI_0.
set -eu
cd "$(dirname "$0")/../lib/include"
export LC_ALL=C

# A declaration begins in the first column and names one function; inline ones have a body of their own everywhere.
declared() {
    cat ./*.h | grep -oE '^[a-z][a-z0-9_ *]*[ *]wi_[a-z0-9_]+\(' | grep -vE 'inline|^typedef' | grep -oE 'wi_[a-z0-9_]+\($' | tr -d '(' | sort -u
}

case ${1-} in
map)
    echo 'LIBWI_0 {'
    echo '  global:'
    declared | sed 's/.*/    &;/'
    echo '  local:'
    echo '    *;'
    echo '};'
    ;;
*) declared ;;
esac
