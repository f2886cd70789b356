/* see gguf.h: the values of the parts. */
#include <string.h>

#include "model/gguf.h"

/* Elements made at a time: whole blocks, and enough rows of a small matrix that turning it reads them in runs. */
#define CHUNK 32768

struct reader {
    const struct srv_gguf_part *part;
    const struct srv_elements *from;
};

static bool take(const struct reader *r, uint64_t first, size_t n, float *x)
{
    return r->from->read(r->from->ctx, first, n, x);
}

/* The row of the model's tensor that is row `line` here. */
static uint64_t source_line(const struct srv_gguf_part *part, uint64_t lines, uint64_t line)
{
    uint64_t head = lines / part->heads;
    if (part->op == SRV_GGUF_HALVES) {
        uint64_t within = line % head;
        return line - within + within / 2 + within % 2 * (head / 2);
    }
    uint64_t third = head / 3, within = line % (lines / 3);
    return within / third * head + line / (lines / 3) * third + within % third;
}

/* Elements [first, first + n) whose rows come from elsewhere; a vector has rows of one element. */
static bool take_lines(const struct reader *r, uint64_t first, size_t n, float *x)
{
    bool vector = r->part->rows == 1;
    uint64_t lines = vector ? r->part->columns : r->part->rows, width = vector ? 1 : r->part->columns;
    for (size_t done = 0; done < n;) {
        uint64_t line = (first + done) / width, at = (first + done) % width;
        size_t run = width - at < n - done ? (size_t)(width - at) : n - done;
        if (!take(r, source_line(r->part, lines, line) * width + at, run, x + done))
            return false;
        done += run;
    }
    return true;
}

/* Elements of the transposed matrix: rows [top, bottom) here are columns there, read as runs and dealt out. */
static bool take_turned(const struct reader *r, uint64_t first, size_t n, float *x)
{
    uint64_t columns = r->part->columns, rows = r->part->rows;
    uint64_t top = first / columns, bottom = (first + n - 1) / columns + 1;
    bool one = bottom - top == 1;
    uint64_t from = one ? first % columns : 0, to = one ? from + n : columns;
    float run[CHUNK];
    for (uint64_t c = from; c < to; c++) {
        if (!take(r, c * rows + top, (size_t)(bottom - top), run))
            return false;
        for (uint64_t line = top; line < bottom; line++) {
            uint64_t at = line * columns + c;
            if (at >= first && at < first + n)
                x[at - first] = run[line - top];
        }
    }
    return true;
}

/* n <= CHUNK elements. */
static bool values(const struct reader *r, uint64_t first, size_t n, float *x)
{
    switch ((enum srv_gguf_op)r->part->op) {
    case SRV_GGUF_HALVES:
    case SRV_GGUF_THIRDS:
        return take_lines(r, first, n, x);
    case SRV_GGUF_TRANSPOSE:
        return take_turned(r, first, n, x);
    case SRV_GGUF_PLUS_ONE:
        if (!take(r, first, n, x))
            return false;
        for (size_t i = 0; i < n; i++)
            x[i] += 1.0f;
        return true;
    default:
        return take(r, first, n, x);
    }
}

/* Bytes from `from` on, at most cap and one chunk. 0: at the end, or not there yet. */
static size_t read_chunk(const struct reader *r, uint64_t from, unsigned char *buf, size_t cap)
{
    const struct srv_gguf_type_row *type = &srv_gguf_types[r->part->type];
    float x[CHUNK];
    unsigned char bytes[4 * CHUNK];
    uint64_t block = from / type->bytes, blocks = r->part->rows * (r->part->columns / type->block);
    size_t skip = (size_t)(from % type->bytes), most = CHUNK / type->block;
    size_t wanted = (skip + cap + type->bytes - 1) / type->bytes, n = wanted < most ? wanted : most;
    n = blocks - block < n ? (size_t)(blocks - block) : n;
    if (!n || !values(r, block * type->block, n * type->block, x))
        return 0;
    type->encode(x, n * type->block, bytes);
    size_t len = n * type->bytes - skip;
    len = len < cap ? len : cap;
    memcpy(buf, bytes + skip, len);
    return len;
}

size_t srv_gguf_read(const struct srv_gguf_part *part, const struct srv_elements *elements, uint64_t from,
                     unsigned char *buf, size_t cap)
{
    const struct reader r = {part, elements};
    size_t done = 0, n;
    while (done < cap && (n = read_chunk(&r, from + done, buf + done, cap - done)) > 0)
        done += n;
    return done;
}
