#!/bin/sh
# check_reference.sh - does docs/ALGORITHM.md define the numbers? See tests/check/wi_reference.py.
command -v python3 >/dev/null || { echo "skipped: no python3 (sudo apt-get install python3)"; exit 0; }
exec python3 "$(dirname "$0")/check_reference.py"
