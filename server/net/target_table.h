/* target_table.h - from a request target, as it came, to what it led to last time.
 *
 * What a target means never changes, so a target that was answered once need not be read again: this table leads from
 * its bytes straight to the cache key of the body, and to the entity tag with an answer that confirms it. Fixed size; a
 * newer target takes the place of an older one. Entries are hints: the body may be gone from the cache by now.
 *
 * Threads: every function may be called from any thread; a lock is held for one comparison and one visit. */
#ifndef SRV_NET_TARGET_TABLE_H
#define SRV_NET_TARGET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_TARGET_TEXT_MAX 512 /* bytes of a target, of a key, of an entity tag; what is longer is not remembered */

struct srv_target_table;

struct srv_target_memo {
    const char *key;    /* of the body in the cache, NULL: it was not seen there */
    uint64_t key_hash;  /* srv_cache_hash */
    uint64_t signature; /* the caller's: of the header that goes with the body */
    unsigned neutral;   /* the caller's: what a request may have without another answer */
    const char *etag;
    void *confirmation; /* the caller's: the answer to a request that has this entity tag already */
    size_t route;
};

/* free_confirmation: how what entries hold is freed. NULL: no memory. */
struct srv_target_table *srv_target_table_open(void (*free_confirmation)(void *confirmation));
void srv_target_table_close(struct srv_target_table *front);

/* Have visit(arg, entry) called with the entry of a target, under its lock: the entry is valid for the call. False: there is
 * none. */
bool srv_target_table_visit(struct srv_target_table *front, const char *target,
                            void (*visit)(void *arg, const struct srv_target_memo *), void *arg);

/* Remember. The texts are copied, the confirmation is taken. One without a key does not replace one with a key for the same
 * target. A failure to remember is no error. */
void srv_target_table_put(struct srv_target_table *front, const char *target, const struct srv_target_memo *entry);

#endif
