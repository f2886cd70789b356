/* dispatch.h - calling the level of an *_isa.c function that this CPU has. See isa.h.
 *
 *     WI_LIKE_DECLARE(void, wi_mt_next_block, (uint32_t key[624]))      declares it at every level
 *     static wi_mt_next_block_fn *const fns[] = WI_LIKE_LEVELS(wi_mt_next_block);
 *     fns[wi_isa_level()](key); */
#ifndef WI_LIKE_DISPATCH_H
#define WI_LIKE_DISPATCH_H

#include "isa.h"

#ifdef WI_ISA_X86
#define WI_LIKE_DECLARE(type, name, args) \
    typedef type name##_fn args;          \
    name##_fn name##_base, name##_avx2, name##_avx512;
#define WI_LIKE_LEVELS(name)                                                                      \
    {                                                                                             \
        [WI_ISA_BASE] = name##_base, [WI_ISA_AVX2] = name##_avx2, [WI_ISA_AVX512] = name##_avx512 \
    }
#else
#define WI_LIKE_DECLARE(type, name, args) \
    typedef type name##_fn args;          \
    name##_fn name##_base;
#define WI_LIKE_LEVELS(name)        \
    {                               \
        [WI_ISA_BASE] = name##_base \
    }
#endif

#endif
