#!/bin/sh
# check_reference.sh - does docs/ALGORITHM.md define the numbers? See tests/py/wi_reference.py.
command -v python3 >/dev/null || { echo "skipped: no python3 (sudo apt-get install python3)"; exit 0; }
exec python3 "$(dirname "$0")/py/check_reference.py"
