/* see shape.h */
#include "request/shape.h"

#include <string.h>

#include "base/fail.h"
#include "base/text.h"

#define DIGITS "0123456789"
#define BETWEEN " \t+,;*xX()[]{}'\""

/* Of a dimension that cannot be read. */
static const char *dimension_fault(const char *at, size_t n)
{
    if (n == 0)
        return "a dimension is missing";
    return strspn(at, DIGITS) == n ? "a dimension is too large" : "each dimension is an unsigned integer";
}

const char *wi_shape_read(struct wi_request *req, const char *text)
{
    const char *at = text, *end = text + strlen(text);
    unsigned rank = 0;
    char separator = 0;
    while (at < end || separator) {
        size_t n = strcspn(at, ",x");
        /* "0x10" is not a dimension, so every x separates. */
        if (rank == WI_RANK_MAX)
            return "more than 8 dimensions";
        uint64_t dim;
        if (n == 0 || n > 20 || !wi_decimal_parse_u64(at, n, &dim))
            return dimension_fault(at, n);
        req->shape[rank++] = dim;
        at += n;
        if (at == end)
            break;
        if (separator && *at != separator)
            return "',' and 'x' are mixed";
        separator = *at++;
    }
    req->rank = rank;
    return NULL;
}

bool wi_shape_plain(const char *text, char plain[WI_SHAPE_TEXT])
{
    struct wi_request req;
    struct wi_text t = wi_text_in(plain, WI_SHAPE_TEXT);
    while (*text) {
        size_t digits = strspn(text, DIGITS);
        if (digits && t.len)
            wi_text_char(&t, ',');
        wi_text_bytes(&t, text, digits);
        text += digits;
        size_t between = strspn(text, BETWEEN);
        if (*text && !between)
            return false;
        text += between;
    }
    wi_text_end(&t);
    return !t.overflow && !wi_shape_read(&req, plain);
}

enum wi_status wi_shape_repeated(const struct wi_request *req, const char *text, struct wi_error *err)
{
    char joined[2 * WI_SHAPE_TEXT], plain[WI_SHAPE_TEXT];
    struct wi_text t = wi_text_in(joined, sizeof joined);
    wi_text_list(&t, req->shape, req->rank, ",");
    wi_text_char(&t, ',');
    wi_text_str(&t, text);
    wi_text_end(&t);
    if (!wi_shape_plain(joined, plain))
        return wi_fail(err, WI_E_PARAM_REPEATED, "shape", "shape is given more than once");
    wi_fail(err, WI_E_PARAM_REPEATED, "shape", "shape is given more than once: write its dimensions in one, as %s",
            plain);
    if (err && strlen(plain) < sizeof err->nearest)
        wi_error_near(err, plain);
    return WI_E_PARAM_REPEATED;
}
