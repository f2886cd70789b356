#!/bin/bash
# libmicrohttpd.sh - build a libmicrohttpd in build/, without touching the system's, and print its prefix.
#
#     make check-mhd                   the tests against it
#     make check-mhd MHD=/usr/local    against one that is installed elsewhere; this script is not needed then
#
# MHD_URL and MHD_SHA256 name another release than 1.0.1. Needs curl, a compiler and GnuTLS's headers.
set -eu

url=${MHD_URL:-http://deb.debian.org/debian/pool/main/libm/libmicrohttpd/libmicrohttpd_1.0.1.orig.tar.gz}
sha256=${MHD_SHA256:-a89e09fc9b4de34dde19f4fcb4faaa1ce10299b9908db1132bbfa1de47882b94}

name=$(basename "$url" | sed -E 's/_/-/; s/(\.orig)?\.tar\..*//')
prefix=build/$name
source=build/$name-source
log=build/$name.log

make_it() {
    rm -rf "$source" "$prefix" &&
        mkdir -p "$source" &&
        curl -fsSL --retry 2 -o "$source.tar" "$url" &&
        echo "$sha256  $source.tar" | sha256sum -c --quiet &&
        tar -xf "$source.tar" -C "$source" --strip-components=1 &&
        cd "$source" &&
        ./configure --prefix="$OLDPWD/$prefix" --enable-https --disable-doc --disable-examples --disable-tools CFLAGS='-O2 -g' &&
        make -j"$(nproc)" install
}

if [ ! -e "$prefix/lib/pkgconfig/libmicrohttpd.pc" ]; then # installed last
    mkdir -p build
    echo "building $name in $prefix" >&2
    if ! (make_it) >"$log" 2>&1; then
        tail -20 "$log" >&2
        exit 1
    fi
fi
echo "$prefix"
