#!/bin/bash
# check_rules.sh - the architecture as rules that fail the build: what lib/ may include and call, which folder may see
# which, where third-party headers live. Each rule is also shown to fail on a planted violation.
#
#     tests/check/check_rules.sh          after make build; WEIGHTD=build/weightd tells where libwi.a is, NM and CC what to use
# shellcheck disable=SC2317 # the rules are called by name
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
        grep -vE ': (wi_.*|bcmp|mem(chr|cmp|cpy|move|set)|str(chr|cmp|cpy|cspn|len|ncmp|spn)|sqrtf?|_GLOBAL_OFFSET_TABLE_|__cpu_model|__cpu_indicator_init|__stack_chk_fail|__(mem|str)[a-z]+_chk)$'
    "$NM" -g --defined-only "$1" | awk 'NF == 3 && $3 !~ /^wi_/ { print "exported: " $3 }'
}

# No state: the only variables are those of the instruction level (isa.o).
variables() { # LIBWI.A
    size -A "$1" | awk '/:$|ex / { file = $1 } ($1 == ".data" || $1 == ".bss") && $2 > 0 && file !~ /^isa\.o/ { print file, $1, $2 }'
}

# Which room of a tree may include which: lines of "room: rooms below it". The room of a file is its folder, "top" where it
# stands in none; a room may always include itself. Whatever stands above may include lib/include.
rooms() { # ROOT TREE TABLE
    (cd "$1/$2" && grep -rHE '^#include "' --include='*.[ch]' .) | sed -E 's|^\./||; s|:#include "([^"]*)".*| \1|' |
        awk -v tree="$1/$2/" -v table="$3" '
        function room(path) {
            if (path ~ /^hint\.[ch]$/) return "config"
            if (path ~ /^(config|server)\.[ch]$/) return substr(path, 1, length(path) - 2)
            return index(path, "/") ? substr(path, 1, match(path, "/[^/]*$") - 1) : "top"
        }
        BEGIN {
            n = split(table, lines, "\n")
            for (i = 1; i <= n; i++) {
                at = index(lines[i], ":")
                may[substr(lines[i], 1, at - 1)] = substr(lines[i], at + 1) " "
            }
        }
        {
            from = room($1)
            file = tree $2
            to = (getline line < file) >= 0 ? room($2) : "include"
            close(file)
            if (to != from && !index(may[from], " " to " "))
                print $1 " includes " $2
        }'
}

directions() { # ROOT
    rooms "$1" lib 'base: include
decimal: include base
fmath: include base
rng: include base
dist: include base rng
ortho: include base rng dist
scheme: include base fmath rng dist ortho
format: include base request
request: include base scheme format like
like: include base scheme like/shared
like/shared: include base
like/numpy: include base fmath scheme like like/shared
like/torch: include base fmath scheme like like/shared
like/jax: include base fmath scheme like like/shared
like/tfjs: include base fmath scheme like like/shared
study: include base fmath'
}

# Every third-party header has one home.
homes() { # ROOT
    (cd "$1/server" && {
        grep -rnE '<microhttpd' . | grep -v '^\./net/net_private\.h:'
        grep -rnE '\bMHD_|"net/net_private\.h"' . | grep -vE '^\./net/[a-z_]*\.[ch]:|^\./[a-z_/]*\.[ch]:[0-9]+: ?(/?\*|.*/\*)'
        grep -rnE '<jansson' . | grep -vE '^\./(http|model)/json\.h:'
        grep -rnE '<openssl/' . | grep -vE '^\./(base/sha256|ops/healthcheck)\.c:'
        grep -rnE '<gnutls/' . | grep -v '^\./net/tls\.c:'
        grep -rnE '<zlib' . | grep -vE '^\./(http/coding|plot/png)\.c:'
        grep -rnE '<curl/' .
    })
}

# Each room of the server stands above what it uses. The shared parts (server.h) and the options (config.h) are rooms of one
# file pair.
server_directions() { # ROOT
    rooms "$1" server 'base: include ../lib/base
model: include base
hub: include base model
cache: include base
ops: include base
http: include cache base
config: include base
server: include http cache hub model ops base config
resource: include http cache hub model ops base config server
plot: include resource http cache base config server
page: include plot resource http cache base config server
net: include resource http cache ops base config server
top: include net resource http cache ops base config server'
}

