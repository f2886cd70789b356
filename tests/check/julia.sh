#!/bin/bash
# julia.sh FILE [ARGUMENT...] - run a file by julia, which Debian 12 and 13 do not have: by that of Debian 11, in a folder that
# debootstrap makes once, as root (0.7 GB). `make check-clients` names it as JULIA.
set -eu
root=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-judges/julia
if [ ! -e "$root.done" ]; then
    # shellcheck disable=SC2016 # apt's own name
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
    rm -rf "$root"
    debootstrap --variant=minbase --include=julia,curl bullseye "$root" "$mirror" >&2
    touch "$root.done"
fi
file=$(mktemp -p "$root/tmp" XXXXXX.jl)
trap 'rm -f "$file"' EXIT
cp "$1" "$file"
shift
# shellcheck disable=SC2016 # of the inner shell
unshare -m sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/bin/env HOME=/tmp julia --startup-file=no "$@"' \
    "$root" "${file#"$root"}" "$@"
