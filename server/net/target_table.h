/* target_table.h - map from raw request target to cache key, ETag and ready 304.
 *
 * The meaning of a target never changes, so a target that was answered once need not be parsed again. Fixed size: a
 * newer target takes the place of an older one. Entries are hints: the body may have left the cache.
 *
 * Threads: every function may be called from any thread; a lock is held for one comparison and one visit. */
#ifndef SRV_NET_TARGET_TABLE_H
#define SRV_NET_TARGET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_TARGET_TEXT_MAX 512 /* bytes of a target, a key, an entity tag; longer ones are not remembered */

struct srv_target_table;

struct srv_target_memo {
    const char *key;    /* of the body in the cache; NULL: the body was not there */
    uint64_t key_hash;  /* srv_cache_hash */
    uint64_t signature; /* the caller's: of the header that goes with the body */
    unsigned ignorable; /* the caller's: request fields that do not change this answer */
    const char *etag;
    void *confirmation; /* the caller's: the 304 for a request that names the entity tag */
    size_t route;
};

/* free_confirmation: frees the confirmation of an entry. NULL: no memory. */
struct srv_target_table *srv_target_table_open(void (*free_confirmation)(void *confirmation));
void srv_target_table_close(struct srv_target_table *table);

/* Call visit(arg, entry) with the entry of a target, with its lock held: the entry is valid for the call. False: the
 * target has no entry. */
bool srv_target_table_visit(struct srv_target_table *table, const char *target,
                            void (*visit)(void *arg, const struct srv_target_memo *), void *arg);

/* Add an entry. The texts are copied, the confirmation is taken. An entry without a key does not replace an entry with
 * a key for the same target. The table may decline without a word. */
void srv_target_table_put(struct srv_target_table *table, const char *target, const struct srv_target_memo *entry);

#endif
