/* number.h - an element as text, in the formats that write text.
 *
 * Each number is the shortest decimal that reads back to the same value, as f64 for f64, else as f32. Narrower types
 * are printed as the f32 of the same value, so that readers without those types get the exact value. */
#ifndef WI_FORMAT_NUMBER_H
#define WI_FORMAT_NUMBER_H

#include "wi.h"

/* Bytes of the longest number of the type. */
static inline unsigned wi_number_width(enum wi_dtype_id dtype)
{
    return dtype == WI_F64 ? WI_DECIMAL_F64_MAX : WI_DECIMAL_F32_MAX;
}

/* Write a finite value of the type to out, which has room for WI_DECIMAL_F64_MAX bytes; returns the length. */
static inline size_t wi_number_print(enum wi_dtype_id dtype, double value, char *out)
{
    return dtype == WI_F64 ? wi_decimal_f64(value, out) : wi_decimal_f32((float)value, out);
}

#endif
