#!/bin/bash
# check_install.sh - what `make install` leaves is enough: C and C++ programs built with nothing but pkg-config's answer,
# static and shared, give README's first number, and everything the installed headers declare can be linked.
set -eu
command -v pkg-config >/dev/null || { echo "skipped: programs built as pkg-config says (sudo apt-get install pkgconf)"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
build=$(dirname "${WEIGHTD:-build/weightd}")
prefix=$folder/usr
make --no-print-directory install B="$build" PREFIX="$prefix" >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

cat >"$folder/user.c" <<'C'
#include <wi.h>
#include <stdio.h>
#include <string.h>

static const char *const params[][2] = {{"scheme", "xavier_uniform"}, {"shape", "256,128"}, {"seed", "7"}};

int main(void)
{
    struct wi_request req;
    struct wi_plan plan;
    struct wi_body body;
    struct wi_error err;
    uint8_t header[WI_HEADER_MAX];
    float first;
    char text[WI_DECIMAL_F32_MAX];
    memset(&err, 0, sizeof err);
    wi_request_init(&req);
    for (int i = 0; i < 3; i++)
        wi_request_set(&req, params[i][0], params[i][1], strlen(params[i][1]), &err);
    if (wi_plan_make(&plan, &req, NULL, &err) != WI_OK)
        return 1;
    wi_plan_body(&plan, header, &body);
    wi_body_read(&body, NULL, NULL, 0, (uint8_t *)&first, sizeof first);
    printf("%.*s\n", (int)wi_decimal_f32(first, text), text);
    return 0;
}
C
cp "$folder/user.c" "$folder/user.cc"

failed=0
try() { # NAME COMMAND...: the command builds "$folder/user", which must print the number
    local name=$1
    shift
    rm -f "$folder/user"
    "$@" -Wall -Wextra -Wpedantic -Werror -o "$folder/user" >"$folder/log" 2>&1 || true
    [ "$("$folder/user" 2>&1)" = -0.06827103 ] && return
    echo "$name: $*"
    cat "$folder/log"
    failed=1
}

read -ra shared <<<"$(pkg-config --cflags --libs wi)"
read -ra static <<<"$(pkg-config --cflags --libs --static wi)"
try 'C, shared' "${CC:-gcc}" -std=c99 "$folder/user.c" "${shared[@]}"
try 'C, static' "${CC:-gcc}" -std=c17 "$folder/user.c" -static "${static[@]}"
if command -v g++ >/dev/null; then
    try 'C++, shared' g++ -std=c++11 "$folder/user.cc" "${shared[@]}"
    try 'C++, static' g++ -std=c++20 "$folder/user.cc" -static "${static[@]}"
else
    echo "skipped: the headers in C++ (sudo apt-get install g++)"
fi

# Every function that the installed headers declare, inline ones aside.
grep -rhoE '^[a-z][a-z0-9_ *]*[ *]wi_[a-z0-9_]+\(' "$prefix/include/libwi" --include='*.h' | grep -vE 'inline|^typedef' |
    grep -oE 'wi_[a-z0-9_]+\($' | tr -d '(' | sort -u >"$folder/declared"
nm -D --defined-only "$prefix/lib/libwi.so" | awk '{ print $3 }' | sort -u >"$folder/exported"
[ "$(wc -l <"$folder/declared")" -gt 30 ] || { echo "found only $(wc -l <"$folder/declared") declarations"; failed=1; }
if ! diff "$folder/declared" "$folder/exported"; then
    echo "< is declared in an installed header and not exported by libwi.so, > the other way round"
    failed=1
fi
exit $failed
