/* A query as a request, and a body in one call: see wi_request_query and wi_get in wi.h. */
#include <string.h>

#include "base/fail.h"
#include "wi.h"

enum { TEXT_CAP = 1024 };

/* A key or a value, decoded. */
struct piece {
    char text[TEXT_CAP];
    size_t len;
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static enum wi_status decode(const char *raw, size_t n, bool plus_is_blank, struct piece *out, struct wi_error *err)
{
    out->len = 0;
    for (size_t i = 0; i < n; i++) {
        char c = plus_is_blank && raw[i] == '+' ? ' ' : raw[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_digit(raw[i + 1]) : -1, low = n - i > 2 ? hex_digit(raw[i + 2]) : -1;
            if (high < 0 || low < 0)
                return wi_fail(err, WI_E_PARAM_VALUE, "", "%s", "a % must be followed by two hexadecimal digits");
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (out->len == TEXT_CAP)
            return wi_fail(err, WI_E_PARAM_VALUE, "", "a parameter is longer than %u bytes", (uint64_t)TEXT_CAP);
        out->text[out->len++] = c;
    }
    return WI_OK;
}

/* "key=value"; without = the value is empty. */
static enum wi_status set_pair(struct wi_request *req, const char *pair, size_t n, struct wi_error *err)
{
    struct piece key, value;
    const char *equals = memchr(pair, '=', n), *raw = equals ? equals + 1 : pair + n;
    enum wi_status status = decode(pair, equals ? (size_t)(equals - pair) : n, false, &key, err);
    if (status != WI_OK)
        return status;
    enum wi_param p = wi_param_find(key.text, key.len);
    bool is_name = p != WI_P_COUNT && wi_param_row(p)->type == WI_T_NAME;
    status = decode(raw, (size_t)(pair + n - raw), is_name, &value, err);
    return status == WI_OK ? wi_request_set_n(req, key.text, key.len, value.text, value.len, err) : status;
}

enum wi_status wi_request_query(struct wi_request *req, const char *query, struct wi_error *err)
{
    const char *question = strchr(query, '?'), *at = question ? question + 1 : query;
    enum wi_status status = WI_OK;
    err = wi_error_fresh(err);
    while (*at && status == WI_OK) {
        size_t n = strcspn(at, "&");
        if (n)
            status = set_pair(req, at, n, err);
        at += n;
        at += *at == '&';
    }
    return status;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The memory holds the body, and behind it the built matrix. The scratch of building lies where the body will be. */
static uint64_t matrix_at(const struct wi_plan *plan)
{
    return larger(plan->total_bytes, plan->part.tensor.scratch_bytes + WI_ALIGN);
}

static struct wi_sizes sizes_of(const struct wi_plan *plan)
{
    uint64_t keep = plan->part.tensor.keep_bytes;
    return (struct wi_sizes){plan->total_bytes, keep ? matrix_at(plan) + WI_ALIGN + keep : plan->total_bytes};
}

static void read_whole(const struct wi_plan *plan, uint8_t *memory)
{
    uint8_t header[WI_HEADER_MAX];
    struct wi_body body;
    void *matrix = NULL;
    if (plan->part.tensor.keep_bytes) {
        matrix = wi_align(memory + matrix_at(plan));
        wi_build(&plan->part.tensor, matrix, wi_align(memory), NULL);
    }
    wi_plan_body(plan, header, &body);
    wi_body_read(&body, wi_keep_only, matrix, 0, memory, (size_t)plan->total_bytes);
}

enum wi_status wi_get(const char *query, void *memory, uint64_t memory_bytes, struct wi_sizes *sizes,
                      struct wi_error *err)
{
    struct wi_request req;
    struct wi_plan plan;
    err = wi_error_fresh(err);
    *sizes = (struct wi_sizes){0, 0};
    wi_request_init(&req);
    enum wi_status status = wi_request_query(&req, query, err);
    if (status == WI_OK)
        status = wi_plan_make(&plan, &req, NULL, err);
    if (status == WI_OK && plan.format->digest)
        status = wi_fail(err, WI_E_UNSUPPORTED, "format", "format=%s is not made by libwi", plan.format->name);
    if (status != WI_OK)
        return status;
    *sizes = sizes_of(&plan);
    if (!memory)
        return WI_OK;
    if (memory_bytes < sizes->memory_bytes)
        return wi_fail(err, WI_E_TOO_LARGE, "", "the request takes %u bytes of memory, more than %u",
                       sizes->memory_bytes, memory_bytes);
    read_whole(&plan, memory);
    return WI_OK;
}
