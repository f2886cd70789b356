#!/bin/bash
# check_readers.sh - NumPy reads our files back, and so does safetensors where it is installed.
set -eu
build=$(dirname "${WEIGHTD:-build/weightd}")
python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: files read back by NumPy (sudo apt-get install python3-numpy)"
    exit 0
fi
exec "$python" tests/check/check_readers.py "$build/tests/wi_cat"
