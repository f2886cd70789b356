#!/bin/bash
# identity.sh - prove that the same request gives the same bytes, however libwi was built and wherever it runs.
#
#     tests/identity/identity.sh native   gcc and clang, -O0 and -O3, every instruction level of this machine
#     tests/identity/identity.sh all      the same, then with musl, as WebAssembly, and on other machines under qemu: 64 and 32 bits,
#                                little-endian and big-endian; and two controls which show that the comparison can fail
#     tests/identity/identity.sh all ARCH...   of the other machines these alone, by their names in Debian
#
# What is compared, by the program of tests/identity/: the table of known answers (tests/vectors/requests.txt), and the
# walk: every scheme of every framework in every dtype, with odd sizes, slices, far offsets, layouts and formats. The
# runs read in different pieces and build on different numbers of threads, which must not matter either.
# tests/vectors/walk.txt holds the walk's digests. The native lines never change; a new scheme adds lines:
#     build/tests/identity walk >tests/vectors/walk.txt
# The numbers of pictures, which lib/study finds, are compared with tests/vectors/study.txt:
#     build/tests/identity study >tests/vectors/study.txt
#
# The native runs also make files of whole models (tests/vectors/checkpoints.txt) and pictures (tests/vectors/plots.txt).
#
# A compiler or emulator that is not installed is skipped, with the name of the Debian package that brings it.
set -u
cd "$(dirname "$0")/../.." || exit 2
unset MAKEFLAGS MFLAGS MAKELEVEL CC OPT SANITIZE CFLAGS LDFLAGS

