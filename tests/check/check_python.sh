#!/bin/bash
# check_python.sh - clients/python: its wheel, as it is unpacked, against the program and a server; the wheel is the same bytes
# when it is built again; installed by pip; the fixture for pytest; mypy, twine and auditwheel have nothing to say. PYTHON= is the
# Python whose NumPy, torch, jax, pytest and judges are used.
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
# The processor is that of the library, not of this machine.
if command -v aarch64-linux-gnu-gcc >/dev/null; then
    echo 'void wi_nothing(void) {}' | aarch64-linux-gnu-gcc -shared -nostdlib -x c - -o "$folder/other.so"
    [[ $("$python" clients/python/wheel.py "$folder/other.so" "$folder/c") = *manylinux2014_aarch64.whl ]] || fail 'the wheel for another processor'
fi

export PYTHONPATH=$folder/site PYTHONDONTWRITEBYTECODE=1
"$python" -W error::ResourceWarning -m unittest discover -v -s clients/python/tests >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
grep -q '^Ran [1-9]' "$folder/log" || fail 'no test ran'
# shellcheck disable=SC2013 # words
for module in $(grep -oE "skipped '?\"?no [a-z]+" "$folder/log" | sed 's/.* //' | sort -u); do
    skip "weightd.$module in Python" "PYTHON= with $module"
done

# What a user does, with the Python alone: an environment, the wheel, a tensor.
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    (
        unset PYTHONPATH WEIGHTD
        "$python" -m venv "$folder/venv"
        "$folder/venv/bin/python" -m pip install -q --no-index --disable-pip-version-check "$wheel"
        cd "$folder" && PATH=/nowhere "$folder/venv/bin/python" -c 'import weightd; print(weightd.read("scheme=ones&shape=2").hex())'
    ) >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
    [ "$(cat "$folder/log")" = 0000803f0000803f ] || { cat "$folder/log"; fail 'the installed wheel gives other bytes'; }
else
    skip 'the wheel, installed by pip' 'sudo apt-get install python3-venv'
fi

# The fixture, found by the entry point of the wheel, which lies beside the package. It takes a server that is named, the program,
# and a container; with none of them, the test is skipped, not passed.
fixture() { # RESULT [VARIABLE=VALUE...]
    local result=$1
    shift
    env -u WEIGHTD PATH=/usr/bin:/bin PYTHONPATH="$folder/installed" "$@" "$pytest" -m pytest -q -p no:cacheprovider "$folder/test_fixture.py" \
        >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
    grep -q "^1 $result" "$folder/log" || { cat "$folder/log"; fail "the fixture with $*: no test $result"; }
}
if "$python" -c 'import pytest' 2>/dev/null; then
    pytest=$("$python" -c 'import sys; print(sys.executable)')
    printf '%s\n' 'def test_it(weightd_server):' '    assert bytes(weightd_server.read("/init?scheme=ones&shape=1")).hex() == "0000803f"' >"$folder/test_fixture.py"
    cp -r "$folder/site" "$folder/installed"
    mkdir "$folder/docker"
    fixture passed "WEIGHTD=$WEIGHTD"
    fixture passed "DOCKER=$PWD/tests/check/recipes/docker" "FAKE_DOCKER=$folder/docker" "FAKE_WEIGHTD=$WEIGHTD"
    fixture skipped DOCKER=/nowhere/docker
    lines=$(WEIGHTD_PORT=0 clients/ci/start.sh)
    fixture passed DOCKER=/nowhere/docker "$(head -n 1 <<<"$lines")"
    eval "$(sed -n 's/^WEIGHTD_STOP=//p' <<<"$lines")"
else
    skip "pytest's fixture weightd_server" 'PYTHON= with pytest'
fi

# Types, metadata, and whether the library asks for more than its platform promises, where PYTHON= has who judges that.
judged() { # MODULE COMMAND...
    "$python" -c "import $1" 2>/dev/null || { case ", ${unjudged:-}" in *", $1") ;; *) unjudged="${unjudged:-}${unjudged:+, }$1" ;; esac; return 0; }
    "${@:2}" >"$folder/log" 2>&1 || { cat "$folder/log"; fail "$1 has something to say"; }
}
cat >"$folder/typed.py" <<'EOT'
import weightd
rows: int = weightd.get("he_normal", (3, 4), seed=7, dtype="f16").shape[0]
names: list[str] = list(weightd.model("tiny-llama", to="numpy"))
print(rows, names, weightd.WeightdError("").nearest.upper(), weightd.torch("zeros", 3), weightd.read("").hex())
EOT
if "$python" -c 'import pytest' 2>/dev/null; then
    judged mypy env -u PYTHONPATH "$python" -m mypy --strict --ignore-missing-imports clients/python/weightd
    judged mypy env MYPYPATH="$folder/site" "$python" -m mypy --strict --ignore-missing-imports "$folder/typed.py"
fi
judged twine "$python" -m twine check --strict "$wheel"
judged auditwheel "$python" -m auditwheel show "$wheel"
if "$python" -c 'import auditwheel' 2>/dev/null; then
    grep -q "manylinux_2_17_$(uname -m)" "$folder/log" || { cat "$folder/log"; fail 'the wheel is not one of manylinux2014'; }
fi
[ -z "${unjudged:-}" ] || skip "the package judged by $unjudged" 'PYTHON= with them'
