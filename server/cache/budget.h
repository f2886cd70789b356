/* budget.h - a count of bytes with a limit. Threads: any. */
#ifndef SRV_CACHE_BUDGET_H
#define SRV_CACHE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* It must outlive everything that is charged to it. */
struct srv_budget {
    _Atomic uint64_t used;
    uint64_t limit;
};

void srv_budget_init(struct srv_budget *budget, uint64_t limit);
/* Charge n bytes. False: they would pass the limit, and nothing is charged. budget NULL: no limit. */
bool srv_budget_reserve(struct srv_budget *budget, uint64_t n);
void srv_budget_release(struct srv_budget *budget, uint64_t n);
uint64_t srv_budget_used(const struct srv_budget *budget);

#endif
