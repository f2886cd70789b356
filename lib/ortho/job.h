/* job.h - the state of one orthogonal matrix in the making, shared by the driver (ortho.c) and the kernels (*_isa.c).
 *
 * The matrix is made tall: m x n, m >= n; a wide one is written through exchanged steps. A panel is NB reflections, a
 * group is NB output columns, and panel p ends where group p ends. Panel p changes rows NB * p .. m - 1 of the groups
 * p, p + 1, ... and is applied after all later panels. A batch is the panels that are in memory together. Batches run
 * from the last panel to the first; between them `out` holds the unfinished groups.
 *
 * Every block is row-major with NB elements per row, 64-byte aligned. PAD rows of padding follow, because tiles are
 * computed whole.
 *
 * NB, KC and NORM_ROWS are part of the definition of the numbers (docs/ALGORITHM.md). Nothing else here is. */
#ifndef WI_ORTHO_JOB_H
#define WI_ORTHO_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/dispatch.h"
#include "key.h"

enum {
    WI_ORTHO_NB = 48,        /* columns of a panel */
    WI_ORTHO_KC = 128,       /* rows of a partial sum in V'V and V'Q */
    WI_ORTHO_NORM_ROWS = 64, /* rows of a partial sum in the norms */
    WI_ORTHO_PAD = 8,        /* a tile has at most PAD rows */
    WI_ORTHO_DRAW_COLS = 16, /* columns drawn before they are transposed into V */
    WI_ORTHO_DRAW_ROWS = 256
};

/* Elements of a panel before V: d (the diagonal of D), padded to a row, then T transposed. */
#define WI_ORTHO_HEAD ((size_t)WI_ORTHO_NB * (1 + WI_ORTHO_NB))

struct wi_ortho_job {
    const struct wi_key *key;
    size_t m, n;
    size_t row_step, col_step; /* from one row, one column of the tall matrix to the next in out, in elements */
    double gain;
    void *out;
    void *panels;       /* the batch, panel `first` at its start */
    size_t first, last; /* panels first .. last - 1 are in memory */
};

/* Rows of panel p; its local row 0 is row NB * p of the matrix. */
static inline size_t wi_ortho_panel_rows(const struct wi_ortho_job *job, size_t p)
{
    return job->m - p * WI_ORTHO_NB;
}

/* Columns of panel p and of group p. */
static inline size_t wi_ortho_panel_cols(const struct wi_ortho_job *job, size_t p)
{
    size_t left = job->n - p * WI_ORTHO_NB;
    return left < WI_ORTHO_NB ? left : WI_ORTHO_NB;
}

/* Elements of panels p .. q - 1 in memory; their lengths fall by NB rows from one to the next. */
static inline size_t wi_ortho_panels_elems(size_t m, size_t p, size_t q)
{
    size_t count = q - p, tallest = m - p * WI_ORTHO_NB + WI_ORTHO_PAD;
    return count * (WI_ORTHO_HEAD + tallest * WI_ORTHO_NB) -
           (size_t)WI_ORTHO_NB * WI_ORTHO_NB * (count * (count - (count > 0)) / 2);
}

/* Elements of one worker's space: a group of m rows, W and TW, or the columns being drawn. */
static inline size_t wi_ortho_worker_elems(size_t m)
{
    size_t group = (m + WI_ORTHO_PAD + 2 * WI_ORTHO_NB) * WI_ORTHO_NB;
    size_t drawn = (size_t)WI_ORTHO_DRAW_COLS * WI_ORTHO_DRAW_ROWS;
    return group > drawn ? group : drawn;
}

/* The kernels of one type and level. Tasks of one phase (all panels of a batch, then all groups) may run at once. */
struct wi_ortho_ops {
    /* Draw the vectors of panel p and make its V, T and d. */
    void (*panel)(const struct wi_ortho_job *job, size_t p, void *worker);
    /* Apply the panels of the batch to group g, from `out` (or D) to `out`. */
    void (*group)(const struct wi_ortho_job *job, size_t g, void *worker);
};

extern const struct wi_ortho_ops WI_ISA_DECLARE(, wi_ortho_ops_f32), WI_ISA_DECLARE(, wi_ortho_ops_f64);

#endif
