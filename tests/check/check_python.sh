#!/bin/bash
# check_python.sh - clients/python: its wheel, as it is unpacked, against the program and a server; the wheel is the same bytes
# when it is built again; the fixture for pytest; types judged by mypy --strict. PYTHON= is the Python whose NumPy, torch, jax
# and pytest are used.
set -eu
cd "$(dirname "$0")/../.."
export WEIGHTD
WEIGHTD=$(realpath "${WEIGHTD:-build/weightd}")
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "$*"; exit 1; }
skip() { echo "skipped: $1 ($2)"; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || { skip 'the package for Python' 'Python 3.9'; exit 0; }
# A library with a sanitizer in it cannot be loaded by this Python.
case $(dirname "$WEIGHTD") in *address* | *thread*) skip 'the package for Python' 'a build without sanitizers'; exit 0 ;; esac
strip --strip-unneeded -o "$folder/libwi.so" "$(dirname "$WEIGHTD")/libwi.so"
wheel=$("$python" clients/python/wheel.py "$folder/libwi.so" "$folder/a")
cmp -s "$wheel" "$("$python" clients/python/wheel.py "$folder/libwi.so" "$folder/b")" || fail 'two wheels of one library differ'
"$python" -m zipfile -e "$wheel" "$folder/site"
[ "$(stat -c %s "$wheel")" -lt 2000000 ] || fail "the wheel is $(stat -c %s "$wheel") bytes"

export PYTHONPATH=$folder/site PYTHONDONTWRITEBYTECODE=1
"$python" -W error::ResourceWarning -m unittest discover -v -s clients/python/tests >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
grep -q '^Ran [1-9]' "$folder/log" || fail 'no test ran'
# shellcheck disable=SC2013 # words
for module in $(grep -oE "skipped '?\"?no [a-z]+" "$folder/log" | sed 's/.* //' | sort -u); do
    skip "weightd.$module in Python" "PYTHON= with $module"
done

if "$python" -c 'import pytest' 2>/dev/null; then
    printf '%s\n' 'def test_it(weightd_server):' '    assert bytes(weightd_server.read("/init?scheme=ones&shape=1")).hex() == "0000803f"' >"$folder/test_fixture.py"
    cp -r "$folder/site" "$folder/installed" # the entry point of the wheel is found beside the package
    PYTHONPATH=$folder/installed "$python" -m pytest -q -p no:cacheprovider "$folder/test_fixture.py" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
    grep -q '1 passed' "$folder/log" || fail 'the fixture was not tried'
else
    skip "pytest's fixture weightd_server" 'PYTHON= with pytest'
fi
if "$python" -c 'import mypy, pytest' 2>/dev/null; then
    "$python" -m mypy --strict --ignore-missing-imports clients/python/weightd
fi
