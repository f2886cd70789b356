/* contract.h - refuse compiler flags that change the numbers. The Makefile includes it first in every file of the
 * library. */
#ifndef WI_BASE_CONTRACT_H
#define WI_BASE_CONTRACT_H

#include <float.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "libwi promises the same bits everywhere: it cannot be compiled with -ffast-math or parts of it"
#endif
#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "libwi needs float and double arithmetic without excess precision (32-bit x86: -msse2 -mfpmath=sse)"
#endif

_Static_assert(sizeof 0.1 == sizeof(double),
               "constants are doubles unless they say otherwise: no -fsingle-precision-constant");

#endif
