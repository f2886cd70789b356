#!/bin/bash
# check_plots.sh - pictures: their numbers against a second implementation, their digests, their text (check_plots.py).
set -eu
export WEIGHTD=${WEIGHTD:-build/weightd}
exec "${PYTHON:-python3}" "$(dirname "$0")/check_plots.py" "$@"
