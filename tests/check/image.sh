#!/bin/bash
# image.sh - the container's image: built by buildah, at most 40 MB, its list of packages true, the program in it works as
# somebody without rights, for any name, and its files are the same when it is built again.
#
# The base is BASE=; else debian:12-slim from a registry; else, where no registry is reached, one that debootstrap makes.
# No container is started: buildah's chroot isolation needs no daemon and no cgroups.
set -eu
cd "$(dirname "$0")/../.."
fail() { echo "$*"; exit 1; }
base=${BASE:-debian:12-slim}
state=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges/image
mkdir -p "$state"
scratch=$(mktemp -d)
server=
containers=()
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    for c in "${containers[@]}"; do buildah rm "$c" >/dev/null 2>&1 || :; done
    rm -rf "$scratch"
}
trap stop EXIT

# A base made here takes packages from where this machine does.
local_base() {
    local root=$state/base mirror
    # shellcheck disable=SC2016 # apt's own name
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
    [ -e "$root.done" ] || { rm -rf "$root"; debootstrap --variant=minbase bookworm "$root" "$mirror" >/dev/null; touch "$root.done"; }
    cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/"
    local c
    c=$(buildah from scratch)
    containers+=("$c")
    buildah add -q "$c" "$root" / >/dev/null
    buildah commit -q "$c" localhost/weightd-base >/dev/null
    base=localhost/weightd-base
}

build() { # NAME
    buildah build -q --no-cache --isolation chroot --network host --format docker --build-arg BASE="$base" \
        --build-arg SOURCE_DATE_EPOCH=0 -t "$1" . >"$scratch/build.log" 2>&1 || { tail -n 20 "$scratch/build.log"; fail 'the image does not build'; }
}

files() { # CONTAINER: the folder with its files
    buildah mount "$1"
}

buildah inspect "$base" >/dev/null 2>&1 || timeout 60 buildah pull -q "$base" >/dev/null 2>&1 || local_base
echo "base: $base"
build localhost/weightd-check
c=$(buildah from localhost/weightd-check)
containers+=("$c")
root=$(files "$c")

bytes=$(du -sb "$root" | cut -f1)
[ "$bytes" -le 40000000 ] || fail "the image has $bytes bytes, more than 40 MB"
echo "bytes: $bytes"

python3 - "$root" <<'EOF'
import json, os, sys
root = sys.argv[1]
sbom = json.load(open(f"{root}/usr/share/doc/weightd/sbom.spdx.json"))
packages = {p["name"]: p for p in sbom["packages"]}
assert "weightd" in packages and all(p["versionInfo"] for p in packages.values()), packages
licences = {d for d in os.listdir(f"{root}/usr/share/doc") if os.path.exists(f"{root}/usr/share/doc/{d}/copyright")}
assert licences == set(packages), licences ^ set(packages)
libraries = [f for folder, _, names in os.walk(root) for f in names if ".so" in f]
assert len(libraries) >= len(packages) - 1, (libraries, packages)
for relation in sbom["relationships"]:
    assert relation["relatedSpdxElement"] in {p["SPDXID"] for p in packages.values()}, relation
print(f"packages: {len(packages)}, libraries: {len(libraries)}")
EOF

run() { buildah run --isolation chroot --network host --user 65532:65532 --env WEIGHTD_PORT="$port" "$c" -- "$@"; }
port=$((20000 + RANDOM % 20000))
run weightd >"$scratch/said" 2>&1 &
server=$!
for _ in $(seq 50); do curl -sf -o "$scratch/got" "http://127.0.0.1:$port/livez" && break; sleep 0.1; done
run weightd --healthcheck || fail 'weightd --healthcheck fails in the image'
query='/init?scheme=he_normal&shape=256,128&seed=7'
curl -sf -H 'Host: weightd' "http://127.0.0.1:$port$query" | cmp - <(build/weightd get "$query") || fail 'the image gives other bytes'
for pid in $(pgrep -x weightd); do ! grep -qz "^WEIGHTD_PORT=$port\$" "/proc/$pid/environ" || kill "$pid"; done
wait "$server" 2>/dev/null || :
server=
echo 'served: the same bytes, for the name of a service, as user 65532'

build localhost/weightd-again
again=$(buildah from localhost/weightd-again)
containers+=("$again")
diff -r --no-dereference "$root/usr" "$(files "$again")/usr" || fail 'built again, the image has other files'
echo 'built again: the same files'
