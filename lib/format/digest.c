/* Digests: the body is a text that the caller makes of the file's SHA-256. The file is raw, or what of= names. */
#include "format/rows.h"

const struct wi_format_row wi_format_sha256 = {
    .info = {.name = "sha256",
             .media_type = "text/plain; charset=utf-8",
             .accept = "text/plain",
             .extension = "sha256",
             .summary = "hex SHA-256 of the raw bytes, or of the file that of= names, and a newline, for pinning",
             .params = WI_P_BIT(WI_P_OF),
             .digest = true},
};

const struct wi_format_row wi_format_sha256sum = {
    .info = {.name = "sha256sum",
             .media_type = "text/plain; charset=utf-8",
             .accept = "",
             .extension = "sha256sum",
             .summary = "the same with the file's name, as `sha256sum -c` reads it; 256x128.npy.sha256sum is of=npy",
             .params = WI_P_BIT(WI_P_OF),
             .digest = true,
             .names_file = true},
};
