/* see ortho.h and job.h */
#include "ortho/ortho.h"

#include <stdatomic.h>

#include "ortho/job.h"

enum {
    BATCH_BYTES = 8 << 20,    /* panels kept in memory together */
    SERIAL_ELEMS = 256 * 256, /* smaller matrices are made by one worker */
    ALIGN = 64
};

static size_t align_up(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t panel_count(size_t n)
{
    return (n + WI_ORTHO_NB - 1) / WI_ORTHO_NB;
}

/* The first panel of the batch that ends before `last`: as many as fit, at least one. */
static size_t batch_first(size_t m, size_t last, size_t elem_bytes)
{
    size_t first = last - 1;
    while (first > 0 && wi_ortho_panels_elems(m, first - 1, last) * elem_bytes <= BATCH_BYTES)
        first--;
    return first;
}

static size_t batch_bytes(size_t m, size_t n, size_t elem_bytes)
{
    size_t all = wi_ortho_panels_elems(m, 0, panel_count(n)) * elem_bytes;
    size_t tallest = wi_ortho_panels_elems(m, 0, 1) * elem_bytes;
    size_t most = tallest > BATCH_BYTES ? tallest : BATCH_BYTES;
    return align_up(all < most ? all : most);
}

static unsigned worker_count(size_t m, size_t n, unsigned width)
{
    size_t groups = panel_count(n);
    if (m * n < SERIAL_ELEMS || width < 1)
        return 1;
    return width < groups ? width : (unsigned)groups;
}

size_t wi_ortho_scratch(uint64_t rows, uint64_t cols, size_t elem_bytes, unsigned width)
{
    size_t m = (size_t)(rows > cols ? rows : cols), n = (size_t)(rows > cols ? cols : rows);
    size_t worker = align_up(wi_ortho_worker_elems(m) * elem_bytes);
    return batch_bytes(m, n, elem_bytes) + worker * worker_count(m, n, width);
}

/* One phase of one batch: items are handed to workers in ascending order, each worker with its own space. */
struct phase {
    const struct wi_ortho_job *job;
    void (*make)(const struct wi_ortho_job *job, size_t item, void *worker);
    unsigned char *workers;
    size_t worker_bytes, end;
    atomic_size_t next;
};

static void work(void *arg, size_t i)
{
    struct phase *phase = arg;
    void *worker = phase->workers + i * phase->worker_bytes;
    size_t item;
    while ((item = atomic_fetch_add_explicit(&phase->next, 1, memory_order_relaxed)) < phase->end)
        phase->make(phase->job, item, worker);
}

#define OPS(level)                                         \
    {                                                      \
        &wi_ortho_ops_f32##level, &wi_ortho_ops_f64##level \
    }

static const struct wi_ortho_ops *choose_ops(size_t elem_bytes)
{
    static const struct wi_ortho_ops *const by_level[][2] = WI_ISA_EACH(OPS);
    return by_level[wi_isa_level()][elem_bytes == sizeof(double)];
}

static void run(struct wi_ortho_job *job, size_t elem_bytes, unsigned char *scratch, const struct wi_exec *exec)
{
    const struct wi_ortho_ops *ops = choose_ops(elem_bytes);
    unsigned workers = worker_count(job->m, job->n, wi_exec_width(exec));
    size_t groups = panel_count(job->n);
    struct phase phase = {.job = job,
                          .workers = scratch + batch_bytes(job->m, job->n, elem_bytes),
                          .worker_bytes = align_up(wi_ortho_worker_elems(job->m) * elem_bytes)};
    job->panels = scratch;
    for (job->last = groups; job->last > 0; job->last = job->first) {
        job->first = batch_first(job->m, job->last, elem_bytes);
        phase.make = ops->panel;
        phase.end = job->last;
        atomic_store(&phase.next, job->first);
        wi_exec_run(exec, workers, work, &phase);
        phase.make = ops->group;
        phase.end = groups;
        atomic_store(&phase.next, job->first);
        wi_exec_run(exec, workers, work, &phase);
    }
}

static void start(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, size_t elem_bytes, void *out,
                  void *scratch, const struct wi_exec *exec)
{
    size_t m = (size_t)rows, n = (size_t)cols;
    struct wi_ortho_job job = {.key = key, .m = m, .n = n, .row_step = n, .col_step = 1, .gain = gain, .out = out};
    if (m < n) {
        job.m = n;
        job.n = m;
        job.row_step = 1;
        job.col_step = n;
    }
    run(&job, elem_bytes, scratch, exec);
}

void wi_ortho_f32(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, float *out, void *scratch,
                  const struct wi_exec *exec)
{
    start(key, rows, cols, gain, sizeof *out, out, scratch, exec);
}

void wi_ortho_f64(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, double *out, void *scratch,
                  const struct wi_exec *exec)
{
    start(key, rows, cols, gain, sizeof *out, out, scratch, exec);
}
