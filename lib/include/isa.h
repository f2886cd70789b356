/* isa.h - which instruction level the kernels run at.
 *
 * A file named *_isa.c is compiled once per level of the target (see the Makefile), with WI_ISA defined to the level's
 * suffix; every external name in it goes through WI_ISA_NAME. All levels give the same bits, so the choice is only
 * about speed: it is made from the CPU at the first use and can be lowered for tests.
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

/* The level in use: the best this build and this CPU have, not above the limit. */
enum wi_isa wi_isa_level(void);

/* Never go above `level` from now on (WI_ISA_AVX512 lifts the limit). Returns the level now in use. */
enum wi_isa wi_isa_limit(enum wi_isa level);

/* "baseline", "avx2" or "avx512". */
const char *wi_isa_name(enum wi_isa level);

WI_API_END

#endif
