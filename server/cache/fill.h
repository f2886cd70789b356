/* fill.h - a body read into memory by several threads. */
#ifndef SRV_CACHE_FILL_H
#define SRV_CACHE_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec.h"

/* Fill buf with the `size` bytes of a body that begin at `offset`, in pieces. exec: what runs the pieces in parallel;
 * NULL: the caller alone reads them. read: as in struct srv_reader; it may be called from several threads at once, and
 * returns how many bytes it wrote. False: read returned 0 before the end. */
bool srv_fill(const struct wi_exec *exec, size_t (*read)(void *ctx, uint64_t offset, uint8_t *buf, size_t cap),
              void *ctx, uint64_t offset, uint8_t *buf, size_t size);

#endif
