#!/bin/bash
# deb.sh FOLDER - Debian's packages of this tree in FOLDER, built in a copy: dpkg-buildpackage wants debian/ at the top, where this
# tree does not have it.
set -eu
cd "$(dirname "$0")/.."
out=$(realpath -m "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(cat VERSION)
[ "$(dpkg-parsechangelog -l packaging/debian/changelog -S Version)" = "$version" ] || { echo "packaging/debian/changelog is not of $version"; exit 1; }

packaging/copy.sh "$work/weightd-$version"
cp -r packaging/debian "$work/weightd-$version/debian"
(cd "$work/weightd-$version" && dpkg-buildpackage -us -uc) >"$work/log" 2>&1 || { tail -n 40 "$work/log"; exit 1; }
mkdir -p "$out"
rm -f "$out"/*.deb "$out"/*.dsc "$out"/*.tar.xz "$out"/*.changes "$out"/*.buildinfo
find "$work" -maxdepth 1 -type f -exec cp -t "$out" {} +
