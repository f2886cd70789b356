/* A body at any offset: see body.h.
 *
 * body bytes -> part -> cells (format) -> elements of the slice -> elements of the whole tensor (scheme). */
#include <string.h>

#include "request/slice.h"
#include "scheme/scheme.h"

enum { BLOCK_BYTES = 4096 };

/* An aligned place for elements on their way to an output that is unaligned or of another width. */
union block {
    uint8_t bytes[BLOCK_BYTES];
    float f32[BLOCK_BYTES / 4];
    double f64[BLOCK_BYTES / 8];
};

void wi_build(const struct wi_tensor *tensor, void *keep, void *scratch, const struct wi_exec *exec)
{
    if (tensor->keep_bytes)
        wi_scheme_of(tensor)->build(tensor, keep, scratch, exec);
}

const void *wi_keep_only(void *matrix, uint64_t i)
{
    (void)i;
    return matrix;
}

/* ---- elements of a part ---------------------------------------------------------------------------------------- */

/* Of elements [first, first + n), set those of the row that padding= names to 0, which is all bits 0 in every dtype. */
static void zero_row(const struct wi_tensor *tensor, uint64_t first, size_t n, uint8_t *out)
{
    uint64_t from = tensor->zero_first, to = from + tensor->zero_elems;
    from = from > first ? from : first;
    to = to < first + n ? to : first + n;
    if (from < to)
        memset(out + (from - first) * tensor->dtype->bytes, 0, (size_t)(to - from) * tensor->dtype->bytes);
}

static void fill_whole(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    const struct wi_scheme *scheme = wi_scheme_of(tensor);
    if (scheme->fill)
        scheme->fill(tensor, keep, first, n, out);
    else
        wi_emit_draw(tensor, first, n, out);
    if (tensor->zero_elems)
        zero_row(tensor, first, n, out);
}

/* ---- by columns ------------------------------------------------------------------------------------------------- */

/* What is drawn costs at least a tile of words. */
enum { DRAWN_AT_LEAST = 256 };

/* Elements by columns are gathered along one dimension: from element to element it is `stride` elements in the whole
 * tensor, which are drawn as one run, and `step` in the part by columns. */
struct along {
    uint64_t stride, step, length;
    size_t per_run; /* elements of the part that a run in a block holds */
};

/* How many elements are drawn for each one of n that is needed. */
static double cost(const struct along *along, size_t n)
{
    uint64_t reached = (n - 1) / along->step + 1, taken = reached < along->length ? reached : along->length;
    uint64_t k = taken < along->per_run ? taken : along->per_run, drawn = (k - 1) * along->stride + 1;
    return (double)(drawn < DRAWN_AT_LEAST ? DRAWN_AT_LEAST : drawn) / (double)k;
}

/* The dimension along which n elements are had most cheaply. */
static struct along choose(const struct wi_part *part, size_t n)
{
    const size_t per_block = BLOCK_BYTES / part->tensor.dtype->bytes;
    struct along best = {.step = 0}, along = {.stride = 1, .step = part->out_elems};
    for (unsigned d = part->tensor.rank; d-- > 0;) {
        along.length = part->out_shape[d];
        along.step /= along.length;
        along.per_run = (size_t)((per_block - 1) / along.stride + 1);
        if (best.step == 0 || cost(&along, n) < cost(&best, n))
            best = along;
        along.stride *= part->tensor.shape[d];
    }
    return best;
}

/* n elements from `first` on that are at one place of the dimensions beyond the one gathered along. */
static void gather(const struct wi_part *part, const void *keep, const struct along *along, uint64_t first, size_t n,
                   uint8_t *out)
{
    union block block;
    const size_t width = part->tensor.dtype->bytes;
    for (size_t start = 0; start < n && start < along->step; start++) {
        uint64_t at = wi_slice_locate_by_columns(part, first + start);
        for (size_t to = start; to < n;) {
            size_t left = (size_t)((n - to - 1) / along->step) + 1, k = left < along->per_run ? left : along->per_run;
            fill_whole(&part->tensor, keep, at, (k - 1) * (size_t)along->stride + 1, block.bytes);
            for (size_t i = 0; i < k; i++)
                memcpy(out + (to + i * (size_t)along->step) * width, block.bytes + i * (size_t)along->stride * width,
                       width);
            at += k * along->stride;
            to = k < left ? to + k * (size_t)along->step : n;
        }
    }
}

