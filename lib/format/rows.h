/* rows.h - the formats in the order in which they are shown. A new format is one file and its name here. */
#ifndef WI_FORMAT_ROWS_H
#define WI_FORMAT_ROWS_H

#include "format/format.h"

#define WI_FORMAT_ROWS(row) row(raw) row(npy) row(safetensors) row(json) row(sha256) row(sha256sum) row(csv) row(tsv)

#define WI_DECLARE_FORMAT(name) extern const struct wi_format_row wi_format_##name;
WI_FORMAT_ROWS(WI_DECLARE_FORMAT)
#undef WI_DECLARE_FORMAT

#endif
