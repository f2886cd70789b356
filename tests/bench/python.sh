#!/bin/sh
# python.sh - print the Python of a benchmark: python3 of the path, but Debian's where that one alone has NumPy.
debian=${1:-/usr/bin/python3}
path=$(command -v python3 || echo "$debian")
if [ -x "$debian" ] && ! "$path" -c 'import numpy' 2>/dev/null && "$debian" -c 'import numpy' 2>/dev/null; then
    echo "$debian"
else
    echo "$path"
fi
