/* group_body.h - the panels of a batch applied to one group of output columns, for one type at one instruction level.
 *
 * A group is a block of m rows in the worker's space, local row r of panel p being its row NB * p + r. */

/* Where row r of group g is in the output. */
WI_INLINE REAL *group_out(const struct wi_ortho_job *job, size_t g, size_t r)
{
    return (REAL *)job->out + g * NB * job->col_step + r * job->row_step;
}

static void load_group(const struct wi_ortho_job *job, size_t g, size_t from, size_t cols, REAL *q)
{
    if (job->col_step == 1)
        for (size_t r = from; r < job->m; r++)
            memcpy(q + r * NB, group_out(job, g, r), cols * sizeof *q);
    else
        transpose(group_out(job, g, from), job->col_step, cols, job->m - from, 1, q + from * NB, NB);
}

static void store_group(const struct wi_ortho_job *job, size_t g, size_t from, size_t cols, const REAL *q)
{
    REAL gain = from == 0 ? (REAL)job->gain : 1;
    if (job->col_step != 1) {
        transpose(q + from * NB, NB, job->m - from, cols, gain, group_out(job, g, from), job->col_step);
        return;
    }
    for (size_t r = from; r < job->m; r++) {
        REAL *out = group_out(job, g, r);
        for (size_t c = 0; c < cols; c++)
            out[c] = q[r * NB + c] * gain;
    }
}

/* Start group p for panel p: Q is D on top of zeros, so that W = V'Q is a scaled transposed copy of V. */
static void start_group(size_t rows, size_t cols, const REAL *v, const REAL *d, REAL *q, REAL *w)
{
    memset(q, 0, rows * NB * sizeof *q);
    for (size_t c = 0; c < cols; c++)
        q[c * NB + c] = d[c];
    memset(w, 0, (size_t)NB * NB * sizeof *w);
    for (size_t c = 0; c < cols; c++)
        for (size_t k = 0; k <= c; k++)
            w[k * NB + c] = v[c * NB + k] * d[c];
}

/* W = V'Q over the rows below the first NB, which are still zero in Q. */
static void multiply_vq(size_t rows, size_t cols, const REAL *v, const REAL *q, REAL *w)
{
    for (size_t r = NB; r < rows; r += KC) {
        size_t k = rows - r < KC ? rows - r : KC;
        struct ahead next = {v + (r + KC) * NB, q + (r + KC) * NB};
        for (size_t i = 0; i < NB; i += TILE_ROWS)
            next = multiply_tn(r > NB, k, v + r * NB + i, q + r * NB, cols, w + i * NB, next);
    }
}

/* TW, from T transposed. T is upper triangular. */
static void multiply_tw(size_t b, size_t cols, const REAL *t, const REAL *w, REAL *tw)
{
    struct ahead next = {t, w};
    for (size_t i = 0; i < b; i += TILE_ROWS)
        multiply_tn(false, b - i, t + i * NB + i, w + i * NB, cols, tw + i * NB, next);
}

/* Q -= V TW */
static void subtract_vtw(size_t rows, size_t b, size_t cols, const REAL *v, const REAL *tw, REAL *q)
{
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
        struct ahead next = {v + (r + TILE_ROWS) * NB, q + (r + TILE_ROWS) * NB};
        tile_row(TILE_SUBTRACT, b, v + r * NB, NB, 1, tw, cols, q + r * NB, next);
    }
}

static void apply_panel(const struct wi_ortho_job *job, size_t p, size_t g, size_t cols, REAL *group, REAL *w)
{
    const REAL *d = panel_at(job, p), *t = d + NB, *v = d + WI_ORTHO_HEAD;
    size_t rows = wi_ortho_panel_rows(job, p), b = wi_ortho_panel_cols(job, p);
    REAL *q = group + p * NB * NB, *tw = w + NB * NB;
    if (p == g) {
        start_group(rows, cols, v, d, q, w);
    } else {
        memset(q, 0, (size_t)NB * NB * sizeof *q);
        multiply_vq(rows, cols, v, q, w);
    }
    multiply_tw(b, cols, t, w, tw);
    subtract_vtw(rows, b, cols, v, tw, q);
}

static void make_group(const struct wi_ortho_job *job, size_t g, void *worker)
{
    REAL *w = worker, *group = w + (size_t)2 * NB * NB;
    size_t cols = wi_ortho_panel_cols(job, g);
    size_t p = job->last;
    if (g >= p)
        load_group(job, g, p * NB, cols, group);
    else
        p = g + 1;
    while (p-- > job->first)
        apply_panel(job, p, g, cols, group, w);
    store_group(job, g, job->first * NB, cols, group);
}
