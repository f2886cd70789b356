/* raw: the elements alone. */
#include "format/rows.h"

const struct wi_format_row wi_format_raw = {
    .info = {.name = "raw",
             .media_type = "application/octet-stream",
             .accept = "application/octet-stream",
             .extension = "bin",
             .summary =
                 "little-endian elements, row-major or with order=F column-major, described by the X-Tensor headers",
             .params = WI_P_BIT(WI_P_ORDER)},
};
