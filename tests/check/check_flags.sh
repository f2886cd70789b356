#!/bin/bash
# check_flags.sh - flags that would change the numbers are undone or refused, objects are made anew when their flags change, and
# paths may hold blanks.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
CC=${CC:-gcc}

fail() {
    echo "$1"
    failed=1
}

# What cannot keep the contract does not compile.
refused="-ffast-math -ffinite-math-only"
"$CC" --version | grep -q clang || refused="$refused -fsingle-precision-constant"
[ "$(uname -m)" != x86_64 ] || refused="$refused -mfpmath=387"
for flag in $refused; do
    if echo 'int planted;' | "$CC" "$flag" -include lib/base/contract.h -xc -c -o "$folder/planted.o" - 2>/dev/null; then
        fail "lib/base/contract.h does not see $flag"
    fi
done

# The flags of the contract come after those of the user.
object=$folder/obj/lib/base/text.o
compile() {
    make --no-print-directory V=1 B="$folder" O="$folder/obj" "$@" "$object" 2>&1
}
line=$(compile CFLAGS='-O2 -ffast-math -ffp-contract=fast')
case $line in
*-ffast-math\ -ffp-contract=fast\ *-fno-fast-math\ -fno-math-errno\ -ffp-contract=off*) ;;
*) fail "the contract's flags do not come last: $line" ;;
esac

# -fno-fast-math turns errno back on, and normal numbers take twice as long with it: what follows must turn it off.
echo __NO_MATH_ERRNO__ >"$folder/errno.c"
fp=$(sed -n 's/.*\(-fno-fast-math.*-ffp-contract=off\).*/\1/p' <<<"$line")
"${CC:-cc}" $fp -E -P "$folder/errno.c" | grep -qx 1 || fail "math-errno is on behind: $fp"

# The same flags again: nothing to do. Others: made anew. Warnings: nothing to do.
again=$(compile CFLAGS='-O2 -ffast-math -ffp-contract=fast')
[[ $again == *"up to date"* ]] || fail "made again with the same flags: $again"
[[ $(compile CFLAGS='-O1') == *" -c "* ]] || fail "not made anew with other flags"
[[ $(compile CFLAGS='-O1 -Wextra') == *"up to date"* ]] || fail "made anew for a warning"

# A destination with a blank.
make --no-print-directory install B="$(dirname "${WEIGHTD:-build/weightd}")" DESTDIR="$folder/a b" PREFIX=/usr >"$folder/log" 2>&1 ||
    { cat "$folder/log"; failed=1; }
[ -x "$folder/a b/usr/bin/weightd" ] && [ -f "$folder/a b/usr/include/libwi/wi.h" ] || fail "not installed below a path with a blank"
exit $failed
