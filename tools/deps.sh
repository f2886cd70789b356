#!/bin/sh
# deps.sh [--check] GROUP... - install the Debian packages that a group needs: build, test, lint, fleet, load, judge, bench, peers, browser, image, wasm, deb or abi.
#
# A row is: group, a program, C header or Python module that proves the package is there, the package. Packages of other distributions and
# programs built by hand count, too, because the proof is what is looked for. When nothing is missing, nothing is installed
# and the network is not touched. Missing packages are installed with apt-get where that asks no question (root, or sudo
# without a password); elsewhere the command to run is printed, and the exit code is 1. With --check nothing is installed: what
# is missing is named, and the exit code is 1.
set -u

CC=${CC:-cc}
case $CC in cc | gcc) compiler=gcc ;; *) compiler=${CC%% *} ;; esac
rows="
compiler program:${CC%% *} $compiler
compiler header:stdio.h           libc6-dev
build header:microhttpd.h         libmicrohttpd-dev
build header:gnutls/gnutls.h      libgnutls28-dev
build header:jansson.h            libjansson-dev
build header:openssl/evp.h        libssl-dev
build header:zlib.h               zlib1g-dev
test  header:cmocka.h             libcmocka-dev
test  header:curl/curl.h          libcurl4-openssl-dev
test  program:curl                curl
test  program:jq                  jq
test  program:pkg-config          pkgconf
test  program:python3             python3
lint  program:clang-format        clang-format
lint  program:clang-tidy          clang-tidy
lint  program:shellcheck          shellcheck
fleet program:nginx               nginx-light
load  program:wrk                 wrk
load  program:slowhttptest        slowhttptest
load  program:curl                curl
judge program:sslscan             sslscan
judge program:openssl             openssl
bench program:nginx               nginx-light
bench program:wrk                 wrk
bench program:taskset             util-linux
bench program:curl                curl
bench program:python3             python3
peers module:numpy                python3-numpy
browser program:chromium          chromium
browser program:chromedriver      chromium-driver
browser module:selenium           python3-selenium
browser program:rsvg-convert      librsvg2-bin
image program:buildah             buildah
wasm  program:clang               clang
wasm  program:wasm-ld             lld
wasm  program:node                nodejs
image program:debootstrap         debootstrap
deb   program:dpkg-buildpackage   dpkg-dev
deb   program:dh                  debhelper
deb   program:dh_python3          dh-python
deb   program:lintian             lintian
deb   program:python3             python3
abi   program:abidiff             abigail-tools
"

is_there() {
    case $1 in
    program:*) command -v "${1#program:}" || PATH=$PATH:/usr/sbin:/sbin command -v "${1#program:}" ;;
    header:cmocka.h) try_header '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>' ;;
    module:*) python3 -c "import ${1#module:}" || /usr/bin/python3 -c "import ${1#module:}" ;;
    header:*) try_header "#include <${1#header:}>" ;;
    esac >/dev/null 2>&1
}

try_header() {
    # shellcheck disable=SC2086 # a compiler and its options
    printf '%s\n' "$1" | $CC -E -x c - 2>/dev/null
}

# The packages of the groups "$@" that are missing, on one line.
missing() {
    for group; do
        printf '%s' "$rows" | while read -r of what package; do
            case $group:$of in "$of:$of" | build:compiler) ;; *) false ;; esac && { is_there "$what" || printf '%s ' "$package"; }
        done
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

check=
[ "${1-}" != --check ] || { check=yes && shift; }
packages=$(missing "$@")
[ -z "$packages" ] && exit 0
if [ -n "$check" ]; then
    echo "Not installed: ${packages% }. \`make deps\` installs what a build needs." >&2
    exit 1
fi

if may_install; then
    echo "installing: $packages"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -qq update || echo "apt-get update failed; trying with the lists that are here" >&2
    # shellcheck disable=SC2086 # a list of names
    as_root apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $packages >/dev/null
    packages=$(missing "$@")
    [ -z "$packages" ] && exit 0
fi
echo "weightd needs packages that are not installed. Run this, then try again:" >&2
echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages% }" >&2
exit 1
