/* budget.h - a count of bytes with a limit, shared by all that is charged to it. Threads: any. */
#ifndef SRV_CACHE_BUDGET_H
#define SRV_CACHE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* It must outlive all that was charged to it. */
struct srv_budget {
    _Atomic uint64_t used;
    uint64_t limit;
};

void srv_budget_init(struct srv_budget *budget, uint64_t limit);
/* Charge n bytes: false (and nothing charged) when that would pass the limit. NULL budget: always true. */
bool srv_budget_reserve(struct srv_budget *budget, uint64_t n);
void srv_budget_release(struct srv_budget *budget, uint64_t n);
uint64_t srv_budget_used(const struct srv_budget *budget);

#endif