# Of libwi's internal headers the server takes one, in one place.
internal_headers() { # ROOT
    (cd "$1/server" && grep -rn '#include "\.\./' . | grep -v '^\./base/error\.h:[0-9]*:#include "\.\./lib/base/fail\.h"$')
}

# What a room keeps to itself.
private_headers() { # ROOT
    (cd "$1/server" && grep -rnE '#include "[a-z/]*_private\.h"' . | grep -vE '^\./([a-z]*)/[a-z_]*\.[ch]:[0-9]*:#include "\1/')
}

# Header fields that follow from fields of a reply: finish.c alone writes them, and nobody reads a decision back out of them.
settled_header() { # ROOT
    (cd "$1/server" && {
        grep -rnE 'srv_reply_header\([a-z]*, "(Cache-Control|Vary|Content-Encoding|ETag|Cache-Status)"' . | grep -v '^\./http/finish\.c:'
        grep -rnE 'srv_reply_get\([^)]*"(Cache-Control|Vary|Content-Encoding|ETag|Cache-Status)"' .
    })
}

# Every fault of libmicrohttpd that a comment names has a row in the table, and the tests that a row names are there.
fault_rows() { # ROOT
    local table=docs/LIBMICROHTTPD.md name file test
    grep -rhoiE '\brows? [a-z]+( and [a-z]+)?' "$1/server/net" | sed -E 's/^[Rr]ows? //; s/ and /\n/' | sort -u |
        while read -r name; do
            grep -q "^| $name |" "$table" || echo "no row $name"
        done
    sed -nE 's/.*\| (test_[a-z_]+): ([a-z_, ]+) \|$/\1 \2/p' "$table" | tr -d , | while read -r file test; do
        for name in $test; do
            grep -qrE "^TEST\(test_$name\)" --include="$file.c" tests || echo "no test_$name in $file"
        done
    done
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

for rule in std_headers directions homes server_directions internal_headers private_headers settled_header fault_rows; do
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
    sees std_headers lib/request/plan.c "#include <$header.h>"
done
sees directions lib/dist/draw.c '#include "scheme/scheme.h"'
sees directions lib/rng/bits.c '#include "dist/kernel.h"'
sees directions lib/format/raw.c '#include "scheme/scheme.h"'
sees directions lib/decimal/print.c '#include "format/format.h"'
sees directions lib/ortho/ortho.c '#include "scheme/scheme.h"'
sees directions lib/scheme/emit.c '#include "like/table.h"'
sees directions lib/like/jax/rows.c '#include "like/torch/engine.h"'
sees directions lib/like/shared/qr.c '#include "like/row.h"'
sees directions lib/base/text.h '#include "request/param.h"'
sees homes server/resource/tensor.c '#include <microhttpd.h>'
sees homes server/resource/tensor.c 'static struct MHD_Connection *connection;'
sees homes server/resource/tensor.c '#include "net/net_private.h"'
sees homes server/net/daemon.c '#include <jansson.h>'
sees homes server/cache/disk.c '#include <openssl/evp.h>'
sees homes server/net/daemon.c '#include <zlib.h>'
sees server_directions server/cache/cache.c '#include "http/message.h"'
sees server_directions server/cache/disk.c '#include "http/range.h"'
sees server_directions server/base/log.h '#include "config.h"'
sees server_directions server/http/range.c '#include "../lib/base/fail.h"'
sees internal_headers server/base/log.c '#include "../lib/base/text.h"'
sees server_directions server/ops/counters.c '#include "resource/route.h"'
sees server_directions server/model/model.c '#include "http/problem.h"'
sees server_directions server/http/cors.c '#include "server.h"'
sees server_directions server/resource/health.c '#include "net/daemon.h"'
sees server_directions server/resource/health.c '#include "page/page.h"'
sees server_directions server/config.c '#include "net/daemon.h"'
sees private_headers server/resource/tensor.c '#include "cache/cache_private.h"'
sees settled_header server/resource/health.c '    srv_reply_header(reply, "Cache-Control", "no-store");'
sees settled_header server/net/answer.c '    const char *vary = srv_reply_get(reply, "Vary");'
sees fault_rows server/net/wait.c '/* row nowhere */'
exit $failed
