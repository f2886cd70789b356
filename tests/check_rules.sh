#!/bin/bash
# check_rules.sh - the architecture as rules that fail the build: what lib/ may include and call, which folder may see
# which, where third-party headers live. Each rule is also shown to fail on a planted violation.
#
#     tests/check_rules.sh          after make build; WEIGHTD=build/weightd tells where libwi.a is, NM and CC what to use
set -u

build=$(dirname "${WEIGHTD:-build/weightd}")
NM=${NM:-nm}
CC=${CC:-gcc}

# ---- the rules; each prints what breaks it --------------------------------------------------------------------------

# A pure core: no I/O, no allocation, no threads, no clock, nothing of third parties.
std_headers() { # ROOT
    grep -rnE '^ *# *include *<' "$1/lib" | grep -vE '<(stdarg|stdatomic|stdbool|stddef|stdint|float|string)\.h>'
}

# The calls that freestanding C may need, sqrt, and what the compiler brings; all that is exported is ours.
# shellcheck disable=SC2016
symbols() { # LIBWI.A
    "$NM" "$1" | awk '$1 == "U" { print "undefined: " $2 }' | sort -u |
        grep -vE ': (wi_.*|bcmp|mem(chr|cmp|cpy|move|set)|str(chr|cmp|cpy|cspn|len|ncmp|spn)|sqrtf?|_GLOBAL_OFFSET_TABLE_|__cpu_model|__cpu_indicator_init|__stack_chk_fail)$'
    "$NM" -g --defined-only "$1" | awk 'NF == 3 && $3 !~ /^wi_/ { print "exported: " $3 }'
}

# No state: the only variables are those of the instruction level (isa.o).
variables() { # LIBWI.A
    size -A "$1" | awk '/:$|ex / { file = $1 } ($1 == ".data" || $1 == ".bss") && $2 > 0 && file !~ /^isa\.o/ { print file, $1, $2 }'
}

# Which folder of lib/ may include which; "leaf" is what stands alone at the top, "wi.h" the rest of it.
directions() { # ROOT
    (cd "$1/lib" && grep -rHE '^#include "' --include='*.[ch]' .) | sed -E 's|^\./||; s|:#include "([^"]*)".*| \1|' | awk -v root="$1/lib/" '
        BEGIN {
            n = split("api bits checked exec isa status decimal text vec names", leaf, " ")
            for (i = 1; i <= n; i++) is_leaf[leaf[i] ".h"] = 1
            may["decimal"] = may["fmath"] = may["rng"] = " leaf "
            may["dist"] = " leaf rng "
            may["ortho"] = " leaf rng dist "
            may["format"] = " leaf wi.h "
            may["scheme"] = " leaf wi.h rng dist ortho like "
            may["like"] = " leaf wi.h rng dist ortho fmath scheme "
        }
        {
            from = $1; folder = index(from, "/") ? substr(from, 1, index(from, "/") - 1) : "."
            to = index($2, "/") ? substr($2, 1, index($2, "/") - 1) : is_leaf[$2] ? "leaf" : "wi.h"
            own = root folder "/" $2
            if (folder != "." && !index($2, "/") && (getline line < own) >= 0) { to = folder; close(own) }
            if (folder == ".") {
                if (is_leaf[from] && to != "leaf") print from " includes " $2
            } else if (to != folder && !index(may[folder], " " to " "))
                print from " includes " $2
        }'
}

# The server may use the public header and its parts, not the inside of the core.
core_inside() { # ROOT
    grep -rnE '^#include "((like|scheme|format|ortho|fmath)/|param\.h|slice\.h|nearest\.h|names\.h)' "$1/server"
}

