# fresh.sh - fresh Debian systems, for scripts that source it: debootstrap makes each once, below the user's cache, and every run
# works in a copy. As root.
#
#     fresh_open SUITE; fresh_run COMMAND; fresh_close
# shellcheck shell=bash

fresh_home=${XDG_CACHE_HOME:-$HOME/.cache}/weightd-systems
fresh_root=

fresh_base() { # SUITE: make it if there is none
    local mirror
    [ ! -e "$fresh_home/$1.done" ] || return 0
    [ "$(id -u)" = 0 ] || { echo 'chroot needs root'; return 1; }
    # shellcheck disable=SC2016 # apt's own name
    mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
    mkdir -p "$fresh_home"
    rm -rf "${fresh_home:?}/$1"
    debootstrap --variant=minbase --include=make,ca-certificates "$1" "$fresh_home/$1" "$mirror" >"$fresh_home/$1.log" ||
        { echo "debootstrap $1 failed: $fresh_home/$1.log"; return 1; }
    # Packages come from where this machine has them.
    cp /etc/apt/apt.conf.d/* "$fresh_home/$1/etc/apt/apt.conf.d/"
    chroot "$fresh_home/$1" useradd -m somebody
    touch "$fresh_home/$1.done"
}

fresh_open() { # SUITE: a copy at $fresh_root, with /dev and /proc
    [ "$(id -u)" = 0 ] || { echo 'chroot needs root'; return 1; }
    fresh_base "$1" || return
    fresh_root=$fresh_home/$1.$$
    cp -a "$fresh_home/$1" "$fresh_root"
    mount --rbind /dev "$fresh_root/dev"
    mount --make-rslave "$fresh_root/dev"
    mount -t proc proc "$fresh_root/proc"
}

fresh_run() { # COMMAND, of sh
    chroot "$fresh_root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive sh -c "$1"
}

fresh_kill() { # SIGNAL: weightd in there
    local pid
    for pid in $(pgrep -x weightd); do
        [ "$(readlink "/proc/$pid/root")" != "$fresh_root" ] || kill -"$1" "$pid"
    done
}

fresh_close() {
    [ -n "$fresh_root" ] || return 0
    umount -lR "$fresh_root/proc" "$fresh_root/dev" 2>/dev/null || :
    rm -rf --one-file-system "$fresh_root"
    fresh_root=
}
