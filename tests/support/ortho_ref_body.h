/* ortho_ref_body.h - one type (REAL, REF_NAME, REF_DRAW) of the reference. A matrix is stored by rows. */

/* V of the panel of b columns that starts at (i0, i0) of an m-row matrix: Gaussians on and below the diagonal. */
static void REF_NAME(gaussians)(const struct wi_key *key, size_t m, size_t i0, size_t b, REAL *v)
{
    const struct wi_draw normal = {WI_DRAW_NORMAL, 0, 1};
    for (size_t r = 0; r < m - i0; r++)
        for (size_t j = 0; j < b; j++) {
            v[r * b + j] = 0;
            if (r >= j)
                REF_DRAW(&normal, key, ((uint64_t)(i0 + j) << 32) + i0 + r, 1, &v[r * b + j]);
        }
}

/* Column j becomes a reflection vector; its sign goes to *d and v'v / 2 is returned. */
static double REF_NAME(reflection)(REAL *v, size_t rows, size_t b, size_t j, REAL *d)
{
    double tail = 0, part = 0;
    for (size_t r = j + 1; r < rows; r++) {
        double x = (double)v[r * b + j];
        part += x * x;
        if (r % 64 == 63) {
            tail += part;
            part = 0;
        }
    }
    tail += part;
    double x0 = (double)v[j * b + j];
    double s = x0 >= 0 ? 1 : -1;
    if (tail == 0)
        x0 = s;
    REAL v0 = (REAL)(x0 + s * sqrt(tail + x0 * x0));
    v[j * b + j] = v0;
    *d = (REAL)-s;
    return 0.5 * (tail + (double)v0 * (double)v0);
}

/* Sum over rows r = first .. rows - 1 of x[r * x_cols] * y[r * y_cols], in parts of 128 rows. */
static REAL REF_NAME(dot)(size_t first, size_t rows, const REAL *x, size_t x_cols, const REAL *y, size_t y_cols)
{
    REAL sum = 0;
    for (size_t start = first; start < rows; start += 128) {
        REAL part = 0;
        for (size_t r = start; r < rows && r < start + 128; r++)
            part += x[r * x_cols] * y[r * y_cols];
        sum = start == first ? part : sum + part;
    }
    return sum;
}

/* T = U^-1, U = the strict upper part of V'V with `half` on the diagonal: TU = I, column by column of T. */
static void REF_NAME(inverse)(const REAL *v, size_t rows, size_t b, const double *half, REAL *t)
{
    double u[48][48] = {{0}}, inv[48][48] = {{0}};
    for (size_t i = 0; i < b; i++)
        for (size_t k = i + 1; k < b; k++)
            u[i][k] = (double)REF_NAME(dot)(0, rows, v + i, b, v + k, b);
    for (size_t j = 0; j < b; j++)
        for (size_t i = 0; i <= j; i++) {
            double scale = 1 / half[j], sum = 0;
            for (size_t k = i; k < j; k++)
                sum += inv[i][k] * u[k][j];
            inv[i][j] = i == j ? scale : -sum * scale;
            t[i * b + j] = (REAL)inv[i][j];
        }
}

/* Column c of Q (m x n), rows i0 .. m - 1: q -= V T V' q. `own`: it is a column of this panel and still d e_c. */
static void REF_NAME(apply)(const REAL *v, const REAL *t, size_t rows, size_t b, bool own, size_t c, REAL d, REAL *q,
                            size_t n)
{
    REAL w[48], tw[48];
    for (size_t k = 0; k < b; k++)
        w[k] = own ? (REAL)((k <= c ? v[c * b + k] : 0) * d) : REF_NAME(dot)(b, rows, v + k, b, q, n);
    for (size_t i = 0; i < b; i++) {
        tw[i] = 0;
        for (size_t k = i; k < b; k++)
            tw[i] += t[i * b + k] * w[k];
    }
    for (size_t r = 0; r < rows; r++) {
        REAL sum = 0;
        for (size_t k = 0; k < b; k++)
            sum += v[r * b + k] * tw[k];
        q[r * n] -= sum;
    }
}

static void REF_NAME(panel)(const struct wi_key *key, size_t m, size_t n, size_t i0, REAL *q)
{
    size_t b = n - i0 < 48 ? n - i0 : 48, rows = m - i0;
    REAL *v = ref_alloc(rows * b * sizeof *v), t[48 * 48] = {0}, d[48];
    double half[48];
    REF_NAME(gaussians)(key, m, i0, b, v);
    for (size_t j = 0; j < b; j++)
        half[j] = REF_NAME(reflection)(v, rows, b, j, &d[j]);
    REF_NAME(inverse)(v, rows, b, half, t);
    for (size_t c = 0; c < b; c++)
        q[(i0 + c) * n + i0 + c] = d[c];
    for (size_t c = i0; c < n; c++) {
        bool own = c < i0 + b;
        REF_NAME(apply)(v, t, rows, b, own, c - i0, own ? d[c - i0] : 0, q + i0 * n + c, n);
    }
    free(v);
}

void REF_NAME(ortho_ref)(const struct wi_key *key, uint64_t rows, uint64_t cols, double gain, REAL *out)
{
    size_t m = (size_t)(rows > cols ? rows : cols), n = (size_t)(rows > cols ? cols : rows);
    REAL *q = ref_alloc(m * n * sizeof *q);
    for (size_t i = 0; i < m * n; i++)
        q[i] = 0;
    for (size_t p = (n + 47) / 48; p-- > 0;)
        REF_NAME(panel)(key, m, n, 48 * p, q);
    for (size_t r = 0; r < m; r++)
        for (size_t c = 0; c < n; c++)
            out[rows < cols ? c * m + r : r * n + c] = q[r * n + c] * (REAL)gain;
    free(q);
}
