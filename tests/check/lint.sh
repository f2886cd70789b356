#!/bin/bash
# lint.sh - clang-tidy over the C files (.clang-tidy says what it looks for), shellcheck over the scripts.
#
#     tests/check/lint.sh [FILE...]        fails when one of them finds something; no FILE: all
set -u

failed=0
if [ $# -eq 0 ]; then
    mapfile -t files < <(find lib server tests -name '*.c'; find . -name '*.sh' -not -path './build/*'; echo .ci/run)
    set -- "${files[@]}"
fi

of_kind() { # EXTENDED_REGEX FILE...
    local kind=$1
    shift
    printf '%s\n' "$@" | grep -E "$kind"
}

if command -v clang-tidy >/dev/null; then
    of_kind '\.c$' "$@" | xargs -r -P "$(nproc 2>/dev/null || echo 1)" -n 4 sh -c '
        exec clang-tidy --quiet "$@" -- -std=c17 -D_GNU_SOURCE -Ilib/include -Ilib -Iserver -Itests -DWI_ISA=_base \
            "-DWEIGHTD_VERSION=\"0\"" 2>/dev/null' sh || failed=1
else
    echo "skipped: clang-tidy over the C files (sudo apt-get install clang-tidy)"
fi
if command -v shellcheck >/dev/null; then
    of_kind '\.sh$|^\.ci/run$' "$@" | xargs -r shellcheck || failed=1
else
    echo "skipped: shellcheck over the scripts (sudo apt-get install shellcheck)"
fi
[ $failed -eq 0 ] || echo "lint.sh found something"
exit $failed
