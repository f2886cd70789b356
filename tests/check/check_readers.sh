#!/bin/bash
# check_readers.sh - files read back by readers that are not ours: NumPy, and safetensors where it is installed.
set -eu
build=$(dirname "${WEIGHTD:-build/weightd}")
python=${PYTHON:-/usr/bin/python3}
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: $python has no numpy (Debian: python3-numpy)"
    exit 0
fi
exec "$python" tests/check/check_readers.py "$build/tests/wi_cat"
