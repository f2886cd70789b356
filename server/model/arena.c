/* see arena.h */
#include "model/arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 16384

struct srv_arena_chunk {
    struct srv_arena_chunk *next;
    size_t used, size;
    _Alignas(16) unsigned char memory[];
};

static struct srv_arena_chunk *add_chunk(struct srv_arena *arena, size_t size)
{
    size_t room = size > CHUNK ? size : CHUNK;
    struct srv_arena_chunk *chunk = calloc(1, sizeof *chunk + room);
    if (chunk) {
        chunk->size = room;
        chunk->next = arena->chunk;
        arena->chunk = chunk;
        arena->bytes += sizeof *chunk + room;
    }
    return chunk;
}

void *srv_arena_alloc(struct srv_arena *arena, size_t size)
{
    struct srv_arena_chunk *chunk = arena->chunk;
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + 15) & ~(size_t)15;
    if ((!chunk || chunk->size - chunk->used < size) && !(chunk = add_chunk(arena, size)))
        return NULL;
    void *memory = chunk->memory + chunk->used;
    chunk->used += size;
    return memory;
}

char *srv_arena_text(struct srv_arena *arena, const char *text, size_t len)
{
    char *copy = srv_arena_alloc(arena, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

void srv_arena_free(struct srv_arena *arena)
{
    for (struct srv_arena_chunk *chunk = arena->chunk, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    *arena = (struct srv_arena){0};
}
