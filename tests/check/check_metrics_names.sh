#!/bin/bash
# check_metrics_names.sh - the alert rules, the dashboard and the operator's page name only metrics that /metrics has; the
# rules fire when they should (where promtool is installed), and the dashboard is JSON.
set -eu
cd "$(dirname "$0")/../.."
weightd=${WEIGHTD:-build/weightd}
files="docker/monitoring/alerts.yaml docker/monitoring/alerts_test.yaml docker/monitoring/dashboard.json docs/OPERATIONS.md"

there=$("$weightd" get /metrics |
    awk '/^# TYPE/ { print $3; if ($4 == "histogram") print $3 "_bucket\n" $3 "_count\n" $3 "_sum" }')
# shellcheck disable=SC2086 # a list of names
used=$(grep -ohE '\b(weightd|process)_[a-z_]+' $files | sort -u)
[ "$(wc -l <<<"$used")" -gt 20 ] || { echo "few metrics are used: $used"; exit 1; }
unknown=$(grep -vxF -f <(printf '%s\n' "$there") <<<"$used" || true)
[ -z "$unknown" ] || { echo "not in /metrics: $unknown"; exit 1; }
"${PYTHON:-python3}" -m json.tool docker/monitoring/dashboard.json >/dev/null
if command -v promtool >/dev/null; then
    promtool test rules docker/monitoring/alerts_test.yaml
else
    echo "skipped: the alert rules tried by promtool (sudo apt-get install prometheus)"
fi
