#!/bin/sh
# wi_man.sh VERSION - print the manual page wi(3): the first comment of lib/include/wi.h, and what each installed header is for.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C

# Text that troff takes as it is.
roff() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\\&\\1/"; }

# The first comment of a header, without its stars.
comment() { sed -n '1,/\*\/$/{s/^\/\* //;s/^ \* \{0,1\}//;s/ *\*\/$//;p}' "$1"; }

cat <<EOF
.TH WI 3 "" "libwi $1"
.SH NAME
wi \\- initialized tensors whose bytes are the same on every machine
.SH SYNOPSIS
.nf
#include <wi.h>

cc program.c \$(pkg\-config \-\-cflags \-\-libs wi)
.fi
.SH DESCRIPTION
.nf
EOF
comment lib/include/wi.h | sed 1d | roff
echo '.fi'
echo '.SH HEADERS'
echo 'Each begins with its own manual.'
for header in lib/include/*.h; do
    printf '.TP\n.B %s\n' "${header##*/}"
    comment "$header" | sed -e '/^$/,$d' -e '1s/^[a-z]*\.h - //' | roff
done
printf '.SH "SEE ALSO"\n.BR weightd (1)\n'
