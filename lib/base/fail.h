/* fail.h - record errors in a struct wi_error. Internal: not installed, and not exported by libwi.so.
 *
 * err may be NULL in every function. */
#ifndef WI_BASE_FAIL_H
#define WI_BASE_FAIL_H

#include "status.h"

/* Record an error unless err holds one. `format` takes %s (const char *, a text of this library), %q (const char *, a
 * text of the user, cut at 64 bytes), %u (uint64_t) and %r (double), nothing else. Returns code. */
enum wi_status wi_fail(struct wi_error *err, enum wi_status code, const char *param, const char *format, ...);

/* wi_fail with a constant text, and what is accepted where that is less than the parameter's row allows. */
enum wi_status wi_refuse(struct wi_error *err, enum wi_status code, const char *param, const char *text,
                         const char *allowed);

/* err if it holds no error, else NULL. A public function passes on the result, so that the first error is kept. */
struct wi_error *wi_error_fresh(struct wi_error *err);

/* Set `allowed` or `nearest` of the error that was just recorded, unless it is set. */
void wi_error_allow(struct wi_error *err, const char *allowed);
void wi_error_near(struct wi_error *err, const char *nearest);

#endif
