#!/bin/bash
# check_deployment.sh - docker/ and docs/OPERATIONS.md name only options, files and make targets that exist. systemd-analyze
# judges the unit, kubectl the manifests, nginx the configuration of the fleet, each where it is installed.
set -eu
cd "$(dirname "$0")/../.."
weightd=$(realpath "${WEIGHTD:-build/weightd}")
fail() { echo "$*"; exit 1; }
skip() { echo "skipped: $1 ($2)"; }

options=$("$weightd" --print-config | sed 's/=.*//')
# shellcheck disable=SC2013 # words
for name in $(grep -rohE 'WEIGHTD_[A-Z_]+' docker docs/OPERATIONS.md Dockerfile | sort -u); do
    grep -qx "$name" <<<"$options" || fail "no such option: $name"
done
flags=$("$weightd" --help | grep -oE -- '--[a-z-]+' | sort -u)
for flag in $(grep -oE -- '`--[a-z-]+' docs/OPERATIONS.md | tr -d '`' | sort -u); do
    grep -qx -- "$flag" <<<"$flags" || fail "no such option: $flag"
done
for path in $(grep -oE '\(\.\./[^)]*\)' docs/OPERATIONS.md | tr -d '()' | sed 's#^\.\./##'); do
    [ -e "$path" ] || fail "no such file: $path"
done
# shellcheck disable=SC2013 # words
for target in $(grep -oE '`make [a-z-]+' docs/OPERATIONS.md | sed 's/`make //'); do
    grep -q "^$target:" Makefile tests/tests.mk clients/clients.mk clients/wasm/wasm.mk packaging/packages.mk || fail "no such target: $target"
done

grep -qx "ARG VERSION=$(cat VERSION)" Dockerfile || fail "ARG VERSION of the Dockerfile is not $(cat VERSION)"
grep -qE "^weightd \($(cat VERSION)\)" packaging/debian/changelog || fail "packaging/debian/changelog is not of $(cat VERSION)"

# What the Dockerfile copies for its first stage is all that a build needs, and .dockerignore lets it through.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
# shellcheck disable=SC2013 # words
for path in $(sed -n '/^FROM.*AS build/,/^FROM/ s/^COPY \(.*\) [^ ]*$/\1/p' Dockerfile); do
    grep -qx "!${path%%/*}" .dockerignore || fail ".dockerignore hides $path"
    cp -r --parents "$path" "$tree"
done
make -n -C "$tree" build >/dev/null || fail "the Dockerfile does not copy what a build needs"

# Every deployment gives the process --cache-bytes + --work-bytes + 256 MiB.
bytes() { numfmt --from=iec <<<"$1"; }
for file in docker/compose.yaml docker/fleet/compose.yaml docker/fleet/replicas.yaml docker/systemd/weightd.service; do
    value() { sed -nE "s/.*WEIGHTD_$1(: |, value: |=)([0-9]+[MG]).*/\\2/p" $file; }
    cache=$(value CACHE_BYTES) work=$(value WORK_BYTES)
    limit=$(sed -nE 's/.*(mem_limit: |limits: \{memory: |MemoryMax=)([0-9]+)(m|Mi|M).*/\2M/p' $file)
    [ $(($(bytes "${cache:-256M}") + $(bytes "${work:-1G}") + 268435456)) = "$(bytes "$limit")" ] ||
        fail "$file: $limit is not $cache + $work + 256M"
done

if command -v systemd-analyze >/dev/null; then
    systemd-analyze security --offline=true --threshold=20 --no-pager docker/systemd/weightd.service >/dev/null ||
        fail "systemd-analyze security: more than 2.0"
else
    skip 'docker/systemd judged by systemd-analyze' 'sudo apt-get install systemd'
fi
if command -v kubectl >/dev/null; then
    kubectl kustomize docker/fleet >/dev/null
else
    skip 'docker/fleet judged by kubectl' 'https://kubernetes.io/docs/tasks/tools/'
fi
if nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx); then
    folder=$tree/nginx
    mkdir "$folder"
    # Replace as envsubst would; names with `resolve` may need a newer nginx than this one.
    # shellcheck disable=SC2016 # names of the template, not of this script
    sed -e 's/\${FLEET_LISTEN}/127.0.0.1:8080/; s/\${FLEET_WHOLE}/127.0.0.1:8081/; s/\${FLEET_CACHE_BYTES}/1g/' \
        -e 's/\${FLEET_REPLICAS}/server 127.0.0.1:8082 fail_timeout=1s;/; s/\${NGINX_LOCAL_RESOLVERS}/127.0.0.1/' \
        -e "s#\\\${FLEET_CACHE}#$folder/cache#; s#\\\${FLEET_RUN}#$folder#" docker/fleet/nginx.conf.template \
        >"$folder/nginx.conf"
    "$nginx" -t -q -p "$folder" -c "$folder/nginx.conf" -e stderr
else
    skip 'docker/fleet judged by nginx' 'sudo apt-get install nginx-light'
fi
