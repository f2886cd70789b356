/* element.h - one element of any dtype: rounded to it, loaded, stored. */
#ifndef WI_BASE_ELEMENT_H
#define WI_BASE_ELEMENT_H

#include "base/f8.h"
#include "base/half.h"

/* x rounded to the dtype. Narrower types than f32 are rounded to f32 first, as frameworks convert their scalars. */
static inline double wi_in_dtype(enum wi_dtype_id dtype, double x)
{
    if (dtype == WI_F64)
        return x;
    if (wi_is_f8(dtype))
        return (double)wi_f8_value(dtype, wi_f8_bits(dtype, (float)x));
    return (double)(dtype == WI_F32 ? (float)x : wi_round_half(dtype, (float)x));
}

/* Element i of an array of the dtype. */
static inline double wi_load(enum wi_dtype_id dtype, const void *from, size_t i)
{
    if (dtype == WI_F64)
        return ((const double *)from)[i];
    if (dtype == WI_F32)
        return (double)((const float *)from)[i];
    if (wi_is_f8(dtype))
        return (double)wi_f8_value(dtype, ((const uint8_t *)from)[i]);
    return (double)wi_half_value(dtype, ((const uint16_t *)from)[i]);
}

/* Element i = wi_in_dtype(dtype, x). */
static inline void wi_store(enum wi_dtype_id dtype, void *to, size_t i, double x)
{
    if (dtype == WI_F64)
        ((double *)to)[i] = x;
    else if (dtype == WI_F32)
        ((float *)to)[i] = (float)x;
    else if (wi_is_f8(dtype))
        ((uint8_t *)to)[i] = wi_f8_bits(dtype, (float)x);
    else
        ((uint16_t *)to)[i] = wi_half_bits(dtype, (float)x);
}

#endif
