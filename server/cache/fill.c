/* see fill.h */
#include "cache/fill.h"

#include <stdatomic.h>

#include "wi.h"

#define PIECE_BYTES ((size_t)256 * 1024)

struct fill {
    size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap);
    void *ctx;
    uint64_t offset;
    uint8_t *buf;
    size_t size;
    atomic_bool is_short;
};

static void fill_piece(void *arg, size_t i)
{
    struct fill *fill = arg;
    size_t at = i * PIECE_BYTES;
    size_t end = fill->size - at < PIECE_BYTES ? fill->size : at + PIECE_BYTES;
    while (at < end) {
        size_t got = fill->read(fill->ctx, fill->offset + at, fill->buf + at, end - at);
        if (got == 0) {
            atomic_store(&fill->is_short, true);
            return;
        }
        at += got;
    }
}

bool srv_fill(const struct wi_exec *exec, size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap),
              void *ctx, uint64_t offset, uint8_t *buf, size_t size)
{
    struct fill fill = {.read = read, .ctx = ctx, .offset = offset, .buf = buf, .size = size};
    atomic_init(&fill.is_short, false);
    wi_exec_run(exec, (size + PIECE_BYTES - 1) / PIECE_BYTES, fill_piece, &fill);
    return !atomic_load(&fill.is_short);
}
