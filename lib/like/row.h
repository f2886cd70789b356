/* row.h - what the rows of like= tables have in common.
 *
 * A framework's stream is sequential: a tensor is drawn whole into the memory the plan keeps (wi_build), reading copies
 * from it. Each framework has one stream and one layout; asking for another is an error with the reason. */
#ifndef WI_LIKE_ROW_H
#define WI_LIKE_ROW_H

#include "scheme/scheme.h"

/* Refuse stream= and the layout the framework does not have. */
enum wi_status wi_like_check(const struct wi_tensor *tensor, enum wi_layout layout, struct wi_error *err);

/* Ask for the tensor's bytes to keep and for scratch. */
void wi_like_whole(struct wi_tensor *tensor, uint64_t scratch_bytes);

/* fill of a row: copies from keep. */
void wi_like_copy(const struct wi_tensor *tensor, const void *keep, uint64_t first, size_t n, void *out);

/* n doubles as the plan's dtype, each rounded once. */
void wi_like_store_f64(const struct wi_tensor *tensor, const double *in, size_t n, void *out);

/* Say that the numbers are not the framework's bit for bit. note: static text. */
void wi_like_approximate(struct wi_tensor *tensor, const char *note);

/* A framework's table: its name, what it repeats, its rows. */
#define WI_LIKE_TABLE(id, text, what, ...)                                            \
    static const struct wi_scheme *const id##_rows[] = {__VA_ARGS__};                 \
    static const struct wi_scheme_info *id##_at(unsigned i)                           \
    {                                                                                 \
        return i < sizeof id##_rows / sizeof *id##_rows ? &id##_rows[i]->info : NULL; \
    }                                                                                 \
    const struct wi_like wi_like_##id = {{text, what, sizeof id##_rows / sizeof *id##_rows, id##_at}, id##_rows}

#endif
