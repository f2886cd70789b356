#!/bin/bash
# judges.sh - others' programs judge the running server: schemathesis, redbot, slowhttptest, sslscan, and h1spec. Prints a line for
# each, and fails where one finds more than is known.
#
# schemathesis and redbot come by pip, deno (which runs h1spec) by npm, into a folder of the user's cache; slowhttptest and
# sslscan are Debian's. h1spec is in no registry: JUDGES=DIR names a folder that has its http_test.ts. What is not here is
# skipped and said so. WEIGHTD names the server. Arguments name judges.
# shellcheck disable=SC2015,SC2317 # `a && b || c` where c must run when b fails; functions that are called by their name
set -u
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/tests/check
weightd=$(realpath "${WEIGHTD:-build/weightd}") || exit 1
home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges/http
dir=$(mktemp -d)
servers=()
finish() {
    [ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null
    rm -rf "$dir"
}
trap finish EXIT
mkdir -p "$home"

serve() { # OPTION...: $address is where it listens
    local said=$dir/server.${#servers[@]}
    "$weightd" --port 0 --log off "$@" >"$said" &
    servers+=($!)
    until grep -qs listening "$said"; do
        kill -0 "${servers[-1]}" || return 1
        sleep 0.01
    done
    address=$(sed 's/.* //' "$said")
}

from_pip() { # PROGRAM
    [ -x "$home/venv/bin/$1" ] || { python3 -m venv "$home/venv" && "$home/venv/bin/pip" install -q schemathesis redbot; }
}

# ---- the judges: each prints what it found; 0: no more than is known, 1: more, 77: it is not here, and why ----------------

# All its checks. Which parameters go together no schema says, so a combination may be refused; QUERY is answered 501, as any
# method that the server does not know (RFC 9110 section 9.1), where it wants 405; and a seed may have 64 bits, where the
# document says int64, the widest type that generators know.
judge_schemathesis() {
    from_pip schemathesis || { echo 'pip cannot bring it'; return 77; }
    serve || return 1
    printf '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", "400", "404", "413"]\n' >schemathesis.toml
    "$home/venv/bin/schemathesis" --config-file schemathesis.toml run --checks all --max-examples 50 --seed 7 --no-color \
        "$address/openapi.json" >said 2>&1
    local failures queries large
    failures=$(grep -acE '^_+ [A-Z]+ /.* _+$' said)
    queries=$(grep -acE '^_+ QUERY /.* _+$' said)
    large=$(grep -acE 'seed: Value greater than maximum' said)
    grep -aq 'Tested: ' said || { cat said; return 1; }
    echo "$(sed -nE 's/^ *Tested: ([0-9]+).*/\1/p' said) operations, $(sed -nE 's/^ *([0-9]+) generated.*/\1/p' said) requests, $((failures - queries - large)) failures; known: $queries about QUERY, $large about seeds"
    [ "$failures" = $((queries + large)) ] || { cat said; return 1; }
}

judge_redbot() {
    from_pip redbot || { echo 'pip cannot bring it'; return 77; }
    serve || return 1
    local path n=0 good=0 warnings=0 bad=0 counts
    for path in / /he_normal/3x4.json /he_normal/64x64.npy '/init?scheme=zeros&shape=4' /schemes /recommend /models /openapi.json /version \
        /livez /metrics /nothing; do
        timeout 60 "$home/venv/bin/python" "$here/judge_redbot.py" "${address%/}$path" >>said 2>&1 || { cat said; return 1; }
        read -ra counts <<<"$(tail -n 1 said)"
        n=$((n + 1)) good=$((good + counts[0])) warnings=$((warnings + counts[1])) bad=$((bad + counts[2]))
    done
    grep -E '^(warning|bad)' said
    echo "$n resources: $good good notes, $warnings warnings, $bad bad"
    [ "$bad" = 0 ]
}

# It wants an echo of what is posted, which no resource here gives: 2 of its 33 cases.
judge_h1spec() {
    [ -e "${JUDGES:-/nowhere}/http_test.ts" ] || { echo 'JUDGES=DIR with its http_test.ts'; return 77; }
    command -v npm >/dev/null || { echo 'apt-get install npm'; return 77; }
    [ -x "$home/node_modules/.bin/deno" ] || npm install --prefix "$home" --no-fund --no-audit --silent deno || { echo 'npm cannot bring deno'; return 77; }
    serve --host '*' || return 1
    local port=${address##*:}
    NO_COLOR=1 "$home/node_modules/.bin/deno" run --allow-net "$JUDGES/http_test.ts" 127.0.0.1 "${port%/}" >said 2>&1
    sed -nE 's/^([0-9]+) out of ([0-9]+) tests passed.*/\1 of \2/p' said
    [ "$(grep '❌' said | grep -cvE 'Valid POST request with body|Chunked Transfer-Encoding: ')" = 0 ] && grep -q 'out of' said ||
        { cat said; return 1; }
}

judge_slowhttptest() {
    command -v slowhttptest >/dev/null && command -v wrk >/dev/null || { echo 'apt-get install slowhttptest wrk'; return 77; }
    (cd "$here/../.." && WEIGHTD=$weightd tests/bench/soak/load_tools.sh) >said 2>&1
    local verdict=$?
    [ "$verdict" = 0 ] || cat said
    echo "$(grep -c '^ok *slowhttptest' said) of $(grep -c slowhttptest said) attacks keep nobody from being answered"
    return "$verdict"
}

# TLS 1.2 and newer, and every suite with forward secrecy.
judge_sslscan() {
    command -v sslscan >/dev/null || { echo 'apt-get install sslscan'; return 77; }
    command -v openssl >/dev/null || { echo 'apt-get install openssl'; return 77; }
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out cert -days 2 -subj /CN=localhost 2>/dev/null
    serve --tls-cert cert --tls-key key || return 1
    sslscan --no-colour "${address#https://}" >said 2>&1
    local weak
    weak=$(grep -cE '^(SSLv[23]|TLSv1\.[01]) +enabled' said)
    grep -E '^(Preferred|Accepted) ' said | grep -vE 'TLSv1\.3|(ECDHE|DHE)-[A-Z0-9-]*(GCM|POLY1305|CCM)' >doubtful
    echo "$(grep -cE '^TLSv.* +enabled' said) versions, $(grep -cE '^(Preferred|Accepted) ' said) suites; old versions: $weak, suites without forward secrecy or with CBC: $(wc -l <doubtful)"
    grep -qE '^TLSv1\.2 +enabled' said && [ "$weak" = 0 ] && [ ! -s doubtful ] || { cat said; return 1; }
}

# ---- all of them ---------------------------------------------------------------------------------------------------------

failed=0
[ $# != 0 ] || set -- schemathesis redbot h1spec slowhttptest sslscan
for name; do
    mkdir -p "$dir/$name" && cd "$dir/$name" || exit 1
    "judge_$name" >"$dir/table" 2>&1
    case $? in
    0) printf '%-14s %s\n' "$name" "$(tail -n 1 "$dir/table")" ;;
    77) printf 'skipped: %s (%s)\n' "$name" "$(tail -n 1 "$dir/table")" ;;
    *) tail -n 60 "$dir/table"; printf '%-14s FAILED\n' "$name"; failed=1 ;;
    esac
done
exit $failed
