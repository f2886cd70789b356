/* A body at any offset: see the body section of wi.h.
 *
 * body bytes -> cells (format) -> elements of the part (slice) -> elements of the whole tensor (scheme). */
#include <string.h>

#include "format/format.h"
#include "scheme/scheme.h"
#include "request/slice.h"

enum { BLOCK_BYTES = 4096 };

/* An aligned place for elements on their way to an output that is unaligned or of another width. */
union block {
    uint8_t bytes[BLOCK_BYTES];
    float f32[BLOCK_BYTES / 4];
    double f64[BLOCK_BYTES / 8];
};

void wi_build(const struct wi_plan *plan, void *keep, void *scratch, const struct wi_exec *exec)
{
    if (plan->tensor.keep_bytes)
        wi_scheme_of(&plan->tensor)->build(&plan->tensor, keep, scratch, exec);
}

static void fill_whole(const struct wi_plan *plan, const void *keep, uint64_t first, size_t n, void *out)
{
    const struct wi_scheme *scheme = wi_scheme_of(&plan->tensor);
    if (scheme->fill)
        scheme->fill(&plan->tensor, keep, first, n, out);
    else
        wi_emit_draw(&plan->tensor, first, n, out);
}

/* Elements [first, first + n) of the part. */
static void fill_part(const struct wi_plan *plan, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    if (plan->out_elems == plan->tensor.n_elems) {
        fill_whole(plan, keep, first, n, out);
        return;
    }
    while (n) {
        uint64_t run, at = wi_slice_locate(plan, first, &run);
        size_t k = run < n ? (size_t)run : n;
        fill_whole(plan, keep, at, k, out);
        first += k;
        n -= k;
        out += k * plan->tensor.dtype->bytes;
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

/* Cells first .. first+n-1 of a format that encodes. */
static void write_encoded(const struct wi_plan *plan, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    union block block;
    size_t per_block = BLOCK_BYTES / plan->tensor.dtype->bytes;
    while (n) {
        size_t k = n < per_block ? n : per_block;
        fill_part(plan, keep, first, k, block.bytes);
        wi_format_of(plan)->encode(plan, &block, first, k, out);
        first += k;
        n -= k;
        out += k * plan->cell_bytes;
    }
}

/* Cells that are the elements themselves: straight into the output when it is aligned. */
static void write_plain(const struct wi_plan *plan, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    unsigned width = plan->tensor.dtype->bytes;
    if ((uintptr_t)out % width == 0) {
        fill_part(plan, keep, first, n, out);
        to_little_endian(out, n, width);
        return;
    }
    union block block;
    while (n) {
        size_t k = n < BLOCK_BYTES / width ? n : BLOCK_BYTES / width;
        fill_part(plan, keep, first, k, block.bytes);
        to_little_endian(block.bytes, k, width);
        memcpy(out, &block, k * width);
        first += k;
        n -= k;
        out += k * width;
    }
}

static void write_cells(const struct wi_plan *plan, const void *keep, uint64_t first, size_t n, uint8_t *out)
{
    if (wi_format_of(plan)->encode)
        write_encoded(plan, keep, first, n, out);
    else
        write_plain(plan, keep, first, n, out);
}

static size_t min_size(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* Bytes [offset, offset + n) of the cells: whole ones in the middle, parts of one at either end. */
static void read_cells(const struct wi_plan *plan, const void *keep, uint64_t offset, uint8_t *buf, size_t n)
{
    enum { CELL_MAX = 64 };
    uint8_t cell[CELL_MAX];
    uint64_t width = plan->cell_bytes;
    while (n) {
        uint64_t first = offset / width, within = offset % width;
        size_t k = within == 0 ? n - (size_t)(n % width) : 0;
        if (k) {
            write_cells(plan, keep, first, (size_t)(k / width), buf);
        } else {
            k = min_size(width - within, n);
            write_cells(plan, keep, first, 1, cell);
            memcpy(buf, cell + within, k);
        }
        offset += k;
        buf += k;
        n -= k;
    }
}

size_t wi_stream_read(const struct wi_plan *plan, const void *keep, uint64_t offset, uint8_t *buf, size_t cap)
{
    uint64_t cells_end = plan->total_bytes - plan->suffix_bytes;
    size_t done = 0;
    if (offset < plan->prefix_bytes) {
        done = min_size(plan->prefix_bytes - offset, cap);
        memcpy(buf, plan->prefix + offset, done);
    }
    if (done < cap && offset + done < cells_end) {
        size_t n = min_size(cells_end - offset - done, cap - done);
        read_cells(plan, keep, offset + done - plan->prefix_bytes, buf + done, n);
        done += n;
    }
    if (done < cap && offset + done < plan->total_bytes) {
        uint64_t at = offset + done - cells_end;
        size_t n = min_size(plan->suffix_bytes - at, cap - done);
        memcpy(buf + done, plan->suffix + at, n);
        done += n;
    }
    return done;
}
