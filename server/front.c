/* see front.h */
#include "front.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4096 /* a power of two */
#define LOCKS 64

struct entry {
    uint64_t hash, signature;
    size_t route, target_len, key_len;
    char text[]; /* target, key */
};

struct srv_front {
    pthread_mutex_t locks[LOCKS]; /* slot i: lock i % LOCKS */
    struct entry *slots[SLOTS];
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

struct srv_front *srv_front_open(void)
{
    struct srv_front *front = calloc(1, sizeof *front);
    for (size_t i = 0; front && i < LOCKS; i++)
        pthread_mutex_init(&front->locks[i], NULL);
    return front;
}

void srv_front_close(struct srv_front *front)
{
    if (!front)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(front->slots[i]);
    for (size_t i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&front->locks[i]);
    free(front);
}

static pthread_mutex_t *lock_of(struct srv_front *front, size_t slot)
{
    return &front->locks[slot % LOCKS];
}

bool srv_front_find(struct srv_front *front, const char *target, size_t target_len, struct srv_front_hit *hit)
{
    uint64_t hash = hash_of(target, target_len);
    size_t slot = hash % SLOTS;
    pthread_mutex_lock(lock_of(front, slot));
    const struct entry *entry = front->slots[slot];
    bool found = entry && entry->hash == hash && entry->target_len == target_len &&
                 !memcmp(entry->text, target, target_len);
    if (found) {
        memcpy(hit->key, entry->text + target_len, entry->key_len);
        hit->key_len = entry->key_len;
        hit->signature = entry->signature;
        hit->route = entry->route;
    }
    pthread_mutex_unlock(lock_of(front, slot));
    return found;
}

void srv_front_put(struct srv_front *front, const char *target, size_t target_len, const char *key, size_t key_len,
                   uint64_t signature, size_t route)
{
    if (target_len > SRV_FRONT_TEXT_MAX || key_len > SRV_FRONT_TEXT_MAX)
        return;
    struct entry *entry = malloc(sizeof *entry + target_len + key_len);
    if (!entry)
        return;
    uint64_t hash = hash_of(target, target_len);
    size_t slot = hash % SLOTS;
    *entry = (struct entry){.hash = hash, .signature = signature, .route = route, .target_len = target_len, .key_len = key_len};
    memcpy(entry->text, target, target_len);
    memcpy(entry->text + target_len, key, key_len);
    pthread_mutex_lock(lock_of(front, slot));
    struct entry *old = front->slots[slot];
    front->slots[slot] = entry;
    pthread_mutex_unlock(lock_of(front, slot));
    free(old);
}
