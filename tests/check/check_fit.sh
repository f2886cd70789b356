#!/bin/bash
# check_fit.sh - /fit against a second implementation, from numbers of every scheme, layout and type: tests/check/check_fit.py.
export WEIGHTD=${WEIGHTD:-build/weightd}
exec "${PYTHON:-python3}" "$(dirname "$0")/check_fit.py"
