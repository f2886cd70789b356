#!/bin/bash
# check_deb.sh [SUITE] - Debian's packages: built twice, the same bytes, and lintian has nothing to say; installed on a fresh Debian of
# this machine's release, where packaging/debian/tests/installed tries them; purged, nothing is left. As root.
#
# With another SUITE they are built in that fresh system, of what debian/control says is needed, and tried there.
set -eu
cd "$(dirname "$0")/.."
here=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
suite=${1:-$here}
fail() { echo "$*"; exit 1; }
# shellcheck disable=SC1091 # a file of tests/check
. tests/check/fresh.sh
scratch=$(mktemp -d)
stop() {
    fresh_close
    rm -rf "$scratch"
}
trap stop EXIT

fresh_root=
fresh_open "$suite"
debs=$fresh_root/debs
mkdir "$debs"
if [ "$suite" = "$here" ]; then
    packaging/deb.sh "$debs"
    CCACHE_DISABLE=1 packaging/deb.sh "$scratch/again"
    for deb in "$debs"/*.deb; do
        cmp "$deb" "$scratch/again/${deb##*/}" || fail 'built again, a package has other bytes'
    done
    echo "built again: $(find "$debs" -name '*.deb' | wc -l) packages, the same bytes"
    lintian --allow-root --fail-on error,warning "$debs"/*.changes || fail 'lintian found something'
    echo "lintian: nothing"
else
    packaging/copy.sh "$debs/src"
    cp -r packaging/debian "$debs/src/debian"
    fresh_run 'apt-get -qq update && apt-get -qq -y install --no-install-recommends dpkg-dev && apt-get -qq -y build-dep /debs/src &&
        cd /debs/src && dpkg-buildpackage -us -uc' \
        >"$scratch/log" 2>&1 || { tail -n 30 "$scratch/log"; fail "$suite: not built"; }
    if grep 'warning:' "$scratch/log"; then fail "$suite: warnings"; fi
    echo "$suite: built there, $(fresh_run 'gcc -dumpfullversion')"
fi

needs=$(sed -n '/^Depends:/,/^[R-Z]/{s/^Depends:\| \|,//g;/^[a-z]/p}' packaging/debian/tests/control | grep -vE 'weightd|libwi' | xargs)
fresh_run "apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd procps bash-completion $needs" >"$scratch/log" 2>&1 ||
    { tail -n 20 "$scratch/log"; fail "$suite: not installed: $needs"; }
fresh_run 'rm -f /debs/*dbgsym* /etc/dpkg/dpkg.cfg.d/*; apt-get -qq -y install --no-install-recommends /debs/*.deb' >"$scratch/log" 2>&1 ||
    { tail -n 20 "$scratch/log"; fail "$suite: the packages are not installed"; }
cp packaging/debian/tests/installed "$fresh_root/tmp/"
fresh_run 'cd / && su somebody -c /tmp/installed' || fail "$suite: what is installed does not work"

left() { fresh_run "find / -xdev \\( -name '*weightd*' -o -name '*libwi*' \\) -not -path '/debs/*' -not -path '/proc/*' -not -path '/var/cache/apt/*'"; }
[ "$(left | wc -l)" -gt 5 ] || fail 'installed, nothing is found'
fresh_run 'apt-get -qq -y purge weightd libwi0 libwi-dev python3-weightd' >"$scratch/log" 2>&1 || { cat "$scratch/log"; fail 'not purged'; }
[ -z "$(left)" ] || { left; fail 'left behind by a purge'; }
echo "$suite: purged, nothing is left"
