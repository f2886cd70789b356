#!/bin/bash
# systems.sh [SUITE...] - README's two commands on fresh Debian systems: bookworm and trixie, or those named. As root.
#
# debootstrap makes each system once, below the user's cache; every run works in a copy, in a folder whose name has a blank and
# letters beyond ASCII. First an ordinary user without sudo is told what to install, then root runs `make run` and TARGET (make
# test). A warning of the compiler is a failure. What make printed stays in build/systems/SUITE.log.
set -eu
cd "$(dirname "$0")/../.."
home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-systems
target=${TARGET:-test}
root=
mkdir -p "$home" build/systems
fail() { echo "$*"; exit 1; }
clean() {
    [ -z "$root" ] || { umount -lR "$root/proc" "$root/dev" 2>/dev/null || :; rm -rf "$root"; }
}
trap clean EXIT
[ "$(id -u)" = 0 ] || fail 'systems.sh: chroot needs root'

# shellcheck disable=SC2016 # apt's own name
mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)

base() { # SUITE
    [ -e "$home/$1.done" ] && return
    rm -rf "${home:?}/$1"
    debootstrap --variant=minbase --include=make,ca-certificates "$1" "$home/$1" "$mirror" >"$home/$1.log" || fail "debootstrap $1 failed: $home/$1.log"
    # Packages come from where this machine has them.
    cp /etc/apt/apt.conf.d/* "$home/$1/etc/apt/apt.conf.d/"
    chroot "$home/$1" useradd -m somebody
    touch "$home/$1.done"
}

inside() { # COMMAND, in the folder of the project
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 sh -c "cd '/home/wörk dir/weightd' && $1"
}

try() { # SUITE
    local log=build/systems/$1.log url
    root=$home/$1.work
    clean
    cp -a "$home/$1" "$root"
    mount --rbind /dev "$root/dev"
    mount --make-rslave "$root/dev"
    mount -t proc proc "$root/proc"
    mkdir -p "$root/home/wörk dir/weightd"
    git ls-files -z | xargs -0 tar -c | tar -x -C "$root/home/wörk dir/weightd"
    chmod -R a+rwX "$root/home/wörk dir"

    inside 'su somebody -c "make build; make deps"' >"$log" 2>&1 && fail "$1: a build without libraries says nothing"
    { grep -q 'make deps' "$log" && grep -q 'sudo apt-get .*libmicrohttpd-dev' "$log"; } || fail "$1: a user without sudo is not told what to install ($log)"

    inside "timeout -s INT 600 make run ARGS='--port 0'" >>"$log" 2>&1 &
    until url=$(sed -n 's/.*listening on //p' "$log") && [ -n "$url" ]; do
        kill -0 $! 2>/dev/null || fail "$1: make run does not serve ($log)"
        sleep 0.2
    done
    curl -sf "$url/he_normal/3x4.json?seed=7" | grep -q '"shape":\[3,4\]' || fail "$1: no tensor ($log)"
    for pid in $(pgrep -x weightd); do [ "$(readlink "/proc/$pid/root")" != "$root" ] || kill -INT "$pid"; done
    wait $! || :

    inside "TEST_TIMEOUT=1800 make $target" >>"$log" 2>&1 || { tail -n 20 "$log"; fail "$1: make $target failed ($log)"; }
    if grep -n 'warning:' "$log"; then fail "$1: warnings"; fi
    # shellcheck disable=SC2016 # dpkg's own name
    echo "$1: $(chroot "$root" gcc -dumpfullversion) gcc, libmicrohttpd $(chroot "$root" dpkg-query -W -f='${Version}' libmicrohttpd-dev): $(grep -E 'passed, .* failed' "$log" | tail -n 1)"
    clean
    root=
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
    base "$suite"
    try "$suite"
done
