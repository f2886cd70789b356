/* see budget.h */
#include "cache/budget.h"

void srv_budget_init(struct srv_budget *budget, uint64_t limit)
{
    atomic_init(&budget->used, 0);
    budget->limit = limit;
}

bool srv_budget_reserve(struct srv_budget *budget, uint64_t n)
{
    if (!budget)
        return true;
    uint64_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
    do {
        if (n > budget->limit || used > budget->limit - n)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + n, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

void srv_budget_release(struct srv_budget *budget, uint64_t n)
{
    if (budget)
        atomic_fetch_sub_explicit(&budget->used, n, memory_order_relaxed);
}

uint64_t srv_budget_used(const struct srv_budget *budget)
{
    return atomic_load_explicit(&((struct srv_budget *)(uintptr_t)budget)->used, memory_order_relaxed);
}
