#!/bin/bash
# api_clients.sh - clients that others' generators make of the served /openapi.json: openapi-python-client, openapi-generator (Go,
# Python, Java, TypeScript) and openapi-typescript. Each is generated and compiled, and its first three calls, with whatever
# defaults it sends, must give the bytes of raw, npy and JSON. Last, spectral and redocly must have nothing to say.
#
# Wants go, a JDK with mvn, node with npm, and python3-venv; a client whose language is not here is skipped and said so. The
# generators are brought by pip, npm and mvn into a folder of the user's cache. WEIGHTD names the server. Arguments name clients.
set -u
cd "$(dirname "$0")/../.." || exit 1
here=$PWD/tests/check/clients
home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges/api
generator=7.14.0
dir=$(mktemp -d)
server=
# shellcheck disable=SC2317 # called by the trap
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    chmod -R u+w "$dir" && rm -rf "$dir"
}
trap finish EXIT
mkdir -p "$home"

"${WEIGHTD:-build/weightd}" --port 0 --log off >"$dir/server" &
server=$!
until grep -qs listening "$dir/server"; do
    kill -0 "$server" || exit 1
    sleep 0.01
done
url=$(sed 's/.* //' "$dir/server")
document=$dir/openapi.json
mkdir "$dir/wanted"
curl -sSf -o "$document" "$url/openapi.json" || exit 1
for format in raw npy json; do
    curl -sSf -o "$dir/wanted/$format" "$url/init?scheme=he_normal&shape=3,4&seed=7&format=$format" || exit 1
done

# ---- what brings the generators ----------------------------------------------------------------------------------------

have() { command -v "$1" >/dev/null; }
python() {
    [ -x "$home/venv/bin/openapi-python-client" ] ||
        { python3 -m venv "$home/venv" && "$home/venv/bin/pip" install -q openapi-python-client httpx urllib3 pydantic python-dateutil; }
}
node_modules() {
    [ -e "$home/node_modules/.bin/tsc" ] || npm install --prefix "$home" --no-fund --no-audit --silent \
        @stoplight/spectral-cli @redocly/cli openapi-typescript openapi-fetch typescript@5 @types/node@20
}
jar=$home/openapi-generator-cli-$generator.jar
generate() { # LANGUAGE FOLDER [PROPERTIES]
    [ -e "$jar" ] || mvn -q dependency:copy -Dartifact=org.openapitools:openapi-generator-cli:$generator -DoutputDirectory="$home" || return 1
    java -jar "$jar" generate -g "$1" -i "$document" -o "$2" --additional-properties="hideGenerationTimestamp=true,${3:-}"
}

# ---- the clients: one function each, in a folder of its own; results in out/ --------------------------------------------

openapi_python_client() {
    python && "$home/venv/bin/openapi-python-client" generate --path "$document" --output-path client --meta none || return 1
    mv client weightd_client
    "$home/venv/bin/python" -m compileall -q weightd_client && PYTHONPATH=. "$home/venv/bin/python" "$here/judge_python_client.py" "$url" out
}

generator_python() {
    python && generate python client packageName=weightd || return 1
    "$home/venv/bin/python" -m compileall -q client/weightd && PYTHONPATH=client "$home/venv/bin/python" "$here/judge_python.py" "$url" out
}

generator_go() {
    generate go client packageName=weightd,withGoMod=false || return 1
    rm -rf client/test
    mkdir judge
    cp "$here/judge.go" judge/main.go
    [ -e client/go.mod ] || (cd client && go mod init weightd.test/client)
    printf 'module weightd.test/judge\n\nrequire weightd.test/client v0.0.0\nreplace weightd.test/client => ../client\n' >judge/go.mod
    (cd client && go mod tidy && go vet .) && (cd judge && go mod tidy && go run . "$url" ../out)
}

generator_java() {
    generate java client useSingleRequestParameter=true || return 1
    cp "$here/Judge.java" client/src/main/java/
    rm -rf client/src/test
    (cd client && mvn -q package -DskipTests -Dmaven.javadoc.skip=true -Dmaven.source.skip=true &&
        mvn -q dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=target/needs) &&
        java -cp "client/target/classes:client/target/needs/*" Judge "$url" out
}

compile_ts() { # MODULES RESOLUTION FILE
    ln -s "$home/node_modules" node_modules
    "$home/node_modules/.bin/tsc" --strict --target es2022 --module "$1" --moduleResolution "$2" --types node --outDir js "$3"
}

generator_typescript() {
    node_modules && generate typescript-fetch client || return 1
    cp "$here/judge_fetch.ts" client/judge.ts
    compile_ts commonjs node10 client/judge.ts && node js/judge.js "$url" out
}

openapi_typescript() {
    node_modules && "$home/node_modules/.bin/openapi-typescript" "$document" -o weightd.d.ts || return 1
    cp "$here/judge_types.ts" judge.ts
    echo '{"type": "module"}' >package.json
    compile_ts esnext bundler judge.ts && node js/judge.js "$url" out
}

# ---- all of them ---------------------------------------------------------------------------------------------------------

failed=0 skipped=0
try() { # NAME TOOL...
    local name=$1 tool
    shift
    for tool; do
        have "$tool" || { echo "skipped: $name (needs $tool)"; skipped=$((skipped + 1)); return; }
    done
    mkdir -p "$dir/$name/out"
    (cd "$dir/$name" && "$name") >"$dir/$name.log" 2>&1 && diff -r "$dir/wanted" "$dir/$name/out" >>"$dir/$name.log" 2>&1 &&
        { echo "$name: well"; return; }
    tail -n 40 "$dir/$name.log"
    echo "$name: FAILED"
    failed=$((failed + 1))
}

lint() {
    node_modules || return 1
    echo 'extends: ["spectral:oas"]' >spectral.yaml
    "$home/node_modules/.bin/spectral" lint --fail-severity hint -r spectral.yaml "$document" || return 1
    "$home/node_modules/.bin/redocly" lint --format=json "$document" >redocly.json 2>redocly.log || { cat redocly.json redocly.log; return 1; }
    grep -qE '"warnings": 0' redocly.json || { cat redocly.json; return 1; }
    cp "$dir"/wanted/* out/ # no client: nothing is compared
}

wanted=${*:-openapi_python_client generator_python generator_go generator_java generator_typescript openapi_typescript lint}
for name in $wanted; do
    case $name in
    openapi_python_client) try "$name" python3 ;;
    generator_python) try "$name" python3 java mvn ;;
    generator_go) try "$name" go java mvn ;;
    generator_java) try "$name" java mvn ;;
    generator_typescript) try "$name" node npm java mvn ;;
    *) try "$name" node npm ;;
    esac
done
echo "clients: $failed failed, $skipped skipped"
[ "$failed" = 0 ]
