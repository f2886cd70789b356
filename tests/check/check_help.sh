#!/bin/bash
# check_help.sh - the manual pages weightd(1) and wi(3) are what man can show, without a warning, and name every option; bash
# completes options, their values, commands and topics.
set -eu
cd "$(dirname "$0")/../.."
weightd=$(realpath "${WEIGHTD:-build/weightd}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "$*"; exit 1; }

"$weightd" help man >"$folder/weightd.1"
tools/wi_man.sh "$(cat VERSION)" >"$folder/wi.3"
if command -v groff >/dev/null; then
    for page in weightd.1 wi.3; do
        groff -man -Tascii -ww -P -cbou "$folder/$page" >"$folder/text.$page" 2>"$folder/warnings"
        [ ! -s "$folder/warnings" ] || { cat "$folder/warnings"; fail "$page: warnings"; }
    done
    # A check that cannot fail is none.
    { cat "$folder/wi.3"; echo '.NO_SUCH_REQUEST'; } | groff -man -Tascii -ww 2>&1 >/dev/null | grep -q NO_SUCH || fail 'groff does not warn'
    for flag in $("$weightd" --help | grep -oE '^  --[a-z-]+'); do
        grep -q -- "$flag" "$folder/text.weightd.1" || fail "weightd(1) does not name $flag"
    done
    grep -q 'wi_body_read(&body, wi_keep_only, keep, at, piece, sizeof piece)' "$folder/text.wi.3" || fail 'wi(3) has lost the example of wi.h'
    for header in lib/include/*.h; do
        grep -q "^ *${header##*/}" "$folder/text.wi.3" || fail "wi(3) does not name ${header##*/}"
    done
else
    echo 'skipped: manual pages judged by groff (sudo apt-get install groff)'
fi

"$weightd" help bash >"$folder/completion"
complete_words() { # WORDS...: what is offered for the last one
    bash --norc -c '. "$1"; shift; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weightd; printf "%s " "${COMPREPLY[@]}"' - "$folder/completion" "$@"
}
offers() { # WANTED WORDS...
    local want=$1 got
    shift
    got=$(complete_words "$@")
    [ "$got" = "$want" ] || fail "completion of \"$*\" offers \"$got\", not \"$want\""
}
offers '--port --print-config ' weightd --p
offers 'json ' weightd --log j
offers 'off text json ' weightd serve --log ''
offers 'get ' weightd ge
offers 'models man ' weightd help m
offers "$folder/weightd.1 " weightd --tls-cert "$folder/we"
offers ' ' weightd --port ''
