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
# shellcheck disable=SC2086 # options
"${CC:-cc}" $fp -E -P "$folder/errno.c" | grep -qx 1 || fail "math-errno is on behind: $fp"

# The same flags again: nothing to do. Others: made anew. Warnings: nothing to do.
again=$(compile CFLAGS='-O2 -ffast-math -ffp-contract=fast')
[[ $again == *"up to date"* ]] || fail "made again with the same flags: $again"
[[ $(compile CFLAGS='-O1') == *" -c "* ]] || fail "not made anew with other flags"
[[ $(compile CFLAGS='-O1 -Wextra') == *"up to date"* ]] || fail "made anew for a warning"

# CPPFLAGS and LDFLAGS are the user's too, and what Debian puts there is no second definition; no path is in what is made, and
# copies are checked at the third level where the compiler knows it.
line=$(compile CPPFLAGS='-DPLANTED -D_FORTIFY_SOURCE=2' CFLAGS='-O2 -Werror')
level=3
! "$CC" --version | grep -qE '^gcc.* (9|1[01])\.' || level=2
case $line in
*-DPLANTED*"-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$level "*-ffile-prefix-map=*) ;;
*) fail "CPPFLAGS: $line" ;;
esac
[ -s "$object" ] || fail "not compiled with Debian's CPPFLAGS: $line"
line=$(make --no-print-directory -n V=1 B="$folder" O="$folder/obj" LDFLAGS=-Wl,--as-needed "$folder/weightd" | grep -e ' -pie ')
[[ $line == *-z,relro,-z,now*" -Wl,--as-needed "* ]] || fail "LDFLAGS: $line"

# The self-test at the start of weightd, and of any program: a process that flushes subnormal numbers, and kernels whose products
# and sums are fused.
if [ "$(uname -m)" = x86_64 ]; then
    weightd=${WEIGHTD:-build/weightd}
    echo '#include <xmmintrin.h>
__attribute__((constructor)) static void flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }' |
        "$CC" -shared -fPIC -xc -o "$folder/flush.so" -
    for command in --check-config 'get /zeros/3.npy' '--port 0'; do
        # shellcheck disable=SC2086 # words
        LD_PRELOAD=$folder/flush.so timeout 20 "$weightd" $command >/dev/null 2>"$folder/log" && fail "flushing subnormals is not seen: $command"
        grep -q 'weightd: this process cannot give the numbers of alg=1: subnormal numbers are flushed' "$folder/log" ||
            fail "flushing subnormals: $command: $(cat "$folder/log")"
    done
    "$weightd" --check-config --port 0 >/dev/null || fail "the self-test fails in this build"

    if grep -q ' fma ' /proc/cpuinfo && grep -q ' avx2 ' /proc/cpuinfo; then
        echo '#include <wi.h>
#include <stdio.h>
int main(void) { struct wi_error err; wi_error_init(&err); return !wi_selftest(&err) && puts(err.text); }' >"$folder/self.c"
        for kernel in f32 f64; do
            "$CC" -O3 -march=x86-64-v3 -ffp-contract=fast -DWI_ISA_X86 -DWI_ISA=_avx2 -Ilib -Ilib/include -c "lib/dist/${kernel}_isa.c" -o "$folder/fused.o" &&
                "$CC" -Ilib/include "$folder/self.c" "$folder/fused.o" "$(dirname "$weightd")/libwi.a" -lm -o "$folder/self"
            said=$("$folder/self")
            [[ $said == *"other numbers than alg=1 (instructions: avx2, "*"compiled with flags"* ]] || fail "fused $kernel kernels: $said"
        done
    fi
fi

# A destination with a blank.
make --no-print-directory install B="$(realpath --relative-to=. "$(dirname "${WEIGHTD:-build/weightd}")")" DESTDIR="$folder/a b" PREFIX=/usr >"$folder/log" 2>&1 ||
    { cat "$folder/log"; failed=1; }
{ [ -x "$folder/a b/usr/bin/weightd" ] && [ -f "$folder/a b/usr/include/libwi/wi.h" ]; } || fail "not installed below a path with a blank"
exit $failed