what=${1-native}
shift $(($# > 0))
only=" $* "
machine=$(uname -m)
jobs=$(nproc 2>/dev/null || echo 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep -v '^#' tests/vectors/requests.txt >"$work/requests"
: >"$work/walk" # what the first run gives
runs=0 failures=0 skips=0

skip() {
    skips=$((skips + 1))
    echo "skipped: $1 (sudo apt-get install $2)"
}

# compile DIR MAKE_ARGUMENT...: the program as DIR/tests/identity
compile() {
    local dir=$1
    shift
    if ! make --no-print-directory -s -j"$jobs" "$@" "$dir/tests/identity" >"$work/log" 2>&1; then
        cat "$work/log"
        echo "identity.sh: make $* failed"
        exit 1
    fi
}

# What differs in the walk: the schemes, and the first requests of each.
explain() {
    diff <(sort -k 3 "$work/walk") <(sort -k 3 "$work/out") | sed -n 's/^> [0-9a-f]* /    /p'
    if [ -s "$work/list" ]; then
        "$@" list 2>/dev/null | diff "$work/list" - | sed -n 's/^> [0-9a-f]* /    first: /p' | head -n 5
    fi
}

# compare NAME PROGRAM...: both lists against the first run and the files
compare() {
    local name=$1 seconds=$SECONDS ok=yes
    shift
    runs=$((runs + 1))
    "$@" requests <"$work/requests" >"$work/answers" 2>"$work/log" && "$@" walk >"$work/out" 2>>"$work/log" || ok=no
    cat "$work/log"
    [ -s "$work/walk" ] || cp "$work/out" "$work/walk"
    if ! cmp -s "$work/answers" "$work/requests"; then
        ok=no
        diff "$work/requests" "$work/answers" | sed -n 's/^< [0-9a-f]* /    known answer: /p' | head -n 5
    fi
    if ! cmp -s "$work/out" "$work/walk"; then
        ok=no
        explain "$@"
    fi
    "$@" study >"$work/study"
    if ! cmp -s "$work/study" tests/vectors/study.txt; then
        ok=no
        diff tests/vectors/study.txt "$work/study" | sed -n 's/^> [0-9a-f]* /    study: /p' | head -n 5
    fi
    [ $ok = yes ] || failures=$((failures + 1))
    printf '%-44s %s, %d s\n' "$name" "$([ $ok = yes ] && echo same || echo DIFFERENT)" $((SECONDS - seconds))
}

# compare_levels NAME PROGRAM: every instruction level, each with another size of pieces and number of threads
compare_levels() {
    local name=$1 program=$2 level chunk=61 threads=2
    for level in $("$program" levels); do
        compare "$name $level" "$program" --level "$level" --chunk $chunk --threads $threads
        chunk=$((chunk * 13)) threads=$((threads * 2))
    done
}

# compare_models NAME WEIGHTD: files of models against tests/vectors/checkpoints.txt
compare_models() {
    local digest target seconds=$SECONDS ok=yes
    runs=$((runs + 1))
    while read -r digest target; do
        [ "$("$2" get "$target" 2>"$work/log")" = "$digest" ] && continue
        ok=no
        echo "    $target"
        cat "$work/log"
    done < <(grep -v '^#' tests/vectors/checkpoints.txt)
    [ $ok = yes ] || failures=$((failures + 1))
    printf '%-44s %s, %d s\n' "$1" "$([ $ok = yes ] && echo same || echo DIFFERENT)" $((SECONDS - seconds))
}

# compare_plots NAME WEIGHTD: pictures and their numbers against tests/vectors/plots.txt
compare_plots() {
    local digest target got seconds=$SECONDS ok=yes
    runs=$((runs + 1))
    while read -r digest target; do
        got=$("$2" get "$target" 2>"$work/log" | sha256sum)
        [ "${got%% *}" = "$digest" ] && continue
        ok=no
        echo "    $target"
        cat "$work/log"
    done <tests/vectors/plots.txt
    [ $ok = yes ] || failures=$((failures + 1))
    printf '%-44s %s, %d s\n' "$1" "$([ $ok = yes ] && echo same || echo DIFFERENT)" $((SECONDS - seconds))
}

# The first run is read whole, on one thread. Each line of walk.txt must be among its lines.
first_run() {
    compile build
    build/tests/identity list >"$work/list"
    compare "gcc -O3, whole bodies" build/tests/identity
    changed=$(grep -v '^#' tests/vectors/walk.txt | grep -vxF -f "$work/walk" | cut -d ' ' -f 3-)
    if [ -n "$changed" ]; then
        failures=$((failures + 1))
        echo "not as in tests/vectors/walk.txt: ${changed//$'\n'/, }"
    fi
}

native() {
    local cc opt dir
    for cc in gcc clang; do
        command -v $cc >/dev/null || { skip "$cc" $cc; continue; }
        for opt in -O3 -O0; do
            dir=build/$cc$opt
            [ $dir = build/gcc-O3 ] && dir=build
            compile "$dir" CC=$cc OPT=$opt
            compare_levels "$cc $opt" "$dir/tests/identity"
            make --no-print-directory -s -j"$jobs" CC=$cc OPT=$opt "$dir/weightd" >"$work/log" 2>&1 || cat "$work/log"
            compare_models "$cc $opt, files of models" "$dir/weightd"
            compare_plots "$cc $opt, pictures" "$dir/weightd"
        done
    done
    # glibc chooses its functions by the CPU: as on a CPU without these.
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-AVX2,-FMA_Usable,-FMA,-AVX512F_Usable,-AVX512F \
        compare "gcc -O3, glibc without AVX2 and FMA" build/tests/identity
    local level
    for level in baseline avx2 avx512; do
        [ "$machine" != x86_64 ] || build/tests/identity levels | grep -qx $level || echo "skipped: $level (this CPU has none)"
    done
}

# Does the emulator multiply two short floats to a long one (s390x: MDEBR), as clang does for (double)x * (double)x?
# qemu 7.2 gives 96 for 3 times 3; the code is right.
multiplies() {
    local probe=build/bin/multiplies
    cat <<'C' | "$2-clang" -O3 -static -x c - -o $probe && "$1" $probe
__attribute__((noinline)) static double square(float x) { return (double)x * (double)x; }
int main(void) { volatile float x = 3; return square(x) != 9; }
C
}

# cross QEMU TRIPLET ARCH: gcc's and clang's code for another machine. Linked statically: needs no loader of that machine.
cross() {
    local qemu=$1 triplet=$2 arch=$3 cc opt
    [ "$only" = '  ' ] || [[ $only = *" $arch "* ]] || return
    command -v "$qemu" >/dev/null || { skip "$arch" qemu-user; return; }
    command -v "$triplet-gcc" >/dev/null || { skip "$arch" "gcc-$triplet libc6-dev-$arch-cross"; return; }
    mkdir -p build/bin
    for cc in gcc clang; do
        local path=$PATH
        if [ $cc = clang ]; then
            command -v clang >/dev/null || { skip "clang for $arch" clang; continue; }
            printf '#!/bin/sh\nexec clang --target=%s "$@"\n' "$triplet" >"build/bin/$triplet-clang"
            chmod +x "build/bin/$triplet-clang"
            path=$PWD/build/bin:$PATH
            if ! PATH=$path "$triplet-clang" -c -x c -o build/bin/probe.o /dev/null 2>/dev/null; then
                skips=$((skips + 1))
                echo "skipped: clang for $arch ($(clang --version | head -n 1) has no such target)"
                continue
            fi
        fi
        for opt in -O3 -O0; do
            if [ "$cc $opt" = "clang -O3" ] && ! PATH=$path multiplies "$qemu" "$triplet"; then
                skips=$((skips + 1))
                echo "skipped: $arch $cc $opt ($("$qemu" --version | head -n 1) multiplies short floats wrongly: MDEBR)"
                continue
            fi
            PATH=$path compile "build/$triplet-$cc$opt" CC="$triplet-$cc" OPT=$opt LDFLAGS=-static
            compare "$arch $cc $opt" "$qemu" "build/$triplet-$cc$opt/tests/identity" --chunk 1009 --threads 3
        done
    done
}

# NEON is in the base level of arm64: numbers and words are made in vectors, so that no further level is wanted.
neon() {
    local objects=build/aarch64-linux-gnu-gcc-O3/obj/lib name ok=yes
    [ -d $objects ] && command -v aarch64-linux-gnu-objdump >/dev/null || return
    count() { # OBJECT REGEX: instructions
        aarch64-linux-gnu-objdump -d "$objects/$1_isa.base.o" | grep -cE "\\s($2)"
    }
    local float='f(mul|add|sub|div|sqrt)|[su]cvtf' of=
    for name in dist/f32 dist/f64 ortho/ortho_f32 ortho/ortho_f64; do
        local vectors scalars
        vectors=$(count $name "($float)\\s+v[0-9]+\\.(4s|2d)")
        scalars=$(count $name "($float)\\s+[sd][0-9]")
        of="$of $name $vectors:$scalars"
        [ "$vectors" -gt 50 ] && [ "$vectors" -gt $((5 * scalars)) ] || ok=no
    done
    [ "$(count rng/chacha '(add|eor)\s+v[0-9]+\.4s')" -gt 50 ] || ok=no
    [ $ok = yes ] || failures=$((failures + 1))
    echo "arm64 gcc -O3, instructions on vectors to those on numbers:$of$([ $ok = yes ] || echo ' NOT VECTORIZED')"
}

# As WebAssembly: the requests of both lists, one by one, as node has no file for the program of tests/identity/.
wasm32() {
    local list seconds=$SECONDS ok=yes
    { command -v clang && command -v wasm-ld && command -v node; } >/dev/null || { skip wasm32 "clang lld nodejs"; return; }
    make --no-print-directory -s -j"$jobs" wasm-build >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    runs=$((runs + 1))
    for list in "$work/requests" "$work/list"; do
        node tests/identity/wasm.mjs build/wasm/wi.js <"$list" >"$work/answers" 2>"$work/log" || { ok=no; tail -n 5 "$work/log"; }
        cmp -s "$work/answers" "$list" && continue
        ok=no
        diff "$list" "$work/answers" | sed -n 's/^< [0-9a-f]* /    /p' | head -n 5
    done
    [ $ok = yes ] || failures=$((failures + 1))
    printf '%-44s %s, %d s\n' 'wasm32 clang -O3' "$([ $ok = yes ] && echo same || echo DIFFERENT)" $((SECONDS - seconds))
}

# The C library must not matter.
musl() {
    command -v musl-gcc >/dev/null || { skip musl musl-tools; return; }
    compile build/musl-gcc-O3 CC=musl-gcc LDFLAGS=-static
    compare_levels "musl, gcc -O3" build/musl-gcc-O3/tests/identity
}

# Would a difference be seen? Products and sums fused, and one known answer with another digit, must be found.
controls() {
    local fused=-ffp-contract=fast
    [ "$machine" = x86_64 ] && fused="$fused -march=x86-64-v3"
    if [ "$machine" = x86_64 ] && ! build/tests/identity levels | grep -qx avx2; then
        echo "skipped: control with fused products (this CPU has no FMA)"
    else
        compile build/fused B=build/fused FP_CF="$fused"
        build/fused/tests/identity walk >"$work/out"
        local differ
        differ=$(diff "$work/walk" "$work/out" | grep -c '^>')
        [ "$differ" -gt 0 ] || failures=$((failures + 1))
        echo "control: with products and sums fused, $differ of $(grep -vc '^#' "$work/walk") schemes x dtypes differ"
        build/fused/tests/identity study >"$work/study"
        differ=$(diff tests/vectors/study.txt "$work/study" | grep -c '^>')
        [ "$differ" -gt 0 ] || failures=$((failures + 1))
        echo "control: with products and sums fused, $differ of $(grep -vc '^#' "$work/study") lines of the study differ"
    fi
    sed '1s/^./x/' "$work/requests" >"$work/altered"
    build/tests/identity requests <"$work/altered" >"$work/answers"
    if cmp -s "$work/answers" "$work/altered"; then
        failures=$((failures + 1))
        echo "control: an altered known answer is NOT found"
    else
        echo "control: an altered known answer is found"
    fi
}

first_run
native
if [ "$what" = all ]; then
    cross qemu-aarch64 aarch64-linux-gnu arm64
    neon
    cross qemu-riscv64 riscv64-linux-gnu riscv64
    cross qemu-s390x s390x-linux-gnu s390x
    cross qemu-ppc64le powerpc64le-linux-gnu ppc64el
    cross qemu-loongarch64 loongarch64-linux-gnu loong64
    cross qemu-arm arm-linux-gnueabihf armhf
    [ "$machine" != x86_64 ] || cross env i686-linux-gnu i386
    musl
    wasm32
    controls
fi

bodies=$(awk '!/^#/ { n += $2; rows++ } END { print n " bodies in " rows }' "$work/walk")
echo "$runs builds and levels, each $bodies schemes x dtypes and" \
    "$(wc -l <"$work/requests") known answers: $failures different, $skips skipped"
[ $failures -eq 0 ]
