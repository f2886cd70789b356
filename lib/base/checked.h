/* checked.h - arithmetic that says when it overflows. */
#ifndef WI_BASE_CHECKED_H
#define WI_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool wi_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

#endif
