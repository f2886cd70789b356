/* see model_reader.h */
#include "resource/model_reader.h"

#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "resource/tensor_body.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static const struct wi_part *part_at(const void *ctx, uint64_t i, struct wi_part *room)
{
    const struct srv_model_reader *r = ctx;
    const struct srv_model_file *file = r->file;
    if (file->format->part)
        file->format->part(file->checkpoint, &file->layout, i, r->seed, room);
    else
        srv_part_of(&file->checkpoint->parts, &file->checkpoint->table, file->layout.rows[i], r->seed, room);
    return room;
}

#define CURSORS 4 /* of like=: where readings that may go on at once stand */

bool srv_model_reader_init(struct srv_model_reader *r, struct srv_cache *cache, struct srv_job *job, uint64_t seed)
{
    const struct srv_model_file *file = srv_model_file_of(job);
    const struct srv_file_layout *layout = &file->layout;
    *r = (struct srv_model_reader){.job = srv_job_ref(job), .file = file, .cache = cache, .seed = seed};
    r->body =
        (struct wi_body){.header_bytes = layout->text_len,
                         .n_parts = layout->n_parts,
                         .ends = layout->ends,
                         .part = part_at,
                         .ctx = r,
                         .suffix = "",
                         .total_bytes = layout->text_len + (layout->n_parts ? layout->ends[layout->n_parts - 1] : 0)};
    const struct wi_like_info *torch = file->checkpoint->parts.drawn.torch;
    void *memory = torch && layout->n_parts ? malloc(wi_replay_bytes(CURSORS)) : NULL;
    if (memory)
        r->replay = wi_replay_init(memory, torch, seed, CURSORS);
    return memory || !torch || !layout->n_parts;
}

void srv_model_reader_deinit(struct srv_model_reader *r)
{
    for (size_t i = 0; i < r->n_built; i++)
        srv_job_unref(r->built[i].job);
    free(r->built);
    free(r->replay);
    srv_job_unref(r->job);
}

static const void *matrix_of(void *ctx, uint64_t part)
{
    const struct srv_model_reader *r = ctx;
    if (r->replay)
        return r->replay;
    for (size_t i = 0; i < r->n_built; i++)
        if (r->built[i].part == part && srv_job_code(r->built[i].job) == SRV_OK)
            return srv_job_blob(r->built[i].job)->bytes;
    return NULL;
}

/* The part that holds byte `at` behind the header. */
static uint64_t part_holding(const struct wi_body *body, uint64_t at)
{
    uint64_t low = 0, high = body->n_parts - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (body->ends[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Bytes of one part by the format's own read, and the zeros behind them. 0: its matrix is not there yet. */
static size_t read_part(struct srv_model_reader *r, uint64_t at, uint8_t *buf, size_t cap)
{
    const struct srv_model_file *file = r->file;
    const uint64_t i = part_holding(&r->body, at), begin = i ? r->body.ends[i - 1] : 0, left = r->body.ends[i] - at;
    const void *matrix = matrix_of(r, i);
    struct wi_part room;
    if (!matrix && part_at(r, i, &room)->tensor.keep_bytes)
        return 0;
    const size_t want = left < cap ? (size_t)left : cap;
    const size_t n = file->format->read(file->checkpoint, &file->layout, i, r->seed, matrix, at - begin, buf, want);
    memset(buf + n, 0, want - n);
    return want;
}

size_t srv_model_reader_read(void *ctx, uint64_t offset, uint8_t *buf, size_t cap)
{
    struct srv_model_reader *r = ctx;
    atomic_store_explicit(&r->was_read, true, memory_order_relaxed);
    size_t done = srv_file_layout_text(&r->file->layout, offset, buf, cap);
    if (!r->file->format->read)
        return done + wi_body_read(&r->body, matrix_of, r, offset + done, buf + done, cap - done);
    while (done < cap && offset + done < r->body.total_bytes) {
        const size_t n = read_part(r, offset + done - r->body.header_bytes, buf + done, cap - done);
        if (!n)
            break;
        done += n;
    }
    return done;
}

/* ---- matrices that must be built --------------------------------------------------------------------------------- */

/* Several ranges are prepared before any is read, each anew whenever a job is done. So a matrix goes when bytes were
 * read and it was not used for them, nor is by what is prepared now. */
static void drop_unused(struct srv_model_reader *r)
{
    size_t kept = 0;
    if (!atomic_exchange_explicit(&r->was_read, false, memory_order_relaxed))
        return;
    for (size_t i = 0; i < r->n_built; i++) {
        if (r->built[i].used)
            r->built[kept++] = (struct srv_model_built){r->built[i].part, r->built[i].job, false};
        else
            srv_job_unref(r->built[i].job);
    }
    r->n_built = kept;
}

/* Note that the matrices of [offset, offset + n) are used. */
static void use(struct srv_model_reader *r, uint64_t offset, uint64_t n)
{
    const uint64_t *ends = r->body.ends;
    for (size_t i = 0; i < r->n_built; i++) {
        const uint64_t part = r->built[i].part, header = r->body.header_bytes;
        uint64_t begin = header + (part ? ends[part - 1] : 0), end = header + ends[part];
        r->built[i].used |= end > offset && begin < offset + n;
    }
}

static struct srv_job *find_job(const struct srv_model_reader *r, uint64_t part)
{
    for (size_t i = 0; i < r->n_built; i++)
        if (r->built[i].part == part)
            return r->built[i].job;
    return NULL;
}

/* Begin to build the matrix of a part. NULL: no memory. */
static struct srv_job *begin(struct srv_model_reader *r, uint64_t part)
{
    struct wi_plan plan;
    if (r->n_built == r->room) {
        size_t room = r->room ? 2 * r->room : 4;
        struct srv_model_built *built = realloc(r->built, room * sizeof *built);
        if (!built)
            return NULL;
        r->built = built;
        r->room = room;
    }
    srv_part_plan(&r->file->checkpoint->parts, &r->file->checkpoint->table, r->file->layout.rows[part], r->seed, &plan);
    struct srv_model_built *new = &r->built[r->n_built++];
    new->part = part;
    new->used = true;
    srv_tensor_keep(r->cache, &plan, &new->job);
    return new->job;
}

/* See srv_reader.prepare: the matrices of [offset, offset + n) are built one after the other. */
bool srv_model_reader_prepare(void *ctx, uint64_t offset, uint64_t n, struct srv_job **job)
{
    struct srv_model_reader *r = ctx;
    *job = NULL;
    drop_unused(r);
    use(r, offset, n);
    for (;;) {
        const uint64_t part = wi_body_waits_for(&r->body, matrix_of, r, offset, n);
        if (part == r->body.n_parts)
            return true;
        struct srv_job *found = find_job(r, part);
        if (!found && !(found = begin(r, part)))
            return false;
        const enum srv_code code = srv_job_code(found);
        if (code != SRV_OK && code != SRV_PENDING)
            return false;
        if (code == SRV_PENDING) {
            *job = srv_job_ref(found);
            return true;
        }
    }
}

/* The same, waiting. Not for network threads. */
enum srv_code srv_model_reader_wait(struct srv_model_reader *r, uint64_t offset, uint64_t n)
{
    struct srv_job *job;
    while (srv_model_reader_prepare(r, offset, n, &job)) {
        if (!job)
            return SRV_OK;
        enum srv_code code = srv_job_wait(job);
        srv_job_unref(job);
        if (code != SRV_OK)
            return code;
    }
    return SRV_NO_MEMORY;
}
