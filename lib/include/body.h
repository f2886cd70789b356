/* body.h - tensors laid end to end: the bytes of a file, at any offset.
 *
 *     body = header, part 0, part 1, ..., suffix
 *
 * A part is a tensor, or a slice of one, written as cells of one width. The part at a byte offset is found by binary
 * search in the list of ends, the element by division. The cost of a read depends on the bytes read, not on the size of
 * the file.
 *
 * Memory : nothing is allocated. A body borrows its header, its list of ends and the ctx of `part`, which must stay
 *          while the body is read. A file of many parts needs ends (8 bytes a part) and the rows of the caller in
 *          memory, no more.
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
    bool column_major;   /* the first dimension varies fastest; only with encode NULL */
    wi_encode *encode;   /* NULL: a cell is the element, little-endian */
};

/* Return part i of a body: the caller's own, or *room after filling it in. A read calls it for every part that it
 * touches, so it should be fast. It must give the same part every time. */
typedef const struct wi_part *wi_part_at(const void *ctx, uint64_t i, struct wi_part *room);

struct wi_body {
    const uint8_t *header;
    uint64_t header_bytes;
    uint64_t n_parts;
    const uint64_t *ends; /* the end of each part, counted from the end of the header, ascending; NULL: one part. Bytes
                             between the cells of a part and its end are zeros. */
    wi_part_at *part;
    const void *ctx;
    const char *suffix; /* static text */
    uint64_t total_bytes;
};

/* Return the built matrix of part i, whose tensor has keep_bytes > 0. NULL: it is not built yet. */
typedef const void *wi_keep_of(void *ctx, uint64_t i);

/* Read bytes [offset, offset + cap) into buf. Returns how many were written: fewer than cap if the body ends, or if
 * the next byte belongs to a part whose matrix is not built yet (wi_body_waits_for says which). A NULL keep_of means
 * that no matrix is built; it suffices if no tensor has keep_bytes > 0. */
size_t wi_body_read(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint8_t *buf,
                    size_t cap);

/* The first part in bytes [offset, offset + n) whose matrix is needed and not built; n_parts if there is none. */
uint64_t wi_body_waits_for(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint64_t n);

/* A wi_keep_of for bodies of one part: ctx is the matrix itself. */
const void *wi_keep_only(void *matrix, uint64_t i);

WI_API_END

#endif
