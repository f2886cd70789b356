#!/bin/sh
# dist.sh FOLDER - the committed sources as FOLDER/weightd-VERSION.tar.gz, which builds without git. The same commit gives the same
# bytes: names in git's order, the commit's time, no owner, no name or time in the compression.
set -eu
cd "$(dirname "$0")/.."
name=weightd-$(git show HEAD:VERSION)
mkdir -p "$1"
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD >"$1/$name.tar"
gzip -9nf "$1/$name.tar"
echo "$1/$name.tar.gz"