# Every third-party header has one home.
homes() { # ROOT
    (cd "$1/server" && {
        grep -nE '<microhttpd' ./* | grep -v '^\./http_mhd\.h:'
        grep -nE '\bMHD_|"http_mhd\.h"' ./* | grep -vE '^\./http[a-z_]*\.[ch]:|^\./[a-z_]*\.[ch]:[0-9]+: ?(/?\*|.*/\*)'
        grep -nE '<jansson' ./* | grep -v '^\./json\.h:'
        grep -nE '<openssl/' ./* | grep -vE '^\./(digest|probe)\.c:'
        grep -nE '<gnutls/' ./* | grep -v '^\./http_handshake\.c:'
        grep -nE '<zlib' ./* | grep -v '^\./gzip\.c:'
        grep -nE '<curl/' ./*
    })
}

# What stores and shares bodies knows nothing of HTTP.
cache_below_http() { # ROOT
    (cd "$1/server" && grep -nE '#include "(http|handle|route|reply|accept|problem)' \
        blob.[ch] cache*.[ch] entry.[ch] evict.[ch] job.[ch] pool.[ch] store.[ch] folder.[ch] 2>/dev/null)
}

# ---- running them ----------------------------------------------------------------------------------------------------

failed=0

holds() { # RULE ARGUMENT
    local found
    found=$("$@")
    if [ -n "$found" ]; then
        printf '%s is broken:\n%s\n' "$1" "$found"
        failed=1
    fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A copy of the sources with one line more must break the rule.
sees() { # RULE FILE LINE
    rm -rf "$scratch/tree"
    mkdir "$scratch/tree"
    cp -r lib server "$scratch/tree/"
    printf '%s\n' "$3" >>"$scratch/tree/$2"
    if [ -z "$("$1" "$scratch/tree")" ]; then
        printf '%s does not see: %s in %s\n' "$1" "$3" "$2"
        failed=1
    fi
}

# The library with one object more must break the rule.
sees_object() { # RULE CODE
    cp "$build/libwi.a" "$scratch/planted.a"
    printf '%s\n' "$2" | "$CC" -O1 -xc -c -o "$scratch/planted.o" - && ar rs "$scratch/planted.a" "$scratch/planted.o" 2>/dev/null
    if [ -z "$("$1" "$scratch/planted.a")" ]; then
        printf '%s does not see: %s\n' "$1" "$2"
        failed=1
    fi
}

for rule in std_headers directions core_inside homes cache_below_http; do
    holds $rule .
done
if [ -f "$build/libwi.a" ]; then
    holds symbols "$build/libwi.a"
    holds variables "$build/libwi.a"
    sees_object symbols 'double log(double); double wi_planted(double x) { return log(x); }'
    sees_object symbols 'void *malloc(unsigned long); void *wi_planted(void) { return malloc(9); }'
    sees_object symbols 'int planted(void) { return 1; }'
    sees_object variables 'int wi_planted; int wi_next(void) { return ++wi_planted; }'
    sees_object variables 'static int planted = 7; int wi_next(void) { return ++planted; }'
else
    echo "there is no $build/libwi.a"
    failed=1
fi
for header in stdlib stdio time pthread locale math unistd microhttpd jansson openssl/sha; do
    sees std_headers lib/plan.c "#include <$header.h>"
done
sees directions lib/dist/draw.c '#include "wi.h"'
sees directions lib/rng/bits.c '#include "dist/draw.h"'
sees directions lib/format/raw.c '#include "scheme/scheme.h"'
sees directions lib/decimal/print.c '#include "format/format.h"'
sees directions lib/ortho/ortho.c '#include "scheme/scheme.h"'
sees directions lib/text.h '#include "wi.h"'
sees core_inside server/tensor.c '#include "scheme/scheme.h"'
sees homes server/tensor.c '#include <microhttpd.h>'
sees homes server/tensor.c 'static struct MHD_Connection *connection;'
sees homes server/tensor.c '#include "http_mhd.h"'
sees homes server/http.c '#include <jansson.h>'
sees homes server/store.c '#include <openssl/evp.h>'
sees homes server/http.c '#include <zlib.h>'
sees cache_below_http server/cache.c '#include "http.h"'
sees cache_below_http server/store.c '#include "reply.h"'
exit $failed
