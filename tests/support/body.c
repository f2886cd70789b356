/* see body.h */
#include "support/body.h"

#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

static void *must(void *p)
{
    if (p)
        return p;
    fputs("out of memory\n", stderr);
    exit(2);
}

static void *aligned(uint64_t n)
{
    return must(aligned_alloc(ALIGN, (size_t)((n + ALIGN - 1) / ALIGN * ALIGN)));
}

enum wi_status body_request(struct wi_request *req, const char *text, struct wi_error *err)
{
    wi_request_init(req);
    return wi_request_query(req, text, err);
}

enum wi_status body_plan(struct wi_plan *plan, const char *text, struct wi_error *err)
{
    struct wi_request req;
    enum wi_status status = body_request(&req, text, err);
    return status == WI_OK ? wi_plan_make(plan, &req, NULL, err) : status;
}

enum wi_status body_open(struct body *body, const char *text, struct wi_error *err)
{
    enum wi_status status = body_plan(&body->plan, text, err);
    body->keep = NULL;
    if (status != WI_OK || body->plan.part.tensor.keep_bytes == 0)
        return status;
    void *scratch = aligned(body->plan.part.tensor.scratch_bytes);
    body->keep = aligned(body->plan.part.tensor.keep_bytes);
    wi_build(&body->plan.part.tensor, body->keep, scratch, NULL);
    free(scratch);
    return status;
}

void body_close(struct body *body)
{
    free(body->keep);
    body->keep = NULL;
}

size_t body_read_plan(const struct wi_plan *plan, void *keep, uint64_t offset, uint8_t *buf, size_t cap)
{
    struct wi_body body;
    uint8_t header[WI_HEADER_MAX];
    wi_plan_body(plan, header, &body);
    return wi_body_read(&body, wi_keep_only, keep, offset, buf, cap);
}

uint8_t *body_read(const struct body *body, uint64_t offset, size_t n)
{
    uint8_t *bytes = must(malloc(n + 1));
    if (body_read_plan(&body->plan, body->keep, offset, bytes, n) == n)
        return bytes;
    free(bytes);
    return NULL;
}

uint8_t *body_bytes(const char *text, size_t *n)
{
    struct wi_error err = {0};
    struct body body;
    if (body_open(&body, text, &err) != WI_OK) {
        fprintf(stderr, "%s\n%s: %s\n", text, err.param, err.text);
        exit(2);
    }
    *n = (size_t)body.plan.total_bytes;
    uint8_t *bytes = must(body_read(&body, 0, *n));
    body_close(&body);
    return bytes;
}

static uint64_t little_endian(const uint8_t *bytes, unsigned n)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v |= (uint64_t)bytes[i] << (8 * i);
    return v;
}

/* By the definition of the types: sign, exponent, fraction; one NaN of each sign in e4m3. */
static double body_f8(enum wi_dtype_id dtype, uint8_t byte)
{
    const int fraction = dtype == WI_F8_E4M3 ? 3 : 2, bias = dtype == WI_F8_E4M3 ? 7 : 15;
    const int exponent = (byte & 0x7f) >> fraction, digits = byte & ((1 << fraction) - 1);
    const double sign = byte & 0x80 ? -1 : 1;
    if (dtype == WI_F8_E4M3 && (byte & 0x7f) == 0x7f)
        return NAN;
    if (dtype == WI_F8_E5M2 && exponent == 31)
        return digits ? NAN : sign * INFINITY;
    if (exponent == 0)
        return sign * ldexp(digits, 1 - bias - fraction);
    return sign * ldexp((1 << fraction) + digits, exponent - bias - fraction);
}

double body_value(enum wi_dtype_id dtype, const uint8_t *bytes, size_t i)
{
    unsigned width = wi_dtype_at(dtype)->bytes;
    uint64_t bits = little_endian(bytes + i * width, width);
    uint32_t bits32 = (uint32_t)bits;
    double f64;
    float f32;
    switch (dtype) {
    case WI_F32:
        memcpy(&f32, &bits32, sizeof f32);
        return (double)f32;
    case WI_F64:
        memcpy(&f64, &bits, sizeof f64);
        return f64;
    case WI_F8_E4M3:
    case WI_F8_E5M2:
        return body_f8(dtype, bytes[i]);
    case WI_F16:
        return (double)wi_f32_from_f16((uint16_t)bits);
    default:
        return (double)wi_f32_from_bf16((uint16_t)bits);
    }
}

double *body_values(const char *text, size_t *n)
{
    size_t n_bytes;
    struct wi_plan plan;
    uint8_t *bytes = body_bytes(text, &n_bytes);
    body_plan(&plan, text, NULL);
    *n = n_bytes / plan.part.tensor.dtype->bytes;
    double *values = must(malloc((*n + 1) * sizeof *values));
    for (size_t i = 0; i < *n; i++)
        values[i] = body_value(plan.part.tensor.dtype->id, bytes, i);
    free(bytes);
    return values;
}
