#!/bin/sh
# copy.sh FOLDER - copy the sources to FOLDER, which must not exist: those that git knows or, in a tree without git, all but build/.
set -eu
cd "$(dirname "$0")/.."
mkdir "$1"
if [ -e .git ] && command -v git >/dev/null; then git ls-files -z; else find . -path ./build -prune -o -type f -print0; fi |
    tar -c --null -T - | tar -x -C "$1"
