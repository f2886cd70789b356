/* see replay.h */
#include "replay.h"

#include <stdatomic.h>
#include <string.h>

#include "base/half.h"
#include "like/table.h"
#include "like/torch/engine.h"

enum { BLOCK = 16, CHUNK = 512 };

/* A generator that stands at word `at`. Who takes a cursor has it alone until it is given back. */
struct cursor {
    atomic_bool taken;
    bool used;
    uint64_t at, turn; /* turn: larger is later */
    struct wi_torch torch;
};

struct wi_replay {
    const struct wi_torch_rules *rules;
    uint64_t seed;
    atomic_ullong turns;
    unsigned cursors;
    struct cursor cursor[];
};

static const struct wi_torch_rules *rules_of(const struct wi_like_info *torch)
{
    return ((const struct wi_like *)torch)->variant;
}

size_t wi_replay_bytes(unsigned cursors)
{
    return sizeof(struct wi_replay) + cursors * sizeof(struct cursor);
}

struct wi_replay *wi_replay_init(void *memory, const struct wi_like_info *torch, uint64_t seed, unsigned cursors)
{
    struct wi_replay *r = memory;
    r->rules = rules_of(torch);
    r->seed = seed;
    r->cursors = cursors;
    atomic_init(&r->turns, 0);
    for (unsigned i = 0; i < cursors; i++) {
        atomic_init(&r->cursor[i].taken, false);
        r->cursor[i].used = false;
        r->cursor[i].at = r->cursor[i].turn = 0;
    }
    return r;
}

/* ---- placing ----------------------------------------------------------------------------------------------------- */

static unsigned words_each(enum wi_dtype_id dtype)
{
    return dtype == WI_F64 ? 2 : 1;
}

static size_t width_of(enum wi_dtype_id dtype)
{
    return dtype == WI_F64 ? 8 : dtype == WI_F32 ? 4 : 2;
}

/* Words before the 16 with which a normal draws its last 16 elements again: those of all elements, or, where they are
 * drawn block by block, of whole blocks. */
static uint64_t words_before_last(const struct wi_torch_rules *rules, enum wi_dtype_id dtype, uint64_t n)
{
    bool by_block = rules->opmath && (dtype == WI_F16 || dtype == WI_BF16);
    return (by_block ? n - n % BLOCK : n) * words_each(dtype);
}

static uint64_t normal_words(const struct wi_torch_rules *rules, const struct wi_replay_draw *d)
{
    if (d->n >= BLOCK)
        return words_before_last(rules, d->dtype, d->n) + (d->n % BLOCK ? BLOCK * words_each(d->dtype) : 0);
    uint64_t left = d->n - (d->n > 0 && d->mark.spare != WI_REPLAY_NONE);
    return 4 * ((left + 1) / 2);
}

/* The pair that is left over after fewer than 16 normals. */
static uint64_t spare_after(const struct wi_replay_draw *d, uint64_t words)
{
    bool had = d->mark.spare != WI_REPLAY_NONE;
    if (d->kind != WI_DRAW_NORMAL || d->n >= BLOCK || d->n == 0)
        return d->mark.spare;
    return (d->n - had) % 2 ? d->mark.words + words - 4 : WI_REPLAY_NONE;
}

bool wi_replay_place(const struct wi_like_info *torch, struct wi_replay_draw *draw, struct wi_replay_mark *mark)
{
    draw->mark = *mark;
    if (draw->n > UINT64_MAX / 4)
        return false;
    uint64_t words =
        draw->kind == WI_DRAW_NORMAL ? normal_words(rules_of(torch), draw) : draw->n * words_each(draw->dtype);
    if (words > UINT64_MAX - mark->words)
        return false;
    mark->spare = spare_after(draw, words);
    mark->words += words;
    return true;
}

/* ---- cursors ----------------------------------------------------------------------------------------------------- */

static bool take(struct cursor *c)
{
    return !atomic_exchange_explicit(&c->taken, true, memory_order_acquire);
}

static void give_back(struct cursor *c)
{
    if (c)
        atomic_store_explicit(&c->taken, false, memory_order_release);
}

/* Is it better to go on from c than from `best`, which is NULL or near enough already? */
static bool nearer(const struct cursor *c, const struct cursor *best, uint64_t at)
{
    return c->used && c->at <= at && at - c->at <= WI_MT_RUN && (!best || c->at > best->at);
}

