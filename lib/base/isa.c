/* see isa.h */
#include "isa.h"

#include <stdatomic.h>

/* The level in use plus 1; 0 before the first use. Threads that ask the CPU at the same time store the same value. */
static atomic_int in_use_plus_1;

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

static enum wi_isa use(enum wi_isa level)
{
    atomic_store_explicit(&in_use_plus_1, (int)level + 1, memory_order_relaxed);
    return level;
}

enum wi_isa wi_isa_level(void)
{
    int known = atomic_load_explicit(&in_use_plus_1, memory_order_relaxed);
    return known ? (enum wi_isa)(known - 1) : use(best());
}

enum wi_isa wi_isa_limit(enum wi_isa level)
{
    enum wi_isa most = best();
    return use(level < most ? level : most);
}

const char *wi_isa_name(enum wi_isa level)
{
    static const char *const names[WI_ISA_COUNT] = {"baseline", "avx2", "avx512"};
    return names[level];
}
