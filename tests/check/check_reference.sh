#!/bin/sh
# check_reference.sh - docs/ALGORITHM.md defines the numbers: see tests/check/wi_reference.py.
exec "${PYTHON:-python3}" "$(dirname "$0")/check_reference.py"