static bool older(const struct cursor *c, const struct cursor *best, uint64_t at)
{
    (void)at;
    return !best || !c->used || (best->used && c->turn < best->turn);
}

typedef bool better_fn(const struct cursor *c, const struct cursor *best, uint64_t at);

/* The best of the cursors that nobody has taken, taken. NULL: there is none. */
static struct cursor *choose(struct wi_replay *r, better_fn *better, uint64_t at)
{
    struct cursor *best = NULL;
    for (unsigned i = 0; i < r->cursors; i++) {
        struct cursor *c = &r->cursor[i];
        if (!take(c))
            continue;
        bool is_better = better(c, best, at);
        give_back(is_better ? best : c);
        best = is_better ? c : best;
    }
    return best;
}

/* A cursor near `at`, or the one that was used longest ago, or else `own`. It need not stand at `at` yet. */
static struct cursor *cursor_near(struct wi_replay *r, uint64_t at, struct cursor *own)
{
    struct cursor *c = choose(r, nearer, at);
    if (!c && (c = choose(r, older, at)))
        c->used = false;
    if (!c) {
        own->used = false;
        return own;
    }
    c->turn = atomic_fetch_add_explicit(&r->turns, 1, memory_order_relaxed);
    return c;
}

static void go(const struct wi_replay *r, struct cursor *c, uint64_t at)
{
    if (!c->used || c->at > at) {
        wi_torch_seed(&c->torch, r->seed);
        c->at = 0;
        c->used = true;
    }
    wi_words_skip(&c->torch.words, at - c->at);
    c->at = at;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Elements of a draw that follow each other, in the draw's dtype. */
static void uniforms(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t first,
                     size_t n, uint8_t *out)
{
    go(r, c, d->mark.words + first * words_each(d->dtype));
    wi_torch_uniform(&c->torch, r->rules, d->dtype, d->a, d->b, n, out);
    c->at += n * words_each(d->dtype);
}

static void few_normals(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t first,
                        size_t n, uint8_t *out)
{
    double all[BLOCK];
    c->torch.has_spare = 0;
    if (d->mark.spare != WI_REPLAY_NONE) {
        go(r, c, d->mark.spare);
        wi_torch_normal(&c->torch, r->rules, WI_F64, 0, 1, 1, all);
        c->at += 4;
    }
    go(r, c, d->mark.words);
    wi_torch_normal(&c->torch, r->rules, d->dtype, d->a, d->b, (size_t)d->n, all);
    c->at += normal_words(r->rules, d);
    memcpy(out, (uint8_t *)all + first * width_of(d->dtype), n * width_of(d->dtype));
}

/* Elements [first, first + n) of blocks that begin at word `start`. */
static void blocks(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t start,
                   uint64_t first, size_t n, uint8_t *out)
{
    double block[BLOCK];
    size_t width = width_of(d->dtype), within = first % BLOCK;
    go(r, c, start + (first - within) * words_each(d->dtype));
    while (n) {
        size_t whole = within ? 0 : n - n % BLOCK, k = BLOCK - within < n ? BLOCK - within : n;
        wi_torch_normal(&c->torch, r->rules, d->dtype, d->a, d->b, whole ? whole : BLOCK, whole ? out : (void *)block);
        c->at += (whole ? whole : BLOCK) * words_each(d->dtype);
        if (whole)
            k = whole;
        else
            memcpy(out, (uint8_t *)block + within * width, k * width);
        out += k * width;
        n -= k;
        within = 0;
    }
}

static void many_normals(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t first,
                         size_t n, uint8_t *out)
{
    uint64_t again = d->n % BLOCK ? d->n - BLOCK : d->n; /* from here on the elements are drawn again */
    size_t before = first >= again ? 0 : again - first < n ? (size_t)(again - first) : n;
    if (before)
        blocks(r, c, d, d->mark.words, first, before, out);
    if (before < n)
        blocks(r, c, d, d->mark.words + words_before_last(r->rules, d->dtype, d->n), first + before - again, n - before,
               out + before * width_of(d->dtype));
}

/* The tensor times a number, rounded to its type: 16-bit types are multiplied in f32. */
static void multiply(const struct wi_replay_draw *d, size_t n, void *out)
{
    double *wide = out;
    float *narrow = out;
    uint16_t *half = out;
    const float times = (float)d->times;
    for (size_t i = 0; i < n; i++)
        if (d->dtype == WI_F64)
            wide[i] *= d->times;
        else if (d->dtype == WI_F32)
            narrow[i] *= times;
        else
            half[i] = wi_half_bits(d->dtype, wi_half_value(d->dtype, half[i]) * times);
}

static void draw(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t first, size_t n,
                 void *out)
{
    if (d->kind == WI_DRAW_UNIFORM)
        uniforms(r, c, d, first, n, out);
    else if (d->n < BLOCK)
        few_normals(r, c, d, first, n, out);
    else
        many_normals(r, c, d, first, n, out);
    if (d->times != 0)
        multiply(d, n, out);
}

static void draw_and_round(const struct wi_replay *r, struct cursor *c, const struct wi_replay_draw *d, uint64_t first,
                           size_t n, enum wi_dtype_id dtype, uint16_t *out)
{
    float chunk[CHUNK];
    for (size_t k; n; n -= k, first += k, out += k) {
        k = CHUNK - (size_t)(first % CHUNK);
        k = k < n ? k : n;
        draw(r, c, d, first, k, chunk);
        for (size_t i = 0; i < k; i++)
            out[i] = wi_half_bits(dtype, chunk[i]);
    }
}

/* Zeros where elements [first, first + n) are among those that are set to 0. */
static void set_zeros(const struct wi_replay_draw *d, uint64_t first, size_t n, size_t width, uint8_t *out)
{
    uint64_t from = d->zero > first ? d->zero - first : 0;
    uint64_t end = d->zero + d->n_zeros > first ? d->zero + d->n_zeros - first : 0;
    end = end < n ? end : n;
    if (from < end)
        memset(out + from * width, 0, (size_t)(end - from) * width);
}

void wi_replay_read(struct wi_replay *replay, const struct wi_replay_draw *d, uint64_t first, size_t n,
                    enum wi_dtype_id dtype, void *out)
{
    struct cursor own;
    if (n == 0)
        return;
    uint64_t at = d->mark.words + (first - (d->kind == WI_DRAW_NORMAL ? first % BLOCK : 0)) * words_each(d->dtype);
    struct cursor *c = cursor_near(replay, at, &own);
    if (dtype == d->dtype)
        draw(replay, c, d, first, n, out);
    else
        draw_and_round(replay, c, d, first, n, dtype, out);
    if (c != &own)
        give_back(c);
    set_zeros(d, first, n, width_of(dtype), out);
}

/* ---- as a part of a body ----------------------------------------------------------------------------------------- */

/* What a tensor notes of its draw, in places of parameters that its row does not take. */
#define FIRST aux[0]
#define WORDS aux[1]
#define SPARE aux[2]
#define DRAWN value[WI_P_DTYPE].choice
#define ELEMENTS value[WI_P_SHAPE].uint
#define TIMES value[WI_P_STD].real
#define ZERO value[WI_P_LOW].uint
#define ZEROS value[WI_P_HIGH].uint

static void fill_replayed(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out)
{
    const struct wi_replay_draw d = {.kind = tensor->draw.kind,
                                     .dtype = (enum wi_dtype_id)tensor->DRAWN,
                                     .a = tensor->draw.a,
                                     .b = tensor->draw.b,
                                     .n = tensor->ELEMENTS,
                                     .times = tensor->TIMES,
                                     .zero = tensor->ZERO,
                                     .n_zeros = tensor->ZEROS,
                                     .mark = {tensor->WORDS, tensor->SPARE}};
    struct wi_replay *replay = (struct wi_replay *)(uintptr_t)keep;
    wi_replay_read(replay, &d, tensor->FIRST + first, n, tensor->dtype->id, out);
}

static const struct wi_scheme replayed = {.info = {.name = "replayed", .whole = true}, .fill = fill_replayed};

void wi_replay_tensor(const struct wi_replay_draw *draw, uint64_t first, struct wi_tensor *tensor)
{
    tensor->scheme = &replayed.info;
    tensor->keep_bytes = 1; /* whoever reads must lend the replay */
    tensor->scratch_bytes = 0;
    tensor->draw = (struct wi_draw){draw->kind, draw->a, draw->b};
    tensor->FIRST = first;
    tensor->WORDS = draw->mark.words;
    tensor->SPARE = draw->mark.spare;
    tensor->DRAWN = draw->dtype;
    tensor->ELEMENTS = draw->n;
    tensor->TIMES = draw->times;
    tensor->ZERO = draw->zero;
    tensor->ZEROS = draw->n_zeros;
}
