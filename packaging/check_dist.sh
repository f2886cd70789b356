#!/bin/bash
# check_dist.sh - `make dist` gives the same bytes twice; what is in the tarball builds without git, makes the same tarball of Debian
# sources and passes known answers, tests and checks.
set -eu
cd "$(dirname "$0")/.."
fail() { echo "$*"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
one=$(packaging/dist.sh "$scratch/one")
(umask 077 && TZ=Asia/Tokyo packaging/dist.sh "$scratch/two" >/dev/null)
cmp "$one" "$scratch/two/${one##*/}" || fail 'made again, the tarball has other bytes'

# No git in the path, and no repository above.
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "git was called: $*" >>"%s/called"; exit 127\n' "$scratch" >"$scratch/bin/git"
chmod +x "$scratch/bin/git"
tar -xf "$one" -C "$scratch"
cd "$scratch/$(basename "$one" .tar.gz)"
export PATH=$scratch/bin:$PATH
make --no-print-directory -j"$(nproc)" CFLAGS=-Werror build build/tests/identity build/tests/wi_cat build/tests/tables build/tests/test_vectors build/tests/test_handlers >"$scratch/log" 2>&1 ||
    { tail -n 20 "$scratch/log"; fail 'the tarball does not build'; }
cmp <(grep -v '^#' tests/vectors/requests.txt) <(grep -v '^#' tests/vectors/requests.txt | build/tests/identity requests) || fail 'known answers differ'
export WEIGHTD=$PWD/build/weightd
for test in build/tests/test_vectors build/tests/test_handlers tests/check/check_{rules,install,help,api,flags}.sh; do
    "$test" >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; fail "$test fails in what the tarball has"; }
done
[ ! -e "$scratch/called" ] || { cat "$scratch/called"; fail 'git was needed'; }
echo "${one##*/}: $(stat -c %s "$one") bytes, the same twice; built and tested without git"
