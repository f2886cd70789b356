/* row.h - helpers for the rows of like= tables.
 *
 * Most frameworks have sequential generators: wi_build draws the whole tensor into the memory it keeps, and reading
 * copies from it. A framework has one stream and one layout; a request for another is refused with the reason. */
#ifndef WI_LIKE_ROW_H
#define WI_LIKE_ROW_H

#include "like/table.h"

/* ---- for prepare ---- */

/* Refuse stream= and layouts that the framework does not have. */
enum wi_status wi_like_check(const struct wi_tensor *tensor, struct wi_error *err);

/* Set keep_bytes to the bytes of the tensor, and scratch_bytes. */
void wi_like_whole(struct wi_tensor *tensor, uint64_t scratch_bytes);

/* Mark the tensor as approximate: not the framework's numbers bit for bit. note: static text. */
void wi_like_approximate(struct wi_tensor *tensor, const char *note);

/* ---- for build and fill ---- */

/* Write n doubles in the tensor's dtype, each rounded once. */
void wi_like_store_f64(const struct wi_tensor *tensor, const double *in, size_t n, void *out);

/* The fill function of rows that keep their bytes. */
void wi_like_copy(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out);

/* ---- rows computed by native rows: zeros, ones, constant, eye, dirac ---- */

enum wi_status wi_like_prepare_native(struct wi_tensor *tensor, struct wi_error *err);
/* The same for frameworks that round a constant to f16 once; the native row rounds it to f32 first. */
enum wi_status wi_like_prepare_native_f16(struct wi_tensor *tensor, struct wi_error *err);
void wi_like_fill_native(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out);

/* ---- the variance-scaling family: glorot, lecun, he ---- */

struct wi_family {
    double scale;
    enum wi_mode mode;
    enum wi_distribution distribution;
};
/* The family that the row names. A row without one takes scale=, mode= and distribution= from the request. */
struct wi_family wi_like_family(const struct wi_tensor *tensor);

/* ---- orthogonal: Q of a QR decomposition with the signs of R's diagonal; transposed if there are more columns ---- */

/* A matrix of n_elems elements in `cols` columns, stored tall: transposed if it has more columns than rows. */
struct wi_like_matrix {
    size_t rows, cols;
    double *tall; /* max(rows, cols) x min(rows, cols), then the scratch of the decomposition */
};
/* Bytes for `tall`. */
uint64_t wi_like_matrix_bytes(const struct wi_tensor *tensor, uint64_t cols);
struct wi_like_matrix wi_like_matrix(const struct wi_tensor *tensor, uint64_t cols, void *memory);
void wi_like_matrix_set(const struct wi_like_matrix *m, size_t r, size_t c, double value);
/* keep = Q * gain. The product is computed in the tensor's dtype, or, if in_f64, in f64 and then rounded. */
void wi_like_matrix_keep(const struct wi_tensor *tensor, const struct wi_like_matrix *m, double gain, bool in_f64,
                         void *keep);

/* ---- writing rows and tables ---- */

#define WI_LIKE_BITS2(a, b) (WI_P_BIT(a) | WI_P_BIT(b))
#define WI_LIKE_PROBLEM "every tensor of one seed starts with the same numbers; give each its own seed"

/* var: the C name. id: the name of the scheme. text: formula and summary. The functions follow as designated
 * initializers. The file defines WI_LIKE_BEST and WI_LIKE_SOURCE, which all of its rows share. */
#define WI_LIKE_ROW(var, id, alias, min, max, takes, def, text, shown, is_whole, is_seedless, ...) \
    static const struct wi_scheme var = {.info = {.name = #id,                                     \
                                                  .aliases = alias,                                \
                                                  .formula = text,                                 \
                                                  .summary = text,                                 \
                                                  .best_for = WI_LIKE_BEST,                        \
                                                  .known_problem = WI_LIKE_PROBLEM,                \
                                                  .source = WI_LIKE_SOURCE,                        \
                                                  .example = shown,                                \
                                                  .rank_min = min,                                 \
                                                  .rank_max = max,                                 \
                                                  .params = takes,                                 \
                                                  .defaults = def,                                 \
                                                  .whole = is_whole,                               \
                                                  .seedless = is_seedless},                        \
                                         __VA_ARGS__}

/* A row that keeps its bytes. */
#define WI_LIKE_DRAWN(var, id, alias, min, max, takes, def, text, shown, ...) \
    WI_LIKE_ROW(var, id, alias, min, max, takes, def, text, shown, true, false, .fill = wi_like_copy, __VA_ARGS__)

/* A row computed by the native row of the same id. */
#define WI_LIKE_NATIVE(var, id, alias, min, max, takes, def, text, shown, prepare_fn)                        \
    WI_LIKE_ROW(var, id, alias, min, max, takes, def, text, shown, false, true, .fill = wi_like_fill_native, \
                .native = &wi_scheme_##id, .prepare = prepare_fn)

/* A table: rows is an X-macro over the names of row variables. */
#define WI_LIKE_ADDRESS_(row) &row,
#define WI_LIKE_TABLE(id, text, what, its_layout, its_seeds, its_variant, rows_macro)  \
    static const struct wi_scheme *const id##_rows[] = {rows_macro(WI_LIKE_ADDRESS_)}; \
    extern const struct wi_like wi_like_##id;                                          \
    const struct wi_like wi_like_##id = {                                              \
        {text, what, sizeof id##_rows / sizeof *id##_rows}, id##_rows, its_layout, its_seeds, its_variant}

#endif
