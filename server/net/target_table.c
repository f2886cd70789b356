/* see target_table.h */
#include "net/target_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4096 /* a power of two */
#define LOCKS 64

struct slot {
    uint64_t hash;
    struct srv_target_memo entry; /* its texts are behind the target */
    char target[];
};

struct srv_target_table {
    void (*free_confirmation)(void *confirmation);
    pthread_mutex_t locks[LOCKS]; /* slot i: lock i % LOCKS */
    struct slot *slots[SLOTS];
};

/* Not cryptographic: who makes targets collide only makes his own targets forget each other. */
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
    struct srv_target_table *front = calloc(1, sizeof *front);
    if (!front)
        return NULL;
    front->free_confirmation = free_confirmation;
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_init(&front->locks[i], NULL);
    return front;
}

static void free_slot(struct srv_target_table *front, struct slot *slot)
{
    if (slot && slot->entry.confirmation)
        front->free_confirmation(slot->entry.confirmation);
    free(slot);
}

void srv_target_table_close(struct srv_target_table *front)
{
    if (!front)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free_slot(front, front->slots[i]);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&front->locks[i]);
    free(front);
}

static bool is_of(const struct slot *slot, uint64_t hash, const char *target)
{
    return slot && slot->hash == hash && !strcmp(slot->target, target);
}

bool srv_target_table_visit(struct srv_target_table *front, const char *target,
                            void (*visit)(void *arg, const struct srv_target_memo *), void *arg)
{
    uint64_t hash = hash_of(target, strlen(target));
    pthread_mutex_t *lock = &front->locks[hash % SLOTS % LOCKS];
    pthread_mutex_lock(lock);
    const struct slot *slot = front->slots[hash % SLOTS];
    bool found = is_of(slot, hash, target);
    if (found)
        visit(arg, &slot->entry);
    pthread_mutex_unlock(lock);
    return found;
}

/* A copy of everything, in one piece of memory; NULL: too long, or no memory. */
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

void srv_target_table_put(struct srv_target_table *front, const char *target, const struct srv_target_memo *entry)
{
    uint64_t hash = hash_of(target, strlen(target));
    pthread_mutex_t *lock = &front->locks[hash % SLOTS % LOCKS];
    struct slot *slot = new_slot(hash, target, entry), *old = slot;
    if (!slot) {
        if (entry->confirmation)
            front->free_confirmation(entry->confirmation);
        return;
    }
    pthread_mutex_lock(lock);
    struct slot **place = &front->slots[hash % SLOTS];
    if (entry->key || !is_of(*place, hash, target)) {
        old = *place;
        *place = slot;
    }
    pthread_mutex_unlock(lock);
    free_slot(front, old);
}
