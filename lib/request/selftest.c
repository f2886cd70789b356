/* Does this build compute the numbers of WI_ALG, in this process? See wi_selftest in wi.h. */
#include "base/fail.h"
#include "wi.h"

/* Enough for the working memory of every query below. */
enum { MEMORY_BYTES = 80 * 1024 };

/* Bodies and the digests of them: wi_stream_id of their bytes. */
static const struct known {
    const char *query;
    uint64_t digest;
} known[] = {
    {"scheme=uniform&shape=300&seed=1&low=-1&high=3", UINT64_C(0x2def24f312a14565)},
    {"scheme=uniform&shape=300&seed=1&dtype=f64", UINT64_C(0x9a3ee64e701a474e)},
    {"scheme=normal&shape=300&seed=1", UINT64_C(0x24f0525efb561d30)},
    {"scheme=normal&shape=300&seed=1&dtype=f64&format=json", UINT64_C(0x6adeb744572031d1)},
    {"scheme=normal&shape=300&seed=1&dtype=f16", UINT64_C(0x968b9eeac65995bd)},
    {"scheme=normal&shape=300&seed=1&dtype=bf16&format=json", UINT64_C(0xb298b8fc096bd063)},
    {"scheme=truncated_normal&shape=300&seed=1", UINT64_C(0xa9ef4765865bf89b)},
    {"scheme=truncated_normal&shape=300&seed=1&dtype=f64", UINT64_C(0x864228dd983aef38)},
    {"scheme=normal&shape=300&seed=1&std=1e-39", UINT64_C(0x33796a6d1c5c897c)},
    {"scheme=normal&shape=300&seed=1&std=1e-309&dtype=f64", UINT64_C(0x126ddaf5baf20dc4)},
    {"scheme=orthogonal&shape=50,49&seed=1", UINT64_C(0x6e4373d313a49527)},
    {"scheme=sparse&shape=20,10&seed=1", UINT64_C(0xca756bf4d8145c24)},
    {"like=numpy&scheme=random&shape=300&seed=1", UINT64_C(0x9452245007c10779)},
    {"like=numpy-generator&scheme=standard_normal&shape=300&seed=1&dtype=f32", UINT64_C(0x148e3d8d1448b9f2)},
    {"like=torch&scheme=normal&shape=40&seed=1", UINT64_C(0x5cc475b4232ca4a0)},
    {"like=torch@1.13&scheme=trunc_normal&shape=40&seed=1&dtype=f64", UINT64_C(0x37eb554c00a6cc16)},
    {"like=jax&scheme=normal&shape=300&seed=1", UINT64_C(0xa6c1776203ec6032)},
    {"like=tfjs&scheme=normal&shape=300&seed=1", UINT64_C(0x51eedd6b27b427d9)},
};

/* Volatile, so that the compiler does not compute what the processor must. */
static const char *fault_of_arithmetic(void)
{
    volatile double least = 0x1p-1022, one = 1, half_ulp = 0x1p-53, third = 1.0 / 3, sum;
    volatile float least_f32 = 0x1p-126f;
    if (!(least * 0.5 > 0) || !(least_f32 * 0.5f > 0) || !(0x1p-1074 * one > 0))
        return "subnormal numbers are flushed to zero: the program, or a library that it loads, was linked with "
               "-ffast-math, or set the processor so";
    sum = one + half_ulp;
    if (sum != 1 || one + half_ulp * 1.5 == 1 || -one - half_ulp != -1)
        return "the rounding mode is not to nearest";
    sum = third * 3;
    if (third * 3 - sum != 0)
        return "arithmetic has excess precision";
    return NULL;
}

static bool holds(const struct known *k, enum wi_isa level, struct wi_error *err)
{
    uint8_t memory[MEMORY_BYTES];
    struct wi_sizes sizes;
    if (wi_get(k->query, memory, sizeof memory, &sizes, err) != WI_OK)
        return false;
    if (wi_stream_id((const char *)memory, (size_t)sizes.body_bytes) == k->digest)
        return true;
    wi_fail(
        err, WI_E_UNSUPPORTED, "",
        "this build gives other numbers than alg=%u (instructions: %s, request: %s): it was compiled with flags, or by "
        "a compiler, that change arithmetic",
        (uint64_t)WI_ALG, wi_isa_name(level), k->query);
    return false;
}

bool wi_selftest(struct wi_error *err)
{
    const enum wi_isa before = wi_isa_level();
    const char *fault = fault_of_arithmetic();
    bool good = !fault;
    err = wi_error_fresh(err);
    if (fault)
        wi_fail(err, WI_E_UNSUPPORTED, "", "this process cannot give the numbers of alg=%u: %s", (uint64_t)WI_ALG,
                fault);
    for (unsigned level = 0; good && level < WI_ISA_COUNT && wi_isa_limit((enum wi_isa)level) == level; level++)
        for (size_t i = 0; good && i < sizeof known / sizeof *known; i++)
            good = holds(&known[i], (enum wi_isa)level, err);
    wi_isa_limit(before);
    return good;
}
