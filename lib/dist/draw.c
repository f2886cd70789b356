/* see draw.h */
#include "draw.h"

#include <string.h>

#include "dist/kernel.h"
#include "rng/tiles.h"

/* Words generated at a time: 4 KiB stay in the first cache until they are used. */
enum { CHUNK_WORDS = 4 * WI_TILE_WORDS };

/* clang-format off */
#define WI_KERNELS_OF(level)                                                                                   \
    {                                                                                                          \
        .f32 = {[WI_DRAW_UNIFORM] = wi_uniform_f32##level, [WI_DRAW_NORMAL] = wi_normal_f32##level,            \
                [WI_DRAW_TRUNCATED] = wi_truncated_f32##level},                                                \
        .f64 = {[WI_DRAW_UNIFORM] = wi_uniform_f64##level, [WI_DRAW_NORMAL] = wi_normal_f64##level,            \
                [WI_DRAW_TRUNCATED] = wi_truncated_f64##level},                                                \
        .f16 = wi_f16##level, .bf16 = wi_bf16##level                                                           \
    }
/* clang-format on */

const struct wi_kernels *wi_kernels(void)
{
    static const struct wi_kernels by_level[] = WI_ISA_EACH(WI_KERNELS_OF);
    return &by_level[wi_isa_level()];
}

static struct wi_affine_f64 affine_f64(const struct wi_draw *draw)
{
    double a = draw->a, b = draw->b;
    if (draw->kind == WI_DRAW_UNIFORM)
        return (struct wi_affine_f64){
            .scale = (b * 0.5 - a * 0.5) * 0x1p-63, .shift = a * 0.5 + b * 0.5, .lo = a, .hi = b};
    return (struct wi_affine_f64){.scale = b, .shift = a, .lo = a - 2.0 * b, .hi = a + 2.0 * b};
}

static struct wi_affine_f32 affine_f32(const struct wi_draw *draw)
{
    double a = draw->a, b = draw->b;
    if (draw->kind == WI_DRAW_UNIFORM)
        return (struct wi_affine_f32){.scale = (float)(b * 0.5 - a * 0.5) * 0x1p-24f,
                                      .shift = (float)(a * 0.5 + b * 0.5),
                                      .lo = (float)a,
                                      .hi = (float)b};
    return (struct wi_affine_f32){
        .scale = (float)b, .shift = (float)a, .lo = (float)(a - 2.0 * b), .hi = (float)(a + 2.0 * b)};
}

/* A draw for elements of one type. */
struct job {
    wi_tiles_fn *tiles;
    uint32_t input[16];
    unsigned elem_words; /* words per element: 1, or 2 for f64 */
    size_t elem_bytes;   /* of the output */
    wi_kernel_f32 *f32;  /* f32 or f64 is set */
    wi_kernel_f64 *f64;
    wi_kernel_half *half; /* rounds the result of f32; NULL: the output is f32 */
    struct wi_affine_f32 to_f32;
    struct wi_affine_f64 to_f64;
};

static void transform(const struct job *job, const uint32_t *words, size_t groups, void *out)
{
    if (job->half) {
        float single[CHUNK_WORDS];
        job->f32(words, groups, &job->to_f32, single);
        job->half(single, groups * WI_GROUP, out);
    } else if (job->f32) {
        job->f32(words, groups, &job->to_f32, out);
    } else {
        job->f64(words, groups, &job->to_f64, out);
    }
}

/* Write elements skip .. skip + n - 1 of the group that begins at `words` and of those after it; skip < WI_GROUP. */
static void emit(const struct job *job, const uint32_t *words, size_t skip, size_t n, unsigned char *out)
{
    double edge[WI_GROUP]; /* room and alignment for a group of any type */
    size_t whole;
    for (; n > 0; skip = 0) {
        if (skip == 0 && n >= WI_GROUP) {
            whole = n / WI_GROUP;
            transform(job, words, whole, out);
            whole *= WI_GROUP;
        } else {
            transform(job, words, 1, edge);
            whole = n < WI_GROUP - skip ? n : WI_GROUP - skip;
            memcpy(out, (unsigned char *)edge + skip * job->elem_bytes, whole * job->elem_bytes);
        }
        words += (skip + whole) * job->elem_words;
        out += whole * job->elem_bytes;
        n -= whole;
    }
}

static void run(const struct job *job, uint64_t first, size_t n, void *out)
{
    const size_t tile_elems = WI_TILE_WORDS / job->elem_words, chunk_elems = CHUNK_WORDS / job->elem_words;
    unsigned char *to = out;
    uint32_t words[CHUNK_WORDS];
    while (n > 0) {
        size_t head = (size_t)(first % tile_elems), take = n < chunk_elems - head ? n : chunk_elems - head;
        size_t skip = head % WI_GROUP;
        job->tiles(job->input, first / tile_elems, (head + take + tile_elems - 1) / tile_elems, words);
        emit(job, words + (head - skip) * job->elem_words, skip, take, to);
        first += take;
        n -= take;
        to += take * job->elem_bytes;
    }
}

static void run_f32(const struct wi_draw *draw, const struct wi_key *key, wi_kernel_half *half, uint64_t first,
                    size_t n, void *out)
{
    struct job job = {.tiles = wi_tiles(), .elem_words = 1, .half = half};
    job.elem_bytes = half ? sizeof(uint16_t) : sizeof(float);
    job.f32 = wi_kernels()->f32[draw->kind];
    job.to_f32 = affine_f32(draw);
    wi_chacha_input(key, job.input);
    run(&job, first, n, out);
}

void wi_draw_f32(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, float *out)
{
    if (draw->kind == WI_DRAW_CONSTANT)
        for (size_t i = 0; i < n; i++)
            out[i] = (float)draw->a;
    else
        run_f32(draw, key, NULL, first, n, out);
}

void wi_draw_f64(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, double *out)
{
    if (draw->kind == WI_DRAW_CONSTANT) {
        for (size_t i = 0; i < n; i++)
            out[i] = draw->a;
        return;
    }
    struct job job = {.tiles = wi_tiles(), .elem_words = 2, .elem_bytes = sizeof(double)};
    job.f64 = wi_kernels()->f64[draw->kind];
    job.to_f64 = affine_f64(draw);
    wi_chacha_input(key, job.input);
    run(&job, first, n, out);
}

static void draw_half(const struct wi_draw *draw, const struct wi_key *key, wi_kernel_half *half, uint64_t first,
                      size_t n, uint16_t *out)
{
    if (draw->kind == WI_DRAW_CONSTANT) {
        const float a = (float)draw->a;
        uint16_t bits;
        half(&a, 1, &bits);
        for (size_t i = 0; i < n; i++)
            out[i] = bits;
    } else {
        run_f32(draw, key, half, first, n, out);
    }
}

void wi_draw_f16(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, uint16_t *out)
{
    draw_half(draw, key, wi_kernels()->f16, first, n, out);
}

void wi_draw_bf16(const struct wi_draw *draw, const struct wi_key *key, uint64_t first, size_t n, uint16_t *out)
{
    draw_half(draw, key, wi_kernels()->bf16, first, n, out);
}
