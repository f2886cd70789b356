#!/bin/bash
# check_reproducible.sh - built in two folders, at two times, by two users' settings, libwi and weightd are the same bytes; and without
# the option that makes them so, they are not.
set -eu
cd "$(dirname "$0")/.."
fail() { echo "$*"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export SOURCE_DATE_EPOCH=1 CCACHE_DISABLE=1
a=$scratch/a b="$scratch/another wörk dir/weightd"
mkdir -p "$(dirname "$b")"
packaging/copy.sh "$a"
packaging/copy.sh "$b"
find "$b" -exec touch -d 2001-01-01 {} +

make_in() { # FOLDER MAKE_ARGUMENT...
    make --no-print-directory -s -C "$@" >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; fail 'not built'; }
}
make_in "$a" -j"$(nproc)" build
(umask 077 && TZ=Asia/Tokyo LC_ALL=C HOME=$scratch USER=another make_in "$b" -j3 build)
for file in libwi.so libwi.a weightd wi.map wi.pc; do
    cmp "$a/build/$file" "$b/build/$file" || fail "build/$file depends on where or when it is built"
    echo "$(sha256sum <"$a/build/$file" | cut -c 1-16) $file"
done

object=build/there/obj/lib/base/text.o
for folder in "$a" "$b"; do make_in "$folder" SAME_CF= B=build/there O=build/there/obj $object; done
! cmp -s "$a/$object" "$b/$object" || fail 'the paths of folders would not be seen'