/* Elements [first, first + n) of the slice by columns. */
static void fill_by_columns(const struct wi_part *part, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    const struct along along = choose(part, n);
    const uint64_t period = along.step * along.length;
    while (n) {
        uint64_t left = period - first % period;
        size_t k = left < n ? (size_t)left : n;
        gather(part, keep, &along, first, k, out);
        first += k;
        n -= k;
        out += k * part->tensor.dtype->bytes;
    }
}

/* Elements [first, first + n) of the slice. */
static void fill_part(const struct wi_part *part, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    if (part->column_major) {
        fill_by_columns(part, keep, first, n, out);
        return;
    }
    if (part->out_elems == part->tensor.n_elems) {
        fill_whole(&part->tensor, keep, first, n, out);
        return;
    }
    while (n) {
        uint64_t run, at = wi_slice_locate(part, first, &run);
        size_t k = run < n ? (size_t)run : n;
        fill_whole(&part->tensor, keep, at, k, out);
        first += k;
        n -= k;
        out += k * part->tensor.dtype->bytes;
    }
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static void to_little_endian(uint8_t *bytes, size_t n, unsigned width)
{
    for (size_t i = 0; i < n; i++, bytes += width)
        for (unsigned j = 0; j < width / 2; j++) {
            uint8_t b = bytes[j];
            bytes[j] = bytes[width - 1 - j];
            bytes[width - 1 - j] = b;
        }
}
#else
static void to_little_endian(uint8_t *bytes, size_t n, unsigned width)
{
    (void)bytes;
    (void)n;
    (void)width;
}
#endif

/* ---- cells of a part ------------------------------------------------------------------------------------------- */

static void write_encoded(const struct wi_part *part, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    union block block;
    size_t per_block = BLOCK_BYTES / part->tensor.dtype->bytes;
    while (n) {
        size_t k = n < per_block ? n : per_block;
        fill_part(part, keep, first, k, block.bytes);
        part->encode(part, &block, first, k, out);
        first += k;
        n -= k;
        out += k * part->cell_bytes;
    }
}

/* Cells that are the elements themselves: straight into the output when it is aligned. */
static void write_plain(const struct wi_part *part, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    unsigned width = part->tensor.dtype->bytes;
    if ((uintptr_t)out % width == 0) {
        fill_part(part, keep, first, n, out);
        to_little_endian(out, n, width);
        return;
    }
    union block block;
    while (n) {
        size_t k = n < BLOCK_BYTES / width ? n : BLOCK_BYTES / width;
        fill_part(part, keep, first, k, block.bytes);
        to_little_endian(block.bytes, k, width);
        memcpy(out, &block, k * width);
        first += k;
        n -= k;
        out += k * width;
    }
}

static void write_cells(const struct wi_part *part, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    if (part->encode)
        write_encoded(part, keep, first, n, out);
    else
        write_plain(part, keep, first, n, out);
}

static size_t min_size(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* Bytes [offset, offset + n) of the cells: whole ones in the middle, parts of one at either end. */
static void read_cells(const struct wi_part *part, const void *keep, uint64_t offset, uint8_t *buf, size_t n)
{
    uint8_t cell[WI_CELL_MAX];
    uint64_t width = part->cell_bytes;
    while (n) {
        uint64_t first = offset / width, within = offset % width;
        size_t k = within == 0 ? n - (size_t)(n % width) : 0;
        if (k) {
            write_cells(part, keep, first, (size_t)(k / width), buf);
        } else {
            k = min_size(width - within, n);
            write_cells(part, keep, first, 1, cell);
            memcpy(buf, cell + within, k);
        }
        offset += k;
        buf += k;
        n -= k;
    }
}

/* Bytes [offset, offset + n) of a part: its cells, then zeros. */
static void read_part(const struct wi_part *part, const void *keep, uint64_t offset, uint8_t *buf, size_t n)
{
    uint64_t cells = part->out_elems * part->cell_bytes;
    size_t from_cells = offset < cells ? min_size(cells - offset, n) : 0;
    read_cells(part, keep, offset, buf, from_cells);
    memset(buf + from_cells, 0, n - from_cells);
}

/* ---- parts of a body ------------------------------------------------------------------------------------------- */

static uint64_t parts_bytes(const struct wi_body *body)
{
    return body->total_bytes - body->header_bytes - strlen(body->suffix);
}

static uint64_t end_of(const struct wi_body *body, uint64_t i)
{
    return body->ends ? body->ends[i] : parts_bytes(body);
}

/* The part that holds byte `at` of the parts. */
static uint64_t find_part(const struct wi_body *body, uint64_t at)
{
    uint64_t low = 0, high = body->n_parts - 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (end_of(body, middle) > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool lacks(const struct wi_part *part, const void *keep)
{
    return part->tensor.keep_bytes > 0 && !keep;
}

static const void *keep_for(wi_keep_of *keep_of, void *keeps, uint64_t i)
{
    return keep_of ? keep_of(keeps, i) : NULL;
}

/* Bytes [at, at + n) of the parts, as far as they can be read: returns how many. */
static size_t read_parts(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t at, uint8_t *buf,
                         size_t n)
{
    struct wi_part room;
    size_t done = 0;
    for (uint64_t i = find_part(body, at); done < n; i++) {
        uint64_t start = i ? end_of(body, i - 1) : 0;
        size_t k = min_size(end_of(body, i) - at - done, n - done);
        if (k == 0)
            continue;
        const struct wi_part *part = body->part(body->ctx, i, &room);
        const void *keep = part->tensor.keep_bytes ? keep_for(keep_of, keeps, i) : NULL;
        if (lacks(part, keep))
            break;
        read_part(part, keep, at + done - start, buf + done, k);
        done += k;
    }
    return done;
}

/* Up to n bytes of a text from `at` on. */
static size_t read_text(const void *text, uint64_t len, uint64_t at, uint8_t *buf, size_t n)
{
    size_t k = at < len ? min_size(len - at, n) : 0;
    if (k)
        memcpy(buf, (const uint8_t *)text + at, k);
    return k;
}

size_t wi_body_read(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint8_t *buf,
                    size_t cap)
{
    uint64_t parts_end = body->header_bytes + parts_bytes(body);
    size_t done = read_text(body->header, body->header_bytes, offset, buf, cap);
    if (done < cap && offset + done >= body->header_bytes && offset + done < parts_end) {
        size_t n = min_size(parts_end - offset - done, cap - done);
        size_t got = read_parts(body, keep_of, keeps, offset + done - body->header_bytes, buf + done, n);
        done += got;
        if (got < n)
            return done;
    }
    if (done < cap && offset + done >= parts_end)
        done += read_text(body->suffix, strlen(body->suffix), offset + done - parts_end, buf + done, cap - done);
    return done;
}

uint64_t wi_body_waits_for(const struct wi_body *body, wi_keep_of *keep_of, void *keeps, uint64_t offset, uint64_t n)
{
    struct wi_part room;
    uint64_t first = body->header_bytes, end = first + parts_bytes(body);
    uint64_t to = offset < end && n < end - offset ? offset + n : end;
    uint64_t from = offset > first ? offset : first;
    if (from >= to)
        return body->n_parts;
    for (uint64_t i = find_part(body, from - first); i < body->n_parts && (i ? end_of(body, i - 1) : 0) < to - first;
         i++) {
        const struct wi_part *part = body->part(body->ctx, i, &room);
        if (part->tensor.keep_bytes && lacks(part, keep_for(keep_of, keeps, i)))
            return i;
    }
    return body->n_parts;
}
