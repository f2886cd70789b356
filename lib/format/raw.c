/* raw: the elements alone. sha256: laid out as raw; the caller sends the digest of the bytes. */
#include "format/rows.h"

const struct wi_format_row wi_format_raw = {
    .info = {.name = "raw",
             .media_type = "application/octet-stream",
             .accept = "application/octet-stream",
             .extension = "bin",
             .summary = "little-endian elements in row-major order, described by the X-Tensor headers"},
};

const struct wi_format_row wi_format_sha256 = {
    .info = {.name = "sha256",
             .media_type = "text/plain; charset=utf-8",
             .accept = "text/plain",
             .extension = "sha256",
             .summary = "hex SHA-256 of the raw bytes and a newline, for pinning",
             .digest = true},
};
