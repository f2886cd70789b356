/* panel_body.h - one panel of reflections, for one type at one instruction level: draws, signs, norms, V, T. */

/* Draw rows r .. r + count - 1 of columns c .. c + cols - 1 into V. Above the diagonal V is zero. */
static void draw_block(const struct wi_ortho_job *job, REAL *v, size_t origin, size_t c, size_t cols, size_t r,
                       size_t count, REAL *drawn)
{
    static const struct wi_draw normal = {WI_DRAW_NORMAL, 0, 1};
    for (size_t l = 0; l < WI_ORTHO_DRAW_COLS; l++, drawn += WI_ORTHO_DRAW_ROWS) {
        size_t skip = l >= cols ? count : r < c + l ? c + l - r : 0;
        if (skip > count)
            skip = count;
        memset(drawn, 0, skip * sizeof *drawn);
        if (skip < count)
            DRAW(&normal, job->key, ((uint64_t)(c + l) << 32) + r + skip, count - skip, drawn + skip);
    }
    drawn -= WI_ORTHO_DRAW_COLS * WI_ORTHO_DRAW_ROWS;
    transpose(drawn, WI_ORTHO_DRAW_ROWS, WI_ORTHO_DRAW_COLS, count, 1, v + (r - origin) * NB + (c - origin), NB);
}

/* V = the Gaussians of the panel, on and below the diagonal. Blocks end at multiples of DRAW_ROWS of the matrix, which
 * lets the generator work in whole tiles. */
static void draw_panel(const struct wi_ortho_job *job, size_t p, REAL *v, REAL *drawn)
{
    size_t origin = p * NB, cols = wi_ortho_panel_cols(job, p);
    for (size_t c = 0; c < NB; c += WI_ORTHO_DRAW_COLS) {
        size_t have = c < cols ? cols - c : 0;
        if (have > WI_ORTHO_DRAW_COLS)
            have = WI_ORTHO_DRAW_COLS;
        for (size_t r = origin; r < job->m;) {
            size_t end = (r / WI_ORTHO_DRAW_ROWS + 1) * WI_ORTHO_DRAW_ROWS;
            if (end > job->m)
                end = job->m;
            draw_block(job, v, origin, origin + c, have, r, end - r, drawn);
            r = end;
        }
    }
    memset(v + wi_ortho_panel_rows(job, p) * NB, 0, (size_t)WI_ORTHO_PAD * NB * sizeof *v);
}

/* Sums of squares over the rows of V, one per column, in double. */
enum { WIDE = VEC_BYTES / (int)sizeof(double) };
typedef double wide __attribute__((vector_size(VEC_BYTES)));
typedef REAL narrow __attribute__((vector_size(WIDE * sizeof(REAL)), may_alias));

WI_INLINE wide square(const REAL *v)
{
    wide x = __builtin_convertvector(*(const narrow *)v, wide);
    return x * x;
}

static void square_columns(const REAL *v, size_t rows, double *sums)
{
    for (size_t c = 0; c < NB; c += 3 * WIDE) {
        wide s0 = {0}, s1 = {0}, s2 = {0};
        for (size_t r = 0; r < rows;) {
            wide p0 = {0}, p1 = {0}, p2 = {0};
            size_t end = rows - r < WI_ORTHO_NORM_ROWS ? rows : r + WI_ORTHO_NORM_ROWS;
            for (; r < end; r++) {
                p0 += square(v + r * NB + c);
                p1 += square(v + r * NB + c + WIDE);
                p2 += square(v + r * NB + c + 2 * WIDE);
            }
            s0 += p0;
            s1 += p1;
            s2 += p2;
        }
        memcpy(sums + c, &s0, sizeof s0);
        memcpy(sums + c + WIDE, &s1, sizeof s1);
        memcpy(sums + c + 2 * WIDE, &s2, sizeof s2);
    }
}

