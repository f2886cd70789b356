#!/bin/sh
# rootfs.sh FOLDER - make of FOLDER, which holds usr/bin/weightd, the whole file system of a container: the libraries that the
# program loads, their licences, and the list of their packages as SPDX 2.3 in usr/share/doc/weightd/sbom.spdx.json. For Debian.
set -eu
root=${1:?"rootfs.sh FOLDER"}
doc=$root/usr/share/doc
program=$root/usr/bin/weightd
version=$("$program" --version | awk '{print $2}')

# One line for each library: where the loader looks for it.
libraries() {
    ldd "$program" | sed -nE 's/.*=> (\/[^ ]+).*/\1/p; s/^\t(\/[^ ]+) .*/\1/p'
}

# dpkg lists files below /usr though /lib is a link to it, or the other way round.
package_of() {
    real=$(readlink -f "$1")
    { dpkg -S "$real" || dpkg -S "${real#/usr}" || dpkg -S "/usr$real"; } 2>/dev/null | head -n 1 | cut -d: -f1
}

packages=
for library in $(libraries); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
    name=$(package_of "$library")
    [ -n "$name" ] || { echo "rootfs.sh: no package has $library" >&2; exit 1; }
    packages="$packages $name"
done
packages=$(printf '%s\n' "$packages" | tr -s ' ' '\n' | sed '/^$/d' | sort -u)
for name in $packages; do
    install -D -m 644 "/usr/share/doc/$name/copyright" "$doc/$name/copyright"
done

spdx_package() { # NAME VERSION ARCHITECTURE, or NAME VERSION
    id=$(printf %s "$1" | tr -c 'A-Za-z0-9.-' -)
    locator="pkg:generic/$1@$2"
    [ $# -lt 3 ] || locator="pkg:deb/debian/$1@$2?arch=$3"
    printf '    {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION", "filesAnalyzed": false,\n' \
        "$id" "$1" "$2"
    printf '     "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "%s"}]}' \
        "$(printf %s "$locator" | sed 's/+/%2B/g; s/~/%7E/g')"
}

spdx_relation() { # FROM KIND TO
    printf '    {"spdxElementId": "SPDXRef-%s", "relationshipType": "%s", "relatedSpdxElement": "SPDXRef-%s"}' "$1" "$2" "$3"
}

sbom() {
    created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
    digest=$(sha256sum "$program" | cut -c1-64)
    printf '{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "weightd-%s",\n' "$version"
    printf ' "documentNamespace": "https://spdx.org/spdxdocs/weightd-%s-%s",\n' "$version" "$digest"
    printf ' "creationInfo": {"created": "%s", "creators": ["Tool: weightd-rootfs.sh"]},\n "packages": [\n' "$created"
    spdx_package weightd "$version"
    for name in $packages; do
        printf ',\n'
        # shellcheck disable=SC2046 # two words
        spdx_package "$name" $(dpkg-query -W -f='${Version} ${Architecture}' "$name")
    done
    printf '\n ],\n "relationships": [\n'
    spdx_relation DOCUMENT DESCRIBES weightd
    for name in $packages; do
        printf ',\n'
        spdx_relation weightd DEPENDS_ON "$(printf %s "$name" | tr -c 'A-Za-z0-9.-' -)"
    done
    printf '\n ]}\n'
}

mkdir -p "$doc/weightd"
sbom >"$doc/weightd/sbom.spdx.json"
