/* body.h - tensors laid end to end: the bytes of a file, at any offset.
 *
 *     body = header, part 0, part 1, ..., suffix
 *
 * A part is a tensor, or a slice of one, written as cells of one width. Any byte offset finds its part by search in the list
 * of ends, and its element by division: reading costs what is read, in a file of any size and any number of parts.
 *
 * Memory : nothing is allocated. A body borrows its header, its list of ends and what `part` makes parts from; all of it must
 *          outlive the reading. Of a file of many parts only ends (8 bytes a part) and the caller's own rows need exist.
 * Threads: reading is pure; one body may be read from any number of threads. */
#ifndef WI_BODY_H
#define WI_BODY_H

#include "tensor.h"

WI_API_BEGIN

#define WI_CELL_MAX 64 /* bytes of a cell */

struct wi_part;
/* Write elements [first, first + n) of a part, which `in` holds in native byte order, as n cells. */
typedef void wi_encode(const struct wi_part *part, const void *in, uint64_t first, size_t n, uint8_t *out);

struct wi_part {
    struct wi_tensor tensor;
    uint64_t start[WI_RANK_MAX]; /* the slice: [start, start + out_shape) per dimension */
    uint64_t out_shape[WI_RANK_MAX];
    uint64_t out_elems;
    uint32_t cell_bytes; /* 1 .. WI_CELL_MAX */
    wi_encode *encode;   /* NULL: a cell is the element, little-endian */
};

/* Part i of a body: a part of the caller's, or *room filled in. Called for every part that a read touches, so it should be
 * cheap; it must give the same part every time. */
typedef const struct wi_part *wi_part_at(const void *ctx, uint64_t i, struct wi_part *room);

struct wi_body {
    const uint8_t *header;
    uint64_t header_bytes;
    uint64_t n_parts;
    const uint64_t *ends; /* of each part, counted from the end of the header, never falling; NULL: there is one part.
                             What a part's cells leave free before its end is zeros. */
    wi_part_at *part;
    const void *ctx;
    const char *suffix; /* static text */
    uint64_t total_bytes;
};

/* The built matrix of part i, whose tensor has keep_bytes > 0. NULL: it is not there yet. */
typedef const void *wi_keep_of(void *ctx, uint64_t i);

/* Read bytes [offset, offset + cap) into buf: returns how many were written. Less than cap: the body ends there, or the next
 * byte belongs to a part whose matrix is not there yet (wi_body_waits_for says which). keep_of may be NULL when no tensor has
 * keep_bytes > 0. */
size_t wi_body_read(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint8_t *buf,
                    size_t cap);

/* The first part in [offset, offset + n) whose matrix is needed and not there; n_parts if there is none. */
uint64_t wi_body_waits_for(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint64_t n);

/* A wi_keep_of for bodies of one part: ctx is the matrix itself. */
const void *wi_keep_only(void *matrix, uint64_t i);

WI_API_END

#endif
