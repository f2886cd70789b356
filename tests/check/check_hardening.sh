#!/bin/bash
# check_hardening.sh - weightd and libwi.so are built so that a fault does not become an attack: position-independent, no stack
# that runs, tables of addresses that are read-only before main, canaries, checked copies, and on x86-64 branch targets.
set -u
build=$(dirname "${WEIGHTD:-build/weightd}")
failed=0

fail() {
    echo "$1"
    failed=1
}

# What `readelf` with those options must say of the file.
says() { # FILE WORDS OPTION
    LC_ALL=C readelf -W "$3" "$1" 2>/dev/null | grep -qE -- "$2" || fail "$1: no $2 (readelf -W $3)"
}

for file in "$build/weightd" "$build/libwi.so"; do
    says "$file" 'Type: +DYN' -h
    says "$file" GNU_RELRO -l
    says "$file" 'FLAGS_1.*NOW|BIND_NOW' -d
    LC_ALL=C readelf -lW "$file" | grep -E 'GNU_STACK' | grep -q ' RWE ' && fail "$file: the stack runs"
    says "$file" __stack_chk_fail --dyn-syms
    says "$file" '__[a-z]+_chk@' --dyn-syms
    [ "$(uname -m)" != x86_64 ] || says "$file" 'x86 feature:.*SHSTK' -n
done
# The start files of some systems have no branch targets, so the whole program is not marked for them; all that is ours is.
[ "$(uname -m)" != x86_64 ] || [ "$(LC_ALL=C readelf -W -n "$build/libwi.a" 2>/dev/null | grep -c 'x86 feature: IBT, SHSTK')" -eq "$(ar t "$build/libwi.a" 2>/dev/null | wc -l)" ] ||
    fail "libwi.a: not every object has branch targets"
says "$build/weightd" 'FLAGS_1.*PIE' -d

# The check sees a program that has none of it.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo 'int main(void) { return 0; }' |
    "${CC:-gcc}" -no-pie -fno-stack-protector -fcf-protection=none -Wl,-z,norelro,-z,lazy -xc -o "$folder/weightd" - 2>/dev/null
cp "$folder/weightd" "$folder/libwi.so"
if [ -x "$folder/weightd" ] && [ -z "${PLANTED:-}" ] && PLANTED=1 WEIGHTD=$folder/weightd "$0" >/dev/null; then
    fail "a program without any of it passes"
fi
exit $failed
