#!/bin/bash
# check_api.sh - api/openapi.json is what tools/openapi.py makes of the program's tables, weightd serves it as it stands, and
# what it says is what weightd answers (check_api.py).
set -eu
export WEIGHTD=${WEIGHTD:-build/weightd}

"$(dirname "$WEIGHTD")"/tests/tables | tools/openapi.py | diff api/openapi.json - ||
    { echo "api/openapi.json is not what the tables say: run \`make api\`, and look at what changes"; exit 1; }
"$WEIGHTD" get /openapi.json | cmp api/openapi.json -
"${PYTHON:-python3}" tests/check/check_api.py api/openapi.json

# Each of these makes the document untrue, and check_api.py must see it.
planted=$(mktemp)
trap 'rm -f "$planted"' EXIT
while read -r change; do
    sed "$change" api/openapi.json >"$planted"
    cmp -s api/openapi.json "$planted" && { echo "changes nothing: $change"; exit 1; }
    if "${PYTHON:-python3}" tests/check/check_api.py "$planted" >/dev/null 2>&1; then
        echo "check_api.py does not see: $change"
        exit 1
    fi
done <<'EOF'
s/(scalar|/(|/
s/"X-Tensor-Fan-In"/"X-Tensor-Fan-Inn"/
s/"maximum": 1000000.0/"maximum": 2000000.0/
s/"known_problem": {/"well_known": {/
s/"multipart\/byteranges"/"multipart\/mixed"/
s/"416": {/"410": {/
s/"truncated_normal"/"untruncated_normal"/
EOF
