/* front.h - from a request target, as it came, to the cache key it led to last time.
 *
 * What a target means never changes, so a target that was answered from the cache once need not be read again: this table
 * leads from its bytes straight to the key. Fixed size; a newer target takes the place of an older one. Entries are
 * hints: the body may be gone from the cache by now.
 *
 * Threads: every function may be called from any thread; locks are held for one comparison and one copy. */
#ifndef SRV_FRONT_H
#define SRV_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_FRONT_TEXT_MAX 512 /* bytes of a target, and of a key; longer ones are not remembered */

struct srv_front;

struct srv_front_hit {
    char key[SRV_FRONT_TEXT_MAX];
    size_t key_len;
    uint64_t signature; /* as it was put */
    size_t route;
};

struct srv_front *srv_front_open(void); /* NULL: no memory */
void srv_front_close(struct srv_front *front);

bool srv_front_find(struct srv_front *front, const char *target, size_t target_len, struct srv_front_hit *hit);
/* Remember; a failure to do so is no error. */
void srv_front_put(struct srv_front *front, const char *target, size_t target_len, const char *key, size_t key_len,
                   uint64_t signature, size_t route);

#endif
