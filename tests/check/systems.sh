#!/bin/bash
# systems.sh [SUITE...] - README's two commands on fresh Debian systems: bookworm and trixie, or those named. As root.
#
# debootstrap makes each system once, below the user's cache; every run works in a copy, in a folder whose name has a blank and
# letters beyond ASCII. First an ordinary user without sudo is told what to install, then root runs `make run` and TARGET (make
# test). A warning of the compiler is a failure. What make printed stays in build/systems/SUITE.log.
set -eu
cd "$(dirname "$0")/../.."
target=${TARGET:-test}
mkdir -p build/systems
fail() { echo "$*"; exit 1; }
# shellcheck disable=SC1091 # beside this file
. tests/check/fresh.sh
trap fresh_close EXIT

inside() { # COMMAND, in the folder of the project
    fresh_run "cd '/home/wörk dir/weightd' && $1"
}

try() { # SUITE
    local log=build/systems/$1.log url
    fresh_open "$1"
    mkdir -p "$fresh_root/home/wörk dir"
    packaging/copy.sh "$fresh_root/home/wörk dir/weightd"
    chmod -R a+rwX "$fresh_root/home/wörk dir"

    inside 'su somebody -c "make build; make deps"' >"$log" 2>&1 && fail "$1: a build without libraries says nothing"
    { grep -q 'make deps' "$log" && grep -q 'sudo apt-get .*libmicrohttpd-dev' "$log"; } || fail "$1: a user without sudo is not told what to install ($log)"

    inside "timeout -s INT 600 make run ARGS='--port 0'" >>"$log" 2>&1 &
    until url=$(sed -n 's/.*listening on //p' "$log") && [ -n "$url" ]; do
        kill -0 $! 2>/dev/null || fail "$1: make run does not serve ($log)"
        sleep 0.2
    done
    curl -sf "$url/he_normal/3x4.json?seed=7" | grep -q '"shape":\[3,4\]' || fail "$1: no tensor ($log)"
    fresh_kill INT
    wait $! || :

    inside "TEST_TIMEOUT=1800 make $target" >>"$log" 2>&1 || { tail -n 20 "$log"; fail "$1: make $target failed ($log)"; }
    if grep -n 'warning:' "$log"; then fail "$1: warnings"; fi
    # shellcheck disable=SC2016 # dpkg's own name
    echo "$1: $(chroot "$fresh_root" gcc -dumpfullversion) gcc, libmicrohttpd $(chroot "$fresh_root" dpkg-query -W -f='${Version}' libmicrohttpd-dev): $(grep -E 'passed, .* failed' "$log" | tail -n 1)"
    fresh_close
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
    try "$suite"
done
