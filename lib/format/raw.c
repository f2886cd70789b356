/* Raw: the elements and nothing else. sha256: the same bytes, of which the caller sends the digest. */
#include "format/format.h"

static enum wi_status frame(struct wi_plan *plan, struct wi_error *err)
{
    (void)err;
    plan->cell_bytes = plan->tensor.dtype->bytes;
    return WI_OK;
}

const struct wi_format_row wi_format_raw = {
    .info = {"raw", "application/octet-stream", "application/octet-stream", "bin",
             "little-endian elements in row-major order, described by the X-Tensor headers", 0, false},
    .frame = frame,
};

const struct wi_format_row wi_format_sha256 = {
    .info = {"sha256", "text/plain; charset=utf-8", "text/plain", "sha256",
             "hex SHA-256 of the raw bytes and a newline, for pinning", 0, true},
    .frame = frame,
};
