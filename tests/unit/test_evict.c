/* test_evict.c - the order of eviction: equal to a naive model, and cheaper than plain LRU. */
#include <stdbool.h>
#include <string.h>
#include <sys/queue.h>

#include "cache/evict.h"
#include "support/test.h"
#include "support/want.h"

/* Against a naive model: a random trace, the same victims. */
TEST(test_evict_agrees_with_a_naive_model)
{
    enum { N = 50, ROOM = 20 };
    struct srv_evict evict;
    struct srv_rank rank[N] = {0};
    double priority[N] = {0}, uses[N] = {0}, floor = 0;
    bool in[N] = {false};
    uint64_t random = 12345;
    assert_true(srv_evict_init(&evict, ROOM));
    for (int step = 0; step < 20000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        size_t i = (random >> 33) % N * ((random >> 50) % N) / N;
        uint64_t cost = (i * 7919 % 50) * 1000, bytes = 100 + i * 31 % 17;
        if (!in[i] && evict.n == ROOM) {
            size_t victim = 0;
            for (size_t k = 1; k < N; k++)
                if (in[k] && (!in[victim] || priority[k] < priority[victim]))
                    victim = k;
            struct srv_rank *gone = srv_evict_pop(&evict);
            assert_true(priority[victim] == gone->priority);
            in[gone - rank] = false;
            floor = gone->priority;
        }
        uses[i] = !in[i] ? 1 : uses[i] < SRV_USES_MAX ? uses[i] + 1 : SRV_USES_MAX;
        priority[i] = floor + uses[i] * (((double)cost + SRV_USE_NS) / (double)bytes);
        if (in[i])
            srv_evict_touch(&evict, &rank[i]);
        else
            srv_evict_add(&evict, &rank[i], cost, bytes);
        in[i] = true;
        if (step % 97 == 0) {
            srv_evict_remove(&evict, &rank[i]);
            in[i] = false;
        }
    }
    srv_evict_deinit(&evict);
}

struct kind {
    uint64_t size, cost_ns;
};

/* Bodies as weightd makes them, in bytes and nanoseconds: zeros, uniform, normal (four), JSON, a framework's stream,
 * orthogonal 256 x 256 and 512 x 512. */
static const struct kind kinds[] = {
    {4 << 20, 400000}, {1 << 20, 150000},  {1 << 18, 100000},  {1 << 20, 400000},  {4 << 20, 1600000},
    {1 << 19, 400000}, {1 << 20, 4000000}, {1 << 20, 1600000}, {1 << 18, 1500000}, {1 << 20, 12000000},
};

static const struct kind *kind_of(size_t key)
{
    return &kinds[key * 2654435761u % (sizeof kinds / sizeof kinds[0])];
}

/* Plain LRU, for comparison. */
struct key {
    TAILQ_ENTRY(key) link;
};
TAILQ_HEAD(lru, key);

static struct key *lru_pop(struct lru *lru)
{
    struct key *key = TAILQ_FIRST(lru);
    TAILQ_REMOVE(lru, key, link);
    return key;
}

/* Total nanoseconds spent on misses over a Zipf-like trace of which every `drift` steps all keys change rank. */
static double replay(bool by_cost, uint64_t room, unsigned drift)
{
    enum { KEYS = 4000, STEPS = 200000 };
    static struct srv_rank rank[KEYS];
    static struct key keys[KEYS];
    static bool in[KEYS];
    static double cumulated[KEYS];
    struct srv_evict evict;
    struct lru lru = TAILQ_HEAD_INITIALIZER(lru);
    uint64_t used = 0, random = 99;
    double total = 0, sum = 0;
    memset(in, 0, sizeof in);
    for (int i = 0; i < KEYS; i++)
        cumulated[i] = sum += 1.0 / (1 + i * 0.75);
    assert_true(srv_evict_init(&evict, KEYS));
    for (int step = 0; step < STEPS; step++) {
        double u = test_uniform(&random) * sum;
        size_t lo = 0, hi = KEYS - 1;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;
            if (cumulated[mid] < u)
                lo = mid + 1;
            else
                hi = mid;
        }
        size_t key = (lo + (size_t)step / drift) % KEYS;
        const struct kind *kind = kind_of(key);
        if (in[key]) {
            srv_evict_touch(&evict, &rank[key]);
            TAILQ_REMOVE(&lru, &keys[key], link);
            TAILQ_INSERT_TAIL(&lru, &keys[key], link);
            continue;
        }
        total += (double)kind->cost_ns;
        while (used + kind->size > room) {
            size_t victim = (size_t)(by_cost ? srv_evict_pop(&evict) - rank : lru_pop(&lru) - keys);
            if (by_cost)
                TAILQ_REMOVE(&lru, &keys[victim], link);
            else
                srv_evict_remove(&evict, &rank[victim]);
            in[victim] = false;
            used -= kind_of(victim)->size;
        }
        srv_evict_add(&evict, &rank[key], kind->cost_ns, kind->size);
        TAILQ_INSERT_TAIL(&lru, &keys[key], link);
        in[key] = true;
        used += kind->size;
    }
    srv_evict_deinit(&evict);
    return total;
}

TEST(test_cost_policy_beats_lru)
{
    static const unsigned drifts[] = {1000000, 1000, 50};
    for (int i = 0; i < 3; i++) {
        for (uint64_t room = 16 << 20; room <= 1 << 30; room *= 4) {
            double lru = replay(false, room, drifts[i]), cost = replay(true, room, drifts[i]);
            print_message("drift %7u, %4u MiB: compute time LRU %6.1f s, cost-aware %6.1f s, ratio %.2f\n", drifts[i],
                          (unsigned)(room >> 20), lru * 1e-9, cost * 1e-9, lru / cost);
            assert_true(cost < lru * (room < 256 << 20 ? 0.9 : 0.7));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evict_agrees_with_a_naive_model),
        cmocka_unit_test(test_cost_policy_beats_lru),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
