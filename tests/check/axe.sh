#!/bin/bash
# axe.sh - the page at / under axe-core and Lighthouse, which npm brings into build/npm; in Debian's Chromium.
#
# axe must find nothing, in light, dark and forced colours, at 390 and 1280 pixels, and where a value is wrong. Lighthouse must
# give 95 for a phone's speed, 100 for a desktop's, and 100 for accessibility. Speed is that of this machine: other work on it
# lowers it, so the best of three counts.
set -u
for program in npm node chromium chromedriver; do
    command -v $program >/dev/null || { echo "skipped: axe and Lighthouse ($program is not here)"; exit 0; }
done
packages=build/npm
[ -d $packages/node_modules/lighthouse ] ||
    npm install --silent --no-audit --no-fund --prefix $packages axe-core@4 lighthouse@12 >/dev/null || exit 1
failed=0
AXE=$packages/node_modules/axe-core/axe.min.js /usr/bin/python3 tests/check/browser.py || failed=1

exec 3< <(exec "${WEIGHTD:-build/weightd}" --port 0 --log off)
server=$!
trap 'kill $server' EXIT
read -r line <&3
url=http://127.0.0.1:${line##*:}
judge() { # FORM PERFORMANCE ARGUMENT...
    local form=$1 least=$2 round best=0 scores speed access
    shift 2
    for round in 1 2 3; do
        scores=$(CHROME_PATH=$(command -v chromium) node $packages/node_modules/lighthouse/cli/index.js "${url%/}/" "$@" --quiet \
            --only-categories=performance,accessibility --chrome-flags='--headless=new --no-sandbox --disable-gpu' --output=json |
            node -e 'let s = ""; process.stdin.on("data", (d) => (s += d)).on("end", () => {
                const c = JSON.parse(s).categories;
                console.log(Math.round(100 * c.performance.score), Math.round(100 * c.accessibility.score)); })') || return 1
        read -r speed access <<<"$scores"
        [ "$speed" -le "$best" ] || best=$speed
        [ "$best" -lt "$least" ] || break
    done
    echo "Lighthouse, $form: performance $best (wanted: $least), accessibility $access (wanted: 100), round $round"
    [ "$best" -ge "$least" ] && [ "$access" -eq 100 ]
}
judge phone 95 || failed=1
judge desktop 100 --preset=desktop || failed=1
exit $failed
