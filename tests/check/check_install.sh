#!/bin/bash
# check_install.sh - what `make install` leaves is enough: the program of wi.h's first comment, built as C and C++ with nothing
# but pkg-config's answer, static and shared, writes what weightd writes, and so does a binding; everything the installed
# headers declare can be linked, and nothing else. Paths have blanks and letters beyond ASCII.
set -eu
command -v pkg-config >/dev/null || { echo "skipped: programs built as pkg-config says (sudo apt-get install pkgconf)"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder="$scratch/wörk dir"
mkdir "$folder"
build=$(dirname "${WEIGHTD:-build/weightd}")
prefix=$folder/usr
install_to() { # MAKE_ARGUMENT...
    make --no-print-directory install B="$(realpath --relative-to=. "$build")" "$@" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
}
install_to PREFIX="$prefix"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

# The program of wi.h's first comment, as it stands there.
sed -n '/^ \*     #include <stdio.h>$/,/^ \*     }$/{s/^ \*\( \{5\}\|$\)//;p}' "$prefix/include/libwi/wi.h" >"$folder/user.c"
cp "$folder/user.c" "$folder/user.cc"

# Schemes with and without a matrix to build first, frameworks, formats with a header; and an error.
queries=('scheme=xavier_uniform&shape=256,128&seed=7' 'scheme=orthogonal&shape=60,50&dtype=bf16&slice=3:' 'scheme=sparse&shape=60,50&format=json'
    'like=numpy&scheme=he_normal&shape=6,5&seed=42' 'like=torch&scheme=orthogonal&shape=30,20&format=npy'
    'like=jax&scheme=normal&shape=300&dtype=f64' 'scheme=normal&shape=99999&format=safetensors&name=a+b' 'scheme=xavier&shape=3')
for query in "${queries[@]}"; do
    "$build/weightd" get "/init?$query" >"$folder/body" 2>/dev/null || true
    sha256sum <"$folder/body"
done >"$folder/want"

failed=0
try() { # NAME COMMAND...: the command builds "$folder/user", which must write what weightd writes
    local name=$1 query
    shift
    rm -f "$folder/user"
    "$@" -Wall -Wextra -Wpedantic -Werror -o "$folder/user" >"$folder/log" 2>&1 || true
    for query in "${queries[@]}"; do
        "$folder/user" "$query" 2>>"$folder/log" | sha256sum
    done >"$folder/got"
    cmp -s "$folder/want" "$folder/got" && return
    echo "$name: $*"
    cat "$folder/log"
    failed=1
}

# pkg-config writes for a shell.
declare -a shared static
eval "shared=($(pkg-config --cflags --libs wi))"
eval "static=($(pkg-config --cflags --libs --static wi))"
try 'C, shared' "${CC:-gcc}" -std=c99 "$folder/user.c" "${shared[@]}"
try 'C, static' "${CC:-gcc}" -std=c17 "$folder/user.c" -static "${static[@]}"
if command -v g++ >/dev/null; then
    try 'C++, shared' g++ -std=c++11 "$folder/user.cc" "${shared[@]}"
    try 'C++, static' g++ -std=c++20 "$folder/user.cc" -static "${static[@]}"
else
    echo "skipped: the headers in C++ (sudo apt-get install g++)"
fi
[ "$(sort -u "$folder/want" | wc -l)" = ${#queries[@]} ] || { echo "the requests are not different ones"; failed=1; }

# A binding: no header is read.
"${PYTHON:-python3}" - "$prefix/lib/libwi.so" "${queries[@]}" >"$folder/got" 2>"$folder/log" <<'PY' || true
import ctypes, hashlib, sys

wi = ctypes.CDLL(sys.argv[1])
wi.wi_sizeof.restype = ctypes.c_size_t
wi.wi_error_text.restype = wi.wi_version.restype = ctypes.c_char_p
error, sizes = ctypes.create_string_buffer(wi.wi_sizeof(0)), (ctypes.c_uint64 * 2)()
for query in sys.argv[2:]:
    wi.wi_error_init(error)
    wi.wi_get(query.encode(), None, ctypes.c_uint64(0), sizes, error)
    memory = ctypes.create_string_buffer(max(sizes[1], 1))
    status = wi.wi_get(query.encode(), memory, ctypes.c_uint64(sizes[1]), sizes, error)
    if (status == 0) != (wi.wi_error_text(error) == b""):
        sys.exit(wi.wi_error_text(error).decode())
    print(hashlib.sha256(memory.raw[: sizes[0]]).hexdigest(), " -")
PY
cmp -s "$folder/want" "$folder/got" || { echo "from Python:"; cat "$folder/log"; failed=1; }

tools/wi_symbols.sh | sed 's/$/@@LIBWI_0/' >"$folder/declared"
nm -D --defined-only "$prefix/lib/libwi.so" | awk '$2 != "A" { print $3 }' | LC_ALL=C sort -u >"$folder/exported"
[ "$(wc -l <"$folder/declared")" -gt 30 ] || { echo "found only $(wc -l <"$folder/declared") declarations"; failed=1; }
if ! diff "$folder/declared" "$folder/exported"; then
    echo "< is declared in an installed header and not exported by libwi.so, > the other way round"
    failed=1
fi

# Debian's list of symbols says since which release each is there: a new one gets a line, one that is gone another soname.
sed -nE 's/^ (wi_[a-z0-9_]+)@LIBWI_0 [0-9.]+$/\1@@LIBWI_0/p' packaging/debian/libwi0.symbols | LC_ALL=C sort >"$folder/listed"
if ! diff "$folder/listed" "$folder/declared"; then
    echo "< is listed in packaging/debian/libwi0.symbols and not declared, > the other way round"
    failed=1
fi

# A package's folder, and the libraries where the distribution has them: wi.pc names the place without DESTDIR.
install_to DESTDIR="$folder/a package" PREFIX=/usr LIBDIR=/usr/lib/here
for file in bin/weightd lib/here/libwi.a lib/here/libwi.so.0 include/libwi/wi.h share/man/man3/wi.3; do
    [ -s "$folder/a package/usr/$file" ] || { echo "DESTDIR: no $file"; failed=1; }
done
# shellcheck disable=SC2016 # pkg-config's variable
grep -qx 'libdir=${prefix}/lib/here' "$folder/a package/usr/lib/here/pkgconfig/wi.pc" || { echo "LIBDIR is not in wi.pc"; failed=1; }

# A static program of libwi alone; weightd, whose TLS cannot be static, says so before anything is compiled.
said=$(make --no-print-directory build B="$scratch/static" LDFLAGS=-static 2>&1) && { echo "a static weightd is made"; failed=1; }
[ ! -e "$scratch/static/libwi.a" ] || { echo "a static weightd: said late"; failed=1; }
case $said in *'weightd cannot be linked statically'*) ;; *) echo "a static weightd: $said"; failed=1 ;; esac
exit $failed
