#!/bin/bash
# recipes.sh - clients/ci and the recipes of docs/CI.md, each as far as it can be tried without its service: held to the schemas
# of those who run them, judged by actionlint, and run against the program. make check-recipes.
#
# The schemas are check-jsonschema's, brought by pip; actionlint is brought by go. A docker that is a script stands in for the real
# one; with podman and root, the container is real, of the image that IMAGE names or `make check-image` left.
set -eu
cd "$(dirname "$0")/../.."
home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges/recipes
actionlint=v1.7.12
WEIGHTD=$(realpath "${WEIGHTD:-build/weightd}")
export WEIGHTD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "$*"; exit 1; }
skip() { echo "skipped: $1 ($2)"; }
mkdir -p "$home"

# ---- schemas ---------------------------------------------------------------------------------------------------------

# Blocks of docs/CI.md: block HEADING LANGUAGE N prints the n-th.
block() {
    # shellcheck disable=SC2016 # fences
    sed -n "/^## $1\$/,/^## /p" docs/CI.md | awk -v fence='```'"$2" -v n="$3" '$0 == "```" { inside = 0 } inside && seen == n; $0 == fence { inside = 1; seen++ }'
}
schema() { # SCHEMA FILE [OPTION...]
    local schema=$1 file=$2
    shift 2
    [ -s "$file" ] || fail "$file is empty"
    "$home/venv/bin/check-jsonschema" -q --builtin-schema "vendor.$schema" "$@" "$file" || fail "$file is not what $schema wants"
}
{ echo 'on: push'; block 'GitHub Actions' yaml 1; } >"$scratch/action-user.yml"
{ echo 'on: push'; block 'GitHub Actions' yaml 2; } >"$scratch/service-user.yml"
block GitLab yaml 1 >"$scratch/gitlab-user.yml"
block 'docker compose' yaml 1 >"$scratch/compose.yaml"
block make make 1 >"$scratch/Makefile"
block Anywhere sh 1 >"$scratch/anywhere.sh"

if [ -x "$home/venv/bin/check-jsonschema" ] || { python3 -m venv "$home/venv" && "$home/venv/bin/pip" install -q check-jsonschema==0.37.4; }; then
    schema github-actions clients/ci/action.yml
    schema github-workflows "$scratch/action-user.yml"
    schema github-workflows "$scratch/service-user.yml"
    schema gitlab-ci clients/ci/gitlab.yml --data-transform gitlab-ci
    schema gitlab-ci "$scratch/gitlab-user.yml" --data-transform gitlab-ci
    schema compose-spec docker/compose.yaml
    schema compose-spec "$scratch/compose.yaml"
    # The check can fail.
    sed 's/using: composite/using: compost/' clients/ci/action.yml >"$scratch/wrong.yml"
    ! (schema github-actions "$scratch/wrong.yml") >/dev/null 2>&1 || fail 'a wrong action passes its schema'
    echo 'schemas: right'
else
    rm -rf "$home/venv"
    skip 'schemas of the recipes' 'pip needs a package registry'
fi

# ---- actionlint: the workflow that uses the action, beside the action -------------------------------------------------

if [ -x "$home/actionlint" ] || { command -v go >/dev/null && GOBIN=$home go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint" 2>"$scratch/go"; }; then
    repository=$scratch/repository
    mkdir -p "$repository/.github/workflows" "$repository/clients"
    cp -r clients/ci "$repository/clients/"
    git init -q "$repository"
    lint() { (cd "$repository" && "$home/actionlint"); }
    sed 's#OWNER/weightd/clients/ci@v[0-9.]*#./clients/ci#' "$scratch/action-user.yml" >"$repository/.github/workflows/action.yml"
    cp "$scratch/service-user.yml" "$repository/.github/workflows/service.yml"
    grep -q 'uses: ./clients/ci' "$repository/.github/workflows/action.yml" || fail 'the workflow does not use the action'
    lint || fail 'actionlint has something to say'
    # The check can fail: an output and an input that the action does not have.
    sed -i 's/outputs.url/outputs.address/' "$repository/.github/workflows/action.yml"
    ! lint >/dev/null || fail 'actionlint does not see the outputs of the action'
    echo 'actionlint: right'
else
    skip 'actionlint' 'Go, and its module proxy'
fi

# ---- run ---------------------------------------------------------------------------------------------------------------

if [ -x "$home/venv/bin/python" ]; then
    "$home/venv/bin/python" tests/check/recipes/run.py "$scratch"
else
    skip 'recipes, run' 'pip needs a package registry'
fi
