#!/bin/sh
# start.sh [COMMAND...] - start weightd, wait until it answers, and run the command with WEIGHTD_URL and HF_ENDPOINT set to where
# that is. weightd ends when the command does; the exit status is the command's.
#
# Without a command weightd runs on, and these lines are printed, as $GITHUB_ENV takes them: WEIGHTD_URL=, HF_ENDPOINT=, and
# WEIGHTD_STOP=, a command of the shell that ends it.
#
# What is started: a container of the image WEIGHTD_IMAGE, by docker or podman (or what DOCKER names); else the program WEIGHTD,
# or the weightd in PATH; else what the source tree around this file builds. WEIGHTD_OPTIONS are its options, separated by
# blanks; WEIGHTD_PORT is the port on this machine, else a free one. The log is off unless WEIGHTD_LOG says otherwise.
set -eu

fail() { echo "start.sh: $*" >&2; exit 1; }

# ---- a program -------------------------------------------------------------------------------------------------------

# The program to run. It is built where there is none.
find_program() {
    program=${WEIGHTD:-$(command -v weightd || :)}
    [ -z "$program" ] || return 0
    root=$(cd "$(dirname "$0")/../.." && pwd)
    [ -f "$root/lib/include/wi.h" ] || fail 'no weightd: none in PATH, none that WEIGHTD names, no image that WEIGHTD_IMAGE names'
    # What an outer make was told is not meant for this one.
    (unset MAKEFLAGS MFLAGS MAKELEVEL && make -C "$root" deps && make -C "$root" -j"$(nproc)" build) >&2
    program=$root/build/weightd
}

start_program() {
    find_program
    said=$(mktemp)
    # shellcheck disable=SC2086 # words
    "$program" --port "${port:-0}" $options >"$said" 2>&1 </dev/null &
    stop="kill $!"
    until grep -q ' listening on ' "$said"; do
        kill -0 $! 2>/dev/null || { cat "$said" >&2; rm -f "$said"; fail "$program does not serve"; }
        sleep 0.05
    done
    url=$(sed -n 's/.* listening on //p' "$said")
    rm -f "$said"
}

# ---- a container -----------------------------------------------------------------------------------------------------

start_container() {
    docker=${DOCKER:-}
    for name in docker podman; do
        [ -n "$docker" ] || ! "$name" version >/dev/null 2>&1 || docker=$name
    done
    [ -n "$docker" ] || fail "no docker and no podman that answers, to run $WEIGHTD_IMAGE"
    # shellcheck disable=SC2086 # words
    id=$("$docker" create --read-only --cap-drop ALL -e WEIGHTD_LOG="$WEIGHTD_LOG" -p "127.0.0.1:$port:8080" "$WEIGHTD_IMAGE" $options) ||
        fail "no container of $WEIGHTD_IMAGE"
    case $docker in *[!A-Za-z0-9._/-]*) stop="'$docker' rm -f $id" ;; *) stop="$docker rm -f $id" ;; esac
    "$docker" start "$id" >/dev/null || { eval "$stop" >/dev/null; fail "$WEIGHTD_IMAGE does not start"; }
    tries=0
    until "$docker" exec "$id" weightd --healthcheck >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries = 60 ] || [ "$("$docker" inspect -f '{{.State.Running}}' "$id")" != true ]; then
            "$docker" logs "$id" >&2
            eval "$stop" >/dev/null
            fail "$WEIGHTD_IMAGE does not serve"
        fi
        sleep 0.5
    done
    url=http://$("$docker" port "$id" 8080 | head -n 1)
}

# ---- the command -----------------------------------------------------------------------------------------------------

# A platform may have put an address there: tcp://10.0.0.1:8080.
port=${WEIGHTD_PORT:-}
case $port in 0 | *://*) port= ;; esac
options=${WEIGHTD_OPTIONS:-}
export WEIGHTD_LOG="${WEIGHTD_LOG:-off}"
if [ -n "${WEIGHTD_IMAGE:-}" ]; then start_container; else start_program; fi

if [ $# = 0 ]; then
    printf '%s=%s\n' WEIGHTD_URL "$url" HF_ENDPOINT "$url" WEIGHTD_STOP "$stop"
    exit
fi
trap 'eval "$stop" >/dev/null; wait' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
WEIGHTD_URL=$url HF_ENDPOINT=$url "$@"
