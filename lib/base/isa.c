/* see isa.h */
#include "isa.h"

#include <stdatomic.h>

/* Zero-initialized: no limit set yet, level not yet asked for. */
static atomic_int limit_plus_1;

static enum wi_isa best(void)
{
#ifdef WI_ISA_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return WI_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2"))
        return WI_ISA_AVX2;
#endif
    return WI_ISA_BASE;
}

enum wi_isa wi_isa_level(void)
{
    int limit = atomic_load_explicit(&limit_plus_1, memory_order_relaxed) - 1;
    enum wi_isa level = best();
    return limit >= 0 && level > (enum wi_isa)limit ? (enum wi_isa)limit : level;
}

enum wi_isa wi_isa_limit(enum wi_isa level)
{
    atomic_store_explicit(&limit_plus_1, (int)level + 1, memory_order_relaxed);
    return wi_isa_level();
}

const char *wi_isa_name(enum wi_isa level)
{
    static const char *const names[WI_ISA_COUNT] = {"baseline", "avx2", "avx512"};
    return names[level];
}
