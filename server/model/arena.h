/* arena.h - memory that is freed all at once.
 *
 * Blocks are 16-byte aligned and live until srv_arena_free. An arena that is all zeros is empty and ready.
 * Threads: one user at a time. */
#ifndef SRV_MODEL_ARENA_H
#define SRV_MODEL_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct srv_arena {
    struct srv_arena_chunk *chunk; /* the newest; chunks are chained */
    size_t bytes;                  /* of all chunks */
};

/* size bytes of zeros. NULL when memory is short. */
void *srv_arena_alloc(struct srv_arena *arena, size_t size);
/* A terminated copy of the text. NULL when memory is short. */
char *srv_arena_text(struct srv_arena *arena, const char *text, size_t len);
void srv_arena_free(struct srv_arena *arena);

#endif
