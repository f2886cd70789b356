/* body.h - plans, bodies and values from the text of a request, for tests.
 *
 * Requests are texts as a client writes them: "/init?scheme=normal&shape=3,4" (the part before '?' may be left out).
 * Percent escapes are decoded. Memory is malloc'ed; a failing malloc ends the program. */
#ifndef TESTS_BODY_H
#define TESTS_BODY_H

#include "wi.h"

/* Set every parameter of the text; stops at the first error. */
enum wi_status body_request(struct wi_request *req, const char *text, struct wi_error *err);
enum wi_status body_plan(struct wi_plan *plan, const char *text, struct wi_error *err);

struct body {
    struct wi_plan plan;
    void *keep;
};

/* Plan and build. Only after WI_OK: body_close. */
enum wi_status body_open(struct body *body, const char *text, struct wi_error *err);
void body_close(struct body *body);

/* What wi_body_read gives of a plan's body, laid out for this call. keep: the built matrix, or NULL. */
size_t body_read_plan(const struct wi_plan *plan, void *keep, uint64_t offset, uint8_t *buf, size_t cap);

/* Bytes [offset, offset + n) in a buffer of n bytes, NULL if the body is shorter. The caller frees it. */
uint8_t *body_read(const struct body *body, uint64_t offset, size_t n);

/* The whole body of a request that must be right; ends the program with the error's text if it is not. */
uint8_t *body_bytes(const char *text, size_t *n);

/* The elements of a raw body as doubles (exact for every dtype). */
double *body_values(const char *text, size_t *n);

/* Element i of raw bytes. */
double body_value(enum wi_dtype_id dtype, const uint8_t *bytes, size_t i);

#endif
