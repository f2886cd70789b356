/* dispatch.h - declare what an *_isa.c file defines once per instruction level (isa.h), and select by the level in use.
 *
 *     WI_ISA_FN(void, wi_mt_next_block, (uint32_t key[624]))     declares a function per level and their type
 *     static wi_mt_next_block_fn *const fns[] = WI_ISA_FNS(wi_mt_next_block);
 *     fns[wi_isa_level()](key);
 *
 * For other things than functions: static const T by_level[] = WI_ISA_EACH(OF), where OF(_base), OF(_avx2)... give
 * them. WI_ISA_FNS_TO_AVX2 is for a file to which AVX-512 gives nothing: the Makefile's TO_AVX2 names it. */
#ifndef WI_BASE_DISPATCH_H
#define WI_BASE_DISPATCH_H

#include "isa.h"

#ifdef WI_ISA_X86
#define WI_ISA_DECLARE(type, name) type name##_base, name##_avx2, name##_avx512
#define WI_ISA_EACH(of)                                                                     \
    {                                                                                       \
        [WI_ISA_BASE] = of(_base), [WI_ISA_AVX2] = of(_avx2), [WI_ISA_AVX512] = of(_avx512) \
    }
#define WI_ISA_FNS(name)                                                                          \
    {                                                                                             \
        [WI_ISA_BASE] = name##_base, [WI_ISA_AVX2] = name##_avx2, [WI_ISA_AVX512] = name##_avx512 \
    }
#define WI_ISA_FNS_TO_AVX2(name)                                                                \
    {                                                                                           \
        [WI_ISA_BASE] = name##_base, [WI_ISA_AVX2] = name##_avx2, [WI_ISA_AVX512] = name##_avx2 \
    }
#else
#define WI_ISA_DECLARE(type, name) type name##_base
#define WI_ISA_EACH(of)            \
    {                              \
        [WI_ISA_BASE] = of(_base), \
    }
#define WI_ISA_FNS(name)            \
    {                               \
        [WI_ISA_BASE] = name##_base \
    }
#define WI_ISA_FNS_TO_AVX2 WI_ISA_FNS
#endif

#define WI_ISA_FN(result, name, args) \
    typedef result name##_fn args;    \
    WI_ISA_DECLARE(name##_fn, name);

#endif
