/* see target_table.h */
#include "net/target_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

#define SLOTS 4096 /* a power of two */
#define LOCKS 64

DECLARE_LOCK(slot_lock);

struct slot {
    uint64_t hash;
    struct srv_target_memo entry; /* its texts stand behind the target */
    char target[];
};

struct srv_target_table {
    void (*free_confirmation)(void *confirmation);
    pthread_mutex_t locks[LOCKS]; /* slot i: lock i % LOCKS */
    struct slot *slots[SLOTS] GUARDED_BY(slot_lock);
};

/* Without a key: a collision only evicts an entry. */
static uint64_t hash_of(const char *text, size_t len)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ len;
    for (; len >= 8; text += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        h = (h ^ word) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    for (; len; text++, len--)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    h = (h ^ h >> 29) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 32;
}

struct srv_target_table *srv_target_table_open(void (*free_confirmation)(void *confirmation))
{
    struct srv_target_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->free_confirmation = free_confirmation;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&table->locks[i], NULL);
    return table;
}

static void free_slot(struct srv_target_table *table, struct slot *slot)
{
    if (slot && slot->entry.confirmation)
        table->free_confirmation(slot->entry.confirmation);
    free(slot);
}

UNCHECKED void srv_target_table_close(struct srv_target_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free_slot(table, table->slots[i]);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&table->locks[i]);
    free(table);
}

static bool is_of(const struct slot *slot, uint64_t hash, const char *target)
{
    return slot && slot->hash == hash && !strcmp(slot->target, target);
}

bool srv_target_table_visit(struct srv_target_table *table, const char *target,
                            void (*visit)(void *arg, const struct srv_target_memo *), void *arg)
{
    uint64_t hash = hash_of(target, strlen(target));
    pthread_mutex_t *lock = &table->locks[hash % SLOTS % LOCKS];
    slot_lock_take(lock);
    const struct slot *slot = table->slots[hash % SLOTS];
    bool found = is_of(slot, hash, target);
    if (found)
        visit(arg, &slot->entry);
    slot_lock_give(lock);
    return found;
}

/* Copy the entry and its texts into one piece of memory. NULL: too long, or no memory. */
static struct slot *new_slot(uint64_t hash, const char *target, const struct srv_target_memo *entry)
{
    size_t target_size = strlen(target) + 1, key_size = entry->key ? strlen(entry->key) + 1 : 0;
    size_t etag_size = entry->etag ? strlen(entry->etag) + 1 : 0;
    bool fits =
        target_size <= SRV_TARGET_TEXT_MAX && key_size <= SRV_TARGET_TEXT_MAX && etag_size <= SRV_TARGET_TEXT_MAX;
    struct slot *slot = fits ? malloc(sizeof *slot + target_size + key_size + etag_size) : NULL;
    if (!slot)
        return NULL;
    char *key = slot->target + target_size, *etag = key + key_size;
    slot->hash = hash;
    slot->entry = *entry;
    memcpy(slot->target, target, target_size);
    if (key_size)
        slot->entry.key = memcpy(key, entry->key, key_size);
    if (etag_size)
        slot->entry.etag = memcpy(etag, entry->etag, etag_size);
    return slot;
}

void srv_target_table_put(struct srv_target_table *table, const char *target, const struct srv_target_memo *entry)
{
    uint64_t hash = hash_of(target, strlen(target));
    pthread_mutex_t *lock = &table->locks[hash % SLOTS % LOCKS];
    struct slot *slot = new_slot(hash, target, entry), *old = slot;
    if (!slot) {
        if (entry->confirmation)
            table->free_confirmation(entry->confirmation);
        return;
    }
    slot_lock_take(lock);
    struct slot **place = &table->slots[hash % SLOTS];
    if (entry->key || !is_of(*place, hash, target)) {
        old = *place;
        *place = slot;
    }
    slot_lock_give(lock);
    free_slot(table, old);
}