/* Turn column j of V from a Gaussian x into its reflection vector x + s |x| e_0; d_j = -s. half[j] = v'v / 2. */
static void reflect_columns(REAL *v, size_t rows, size_t cols, REAL *d, double *half)
{
    double x0[NB], tail[NB];
    memset(d, 0, NB * sizeof *d);
    for (size_t j = 0; j < cols; j++) {
        x0[j] = (double)v[j * NB + j];
        v[j * NB + j] = 0;
    }
    square_columns(v, rows, tail);
    for (size_t j = 0; j < cols; j++) {
        double s = x0[j] >= 0 ? 1 : -1;
        double x = tail[j] > 0 ? x0[j] : s;
        REAL v0 = (REAL)(x + s * __builtin_sqrt(tail[j] + x * x));
        v[j * NB + j] = v0;
        d[j] = (REAL)-s;
        half[j] = 0.5 * (tail[j] + (double)v0 * (double)v0);
    }
}

/* gram = V'V where it lies above the diagonal, by chunks of KC rows. */
static void multiply_gram(const REAL *v, size_t rows, size_t cols, REAL *gram)
{
    for (size_t r = 0; r < rows; r += KC) {
        size_t k = rows - r < KC ? rows - r : KC;
        const REAL *a = v + r * NB;
        struct ahead next = {a + KC * NB, a + KC * NB};
        for (size_t i = 0; i < cols; i += TILE_ROWS) {
            size_t j = i / LANES * LANES;
            multiply_tn(r > 0, k, a + i, a + j, cols - j, gram + i * NB + j, next);
        }
    }
}

/* Sums over k = from .. j - 1 of u[k][j] * t[k][lane], ascending, for 3 vectors of lanes. */
WI_INLINE void sum_lanes(const REAL *gram, size_t j, size_t from, double (*t)[NB], size_t lane)
{
    wide s0 = {0}, s1 = {0}, s2 = {0};
    for (size_t k = from; k < j; k++) {
        const wide *row = (const wide *)&t[k][lane];
        double u = (double)gram[k * NB + j];
        s0 += u * row[0];
        s1 += u * row[1];
        s2 += u * row[2];
    }
    wide *to = (wide *)&t[j][lane];
    to[0] = s0;
    to[1] = s1;
    to[2] = s2;
}

/* out = the transpose of T = U^-1, where U = strict upper part of gram + diag(half). TU = I gives column j of T from
 * the columns before it. In double, rounded at the end. A lane is a row of T; its zeros below the diagonal add
 * nothing. */
static void invert_upper(const REAL *gram, const double *half, size_t cols, REAL *out)
{
    _Alignas(64) double t[NB][NB];
    memset(t, 0, sizeof t);
    memset(out, 0, (size_t)NB * NB * sizeof *out);
    for (size_t j = 0; j < cols; j++) {
        double scale = 1 / half[j];
        for (size_t lane = 0; lane < j; lane += 3 * WIDE)
            sum_lanes(gram, j, lane, t, lane);
        for (size_t i = 0; i < j; i++)
            t[j][i] = -t[j][i] * scale;
        t[j][j] = scale;
        for (size_t i = 0; i <= j; i++)
            out[j * NB + i] = (REAL)t[j][i];
    }
}

static REAL *panel_at(const struct wi_ortho_job *job, size_t p)
{
    return (REAL *)job->panels + wi_ortho_panels_elems(job->m, job->first, p);
}

static void make_panel(const struct wi_ortho_job *job, size_t p, void *worker)
{
    REAL *d = panel_at(job, p), *t = d + NB, *v = d + WI_ORTHO_HEAD;
    size_t rows = wi_ortho_panel_rows(job, p), cols = wi_ortho_panel_cols(job, p);
    double half[NB];
    _Alignas(64) REAL gram[NB * NB];
    draw_panel(job, p, v, worker);
    reflect_columns(v, rows, cols, d, half);
    multiply_gram(v, rows, cols, gram);
    invert_upper(gram, half, cols, t);
}
