/* isa.h - the instruction level of the kernels.
 *
 * A file named *_isa.c is compiled once per level of the target (see the Makefile), with WI_ISA defined to the level's
 * suffix; every external name in it goes through WI_ISA_NAME. All levels give the same bits; they differ in
 * speed. On arm64 the base level has NEON, so there is no other (`make identity` counts its vectors). The first use
 * selects the best level of the CPU; tests can lower it.
 *
 * Threads: wi_isa_level is safe everywhere; wi_isa_limit must not race with running kernels. */
#ifndef WI_ISA_H
#define WI_ISA_H

#include "api.h"

WI_API_BEGIN

enum wi_isa { WI_ISA_BASE, WI_ISA_AVX2, WI_ISA_AVX512, WI_ISA_COUNT };

#define WI_ISA_PASTE_(name, suffix) name##suffix
#define WI_ISA_PASTE(name, suffix) WI_ISA_PASTE_(name, suffix)
#define WI_ISA_NAME(name) WI_ISA_PASTE(name, WI_ISA)

/* The level in use: the best that the build and the CPU have, not above the limit. */
enum wi_isa wi_isa_level(void);

/* Set the limit; WI_ISA_AVX512 lifts it. Returns the level now in use. */
enum wi_isa wi_isa_limit(enum wi_isa level);

/* "baseline", "avx2" or "avx512". */
const char *wi_isa_name(enum wi_isa level);

WI_API_END

#endif
