/* Laws that every scheme, dtype, layout, format and shape must keep, walked over the library's own tables: sizes are
 * exact, bytes do not depend on how they are asked for, parts are parts of the whole, and every format says the same
 * numbers. */
#include "support/test.h"
#include "support/body.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(list) (sizeof(list) / sizeof *(list))
enum { GUARD = 16, REQUEST_MAX = 400 };

/* clang-format off */
static const char *const shapes[] = {
    "", "1", "7", "1000", "1,1", "3,5", "5,3", "70,67", "17,2,9", "2,1,3,4", "3,3,2,5", "2,3,1,2,4", "1,2,1,3,1,2", "2,1,2,2,1,2,3",
    "1,2,1,3,1,2,1,2", "5,4,3", "6,2,3,3",
};
/* clang-format on */

static uint64_t rng_state = 20240611;

/* SplitMix64 */
static uint64_t random_bits(void)
{
    uint64_t z = rng_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* ---- walking ---- */

typedef void law(const char *request, const struct body *body);

/* Call a law for every combination that the library can serve; a scheme must serve some shape with every dtype and
 * layout. */
static unsigned walk_scheme(const struct wi_like_info *like, const char *scheme, const char *format, law *check)
{
    static const char *const layouts[] = {"", "&layout=io", "&layout=oi"};
    const struct wi_dtype *dtype;
    unsigned served = 0;
    for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++)
        for (size_t l = 1; l < N(layouts); l++)
            for (size_t s = 0; s < N(shapes); s++) {
                char request[REQUEST_MAX];
                struct body body;
                struct wi_error err = {0};
                snprintf(request, sizeof request, "scheme=%s&like=%s&dtype=%s&format=%s&shape=%s&seed=%u%s", scheme,
                         like->name, dtype->name, format, shapes[s], (unsigned)(s + d), layouts[l]);
                enum wi_status status = body_open(&body, request, &err);
                if (status != WI_OK) {
                    if (status != WI_E_SHAPE && status != WI_E_UNSUPPORTED && like == wi_like_at(0))
                        fail_msg("%s: %s", request, err.text);
                    continue;
                }
                check(request, &body);
                served++;
                body_close(&body);
            }
    return served;
}

static void walk(law *check)
{
    const struct wi_like_info *like;
    const struct wi_format *format;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned s = 0; s < like->n_schemes; s++)
            for (unsigned f = 0; (format = wi_format_at(f)); f++) {
                unsigned served = walk_scheme(like, wi_like_scheme_at(like, s)->name, format->name, check);
                if (l == 0 && served < 2 * (WI_DTYPE_COUNT - 1))
                    fail_msg("%s as %s served only %u combinations", wi_like_scheme_at(like, s)->name, format->name,
                             served);
            }
}

static void walk_raw(law *check)
{
    const struct wi_like_info *like;
    for (unsigned l = 0; (like = wi_like_at(l)); l++)
        for (unsigned s = 0; s < like->n_schemes; s++)
            walk_scheme(like, wi_like_scheme_at(like, s)->name, "raw", check);
}

/* ---- sizes and chunks ---- */

/* n bytes read at an offset into a place with guards and a given misalignment; the place was all `poison` before. */
static void read_guarded(const char *request, const struct body *body, uint64_t offset, size_t n, size_t misalign,
                         uint8_t poison, uint8_t *out)
{
    static uint8_t place[1 << 20];
    uint8_t *at = place + GUARD + misalign;
    assert_true(n + 2 * GUARD + misalign <= sizeof place);
    memset(place, poison, n + 2 * GUARD + misalign);
    size_t got = body_read_plan(&body->plan, body->keep, offset, at, n);
    if (got != n)
        fail_msg("%s: %zu bytes at %llu, asked for %zu", request, got, (unsigned long long)offset, n);
    for (size_t i = 0; i < GUARD; i++)
        if (place[i + misalign] != poison || at[n + i] != poison)
            fail_msg("%s: written beyond the buffer, reading %zu at %llu", request, n, (unsigned long long)offset);
    memcpy(out, at, n);
}

static void check_chunks(const char *request, const struct body *body, const uint8_t *whole, size_t from, size_t to,
                         size_t chunk)
{
    uint8_t part[4096];
    for (size_t at = from; at < to; at += chunk) {
        size_t n = to - at < chunk ? to - at : chunk;
        read_guarded(request, body, at, n, (at + chunk) % 9, 0x35, part);
        if (memcmp(part, whole + at, n) != 0)
            fail_msg("%s: chunks of %zu differ at %zu", request, chunk, at);
    }
}

static void check_ends(const char *request, const struct body *body, const uint8_t *whole, size_t total)
{
    uint8_t tail[64];
    size_t n = total < 5 ? total : 5;
    if (body_read_plan(&body->plan, body->keep, total - n, tail, sizeof tail) != n ||
        memcmp(tail, whole + total - n, n) != 0)
        fail_msg("%s: the end of the body is wrong", request);
    static const uint64_t beyond[] = {0, 1, 1 << 20, UINT64_MAX / 2};
    for (size_t i = 0; i < N(beyond); i++)
        assert_int_equal(body_read_plan(&body->plan, body->keep, total + beyond[i], tail, sizeof tail), 0);
    assert_int_equal(body_read_plan(&body->plan, body->keep, UINT64_MAX, tail, sizeof tail), 0);
    assert_int_equal(body_read_plan(&body->plan, body->keep, 0, tail, 0), 0);
}

static void check_bytes(const char *request, const struct body *body)
{
    static const size_t chunks[] = {1, 2, 3, 7, 64, 1000, 4096};
    size_t total = (size_t)body->plan.total_bytes;
    assert_int_equal(total, body->plan.header_bytes + body->plan.part.out_elems * body->plan.part.cell_bytes +
                                strlen(body->plan.suffix));
    uint8_t *whole = malloc(total), *again = malloc(total);
    read_guarded(request, body, 0, total, 0, 0xca, whole);
    read_guarded(request, body, 0, total, 3, 0x35, again); /* a byte that is not written differs */
    if (memcmp(whole, again, total) != 0)
        fail_msg("%s: bytes depend on the buffer", request);
    for (size_t i = 0; i < N(chunks); i++) { /* small ones where something ends only */
        size_t window = chunks[i] < 64 ? 3 * (size_t)body->plan.part.cell_bytes + 16 : total;
        size_t head = body->plan.header_bytes,
               starts[] = {head > 9 ? head - 9 : 0, total / 2, total > window ? total - window : 0};
        for (size_t k = 0; k < N(starts); k++)
            if (window < total || k == 0)
                check_chunks(request, body, whole, window < total ? starts[k] : 0,
                             total - starts[k] < window ? total : starts[k] + window, chunks[i]);
    }
    check_ends(request, body, whole, total);
    free(again);
    free(whole);
}

TEST(test_bytes)
{
    walk(check_bytes);
}

/* ---- slices ---- */

/* Write a random slice text; its start and length per dimension. */
static void random_slice(const struct wi_plan *plan, char *out, size_t cap, uint64_t *start, uint64_t *len)
{
    size_t at = 0;
    out[0] = 0;
    for (unsigned d = 0; d < plan->part.tensor.rank; d++) {
        uint64_t dim = plan->part.tensor.shape[d];
        start[d] = random_bits() % dim;
        len[d] = 1 + random_bits() % (dim - start[d]);
        if (random_bits() % 3 == 0) {
            start[d] = 0;
            len[d] = dim;
        }
        long long a = (long long)start[d], b = (long long)(start[d] + len[d]), n = (long long)dim;
        const char *comma = d ? "," : "";
        switch (random_bits() % 3) {
        case 0:
            at += (size_t)snprintf(out + at, cap - at, "%s%lld:%lld", comma, a, b);
            break;
        case 1:
            at += (size_t)snprintf(out + at, cap - at, "%s%lld:%lld", comma, a - n, b + (b == n));
            break;
        default:
            if (len[d] == 1)
                at += (size_t)snprintf(out + at, cap - at, "%s%lld", comma, a);
            else if (b == n)
                at += (size_t)snprintf(out + at, cap - at, "%s%lld:", comma, a - n);
            else
                at += (size_t)snprintf(out + at, cap - at, "%s%lld:%lld", comma, a, b - n);
        }
    }
}

/* Index in the whole of element i of the part. */
static uint64_t locate(const struct wi_plan *plan, const uint64_t *start, const uint64_t *len, uint64_t i)
{
    uint64_t index[WI_RANK_MAX], whole = 0;
    for (unsigned d = plan->part.tensor.rank; d-- > 0; i /= len[d])
        index[d] = start[d] + i % len[d];
    for (unsigned d = 0; d < plan->part.tensor.rank; d++)
        whole = whole * plan->part.tensor.shape[d] + index[d];
    return whole;
}

static void check_slices(const char *request, const struct body *body)
{
    const struct wi_plan *plan = &body->plan;
    unsigned width = plan->part.tensor.dtype->bytes;
    uint8_t *whole = body_read(body, 0, (size_t)plan->total_bytes);
    for (unsigned round = 0; round < 3 && plan->part.tensor.rank; round++) {
        char slice[200], text[REQUEST_MAX + 220];
        uint64_t start[WI_RANK_MAX], len[WI_RANK_MAX], n = 1;
        random_slice(plan, slice, sizeof slice, start, len);
        snprintf(text, sizeof text, "%s&slice=%s", request, slice);
        for (unsigned d = 0; d < plan->part.tensor.rank; d++)
            n *= len[d];
        size_t n_bytes;
        uint8_t *part = body_bytes(text, &n_bytes);
        if (n_bytes != n * width)
            fail_msg("%s: %zu bytes, not %llu", text, n_bytes, (unsigned long long)n * width);
        for (uint64_t i = 0; i < n; i++)
            if (memcmp(part + i * width, whole + locate(plan, start, len, i) * width, width) != 0)
                fail_msg("%s: element %llu is not that of the whole", text, (unsigned long long)i);
        free(part);
    }
    free(whole);
}

TEST(test_slices)
{
    walk_raw(check_slices);
}

/* Chunks of a sliced body in every format. */
static void check_sliced_chunks(const char *request, const struct body *body)
{
    char slice[200], text[REQUEST_MAX + 220];
    uint64_t start[WI_RANK_MAX], len[WI_RANK_MAX];
    struct body part;
    if (body->plan.part.tensor.rank == 0 || body->plan.part.tensor.n_elems > 1000)
        return;
    random_slice(&body->plan, slice, sizeof slice, start, len);
    snprintf(text, sizeof text, "%s&slice=%s", request, slice);
    assert_int_equal(body_open(&part, text, NULL), WI_OK);
    check_bytes(text, &part);
    body_close(&part);
}

TEST(test_sliced_chunks)
{
    walk(check_sliced_chunks);
}

/* ---- dtypes ---- */

/* f32 bits to the nearest 16-bit float with e exponent bits and m fraction bits, ties to even; by way of integers. */
static uint16_t narrow(uint32_t bits, unsigned e, unsigned m)
{
    uint32_t sign = bits >> 31 << 15, magnitude = bits & 0x7fffffff, fraction = magnitude & 0x7fffff;
    int exponent = (int)(magnitude >> 23) - 127, bias = (1 << (e - 1)) - 1;
    if (magnitude >> 23)
        fraction |= 0x800000;
    else
        exponent = -126;
    int drop = 23 - (int)m;
    if (exponent < 1 - bias) { /* a subnormal of the narrow type */
        drop += 1 - bias - exponent;
        exponent = 1 - bias;
    }
    uint64_t kept = drop > 40 ? 0 : (uint64_t)fraction >> drop;
    uint64_t rest = drop > 40 ? fraction : fraction & ((UINT64_C(1) << drop) - 1);
    uint64_t half = UINT64_C(1) << (drop > 40 ? 40 : drop - 1);
    if (rest > half || (rest == half && kept & 1))
        kept++;
    return (uint16_t)(sign |
                      (kept + ((uint64_t)(exponent + bias - 1) << m))); /* kept has the implied bit, if there is one */
}

static uint32_t u32_at(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void check_narrow(const char *request, const struct body *body)
{
    static const unsigned exponent_bits[WI_DTYPE_COUNT] = {[WI_F16] = 5, [WI_BF16] = 8};
    const struct wi_plan *plan = &body->plan;
    unsigned e = exponent_bits[plan->part.tensor.dtype->id];
    if (!e || plan->part.tensor.like != wi_like_at(0))
        return;
    char text[REQUEST_MAX];
    snprintf(text, sizeof text, "%s", request);
    char *at = strstr(text, "dtype=") + 6;
    memcpy(at, plan->part.tensor.dtype->id == WI_F16 ? "F32" : "FP32", strcspn(at, "&"));
    size_t n;
    uint8_t *wide = body_bytes(text, &n), *half = body_read(body, 0, n / 2);
    for (size_t i = 0; i < n / 4; i++) {
        uint16_t expected = narrow(u32_at(wide + 4 * i), e, 15 - e);
        if (half[2 * i] != (expected & 0xff) || half[2 * i + 1] != expected >> 8)
            fail_msg("%s: element %zu is %02x%02x, not %04x", request, i, half[2 * i + 1], half[2 * i], expected);
    }
    free(wide);
    free(half);
}

TEST(test_half_types_are_rounded_f32)
{
    assert_int_equal(narrow(0x3f800000, 5, 10), 0x3c00);
    assert_int_equal(narrow(0x3f801000, 5, 10), 0x3c00); /* a tie, to even */
    assert_int_equal(narrow(0x3f803000, 5, 10), 0x3c02);
    assert_int_equal(narrow(0xb3800000, 5, 10), 0x8001); /* -2^-24, the smallest subnormal */
    assert_int_equal(narrow(0x33000000, 5, 10), 0x0000);
    assert_int_equal(narrow(0x3f808000, 8, 7), 0x3f80);
    assert_int_equal(narrow(0x3f818000, 8, 7), 0x3f82);
    walk_raw(check_narrow);
}

/* ---- formats ---- */

/* The raw body that a request in another format must agree with. */
static uint8_t *raw_of(const char *request, size_t *n)
{
    static const char *const dropped[] = {"format=", "flat=", "name="};
    char text[REQUEST_MAX + 220];
    size_t len = 0;
    while (*request) {
        size_t part = strcspn(request, "&");
        bool keep = true;
        for (size_t i = 0; i < N(dropped); i++)
            keep = keep && strncmp(request, dropped[i], strlen(dropped[i])) != 0;
        if (keep)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%.*s", len ? "&" : "", (int)part, request);
        request += part;
        request += *request == '&';
    }
    return body_bytes(text, n);
}

static double json_at(const char *request, const json_t *data, const struct wi_plan *plan, bool nested, uint64_t i)
{
    if (plan->part.tensor.rank == 0 && nested)
        return json_real_value(data);
    if (!nested)
        return json_real_value(json_array_get(data, (size_t)i));
    uint64_t block = plan->part.out_elems;
    for (unsigned d = 0; d < plan->part.tensor.rank; d++) {
        if (json_array_size(data) != plan->part.out_shape[d])
            fail_msg("%s: dimension %u has %zu items", request, d, json_array_size(data));
        block /= plan->part.out_shape[d];
        data = json_array_get(data, (size_t)(i / block % plan->part.out_shape[d]));
    }
    if (!json_is_real(data))
        fail_msg("%s: element %llu is no number", request, (unsigned long long)i);
    return json_real_value(data);
}

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* What the decimal reads back to in the tensor's own type. */
static double as_dtype(double v, enum wi_dtype_id dtype)
{
    if (dtype == WI_F64)
        return v;
    float f = (float)v;
    if (dtype == WI_F32)
        return (double)f;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return dtype == WI_F16 ? (double)wi_f32_from_f16(narrow(bits, 5, 10))
                           : (double)wi_f32_from_bf16(narrow(bits, 8, 7));
}

static void check_json_head(const char *request, const json_t *doc, const struct wi_plan *plan, const char *name)
{
    char canonical[WI_CANONICAL_MAX];
    const json_t *shape = json_object_get(doc, "shape"), *parameters = json_object_get(doc, "parameters");
    wi_plan_canonical(plan, WI_CANONICAL_BODY, canonical);
    assert_string_equal(json_string_value(json_object_get(doc, "name")), name);
    assert_string_equal(json_string_value(json_object_get(doc, "datatype")), plan->part.tensor.dtype->open_inference);
    assert_string_equal(json_string_value(json_object_get(parameters, "request")), canonical);
    if (json_array_size(shape) != plan->part.tensor.rank)
        fail_msg("%s: shape has %zu dimensions", request, json_array_size(shape));
    for (unsigned d = 0; d < plan->part.tensor.rank; d++)
        assert_int_equal(json_integer_value(json_array_get(shape, d)), plan->part.out_shape[d]);
}

static void check_json(const char *request, bool nested, const char *name)
{
    struct body body;
    json_error_t error;
    size_t n_raw;
    assert_int_equal(body_open(&body, request, NULL), WI_OK);
    const struct wi_plan *plan = &body.plan;
    size_t total = (size_t)plan->total_bytes;
    uint8_t *bytes = body_read(&body, 0, total), *raw = raw_of(request, &n_raw);
    json_t *doc = json_loadb((const char *)bytes, total, JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("%s: %s at %d", request, error.text, error.position);
    check_json_head(request, doc, plan, name);
    const json_t *data = json_object_get(doc, "data");
    if (!nested)
        assert_int_equal(json_array_size(data), plan->part.out_elems);
    assert_int_equal(n_raw, plan->part.out_elems * plan->part.tensor.dtype->bytes);
    for (uint64_t i = 0; i < plan->part.out_elems; i++) {
        double v = as_dtype(json_at(request, data, plan, nested, i), plan->part.tensor.dtype->id);
        if (bits_of(v) != bits_of(body_value(plan->part.tensor.dtype->id, raw, (size_t)i)))
            fail_msg("%s: element %llu reads back as %.17g", request, (unsigned long long)i, v);
    }
    json_decref(doc);
    free(raw);
    free(bytes);
    body_close(&body);
}

static void check_json_law(const char *request, const struct body *body)
{
    char text[REQUEST_MAX + 220];
    if (strcmp(body->plan.format->name, "json") != 0)
        return;
    check_json(request, true, "tensor");
    snprintf(text, sizeof text, "%s&flat=1&name=a%%22b%%5Cc", request);
    check_json(text, false, "a\"b\\c");
    if (body->plan.part.tensor.rank == 0)
        return;
    char slice[200];
    uint64_t start[WI_RANK_MAX], len[WI_RANK_MAX];
    random_slice(&body->plan, slice, sizeof slice, start, len);
    snprintf(text, sizeof text, "%s&slice=%s", request, slice);
    check_json(text, true, "tensor");
}

TEST(test_json)
{
    walk(check_json_law);
}

/* The rules of NEP 1, and that the rest is the raw body. */
static void check_npy(const char *request, const struct body *body)
{
    const struct wi_plan *plan = &body->plan;
    if (strcmp(plan->format->name, "npy") != 0)
        return;
    size_t n_raw, total = (size_t)plan->total_bytes;
    uint8_t *bytes = body_read(body, 0, total), *raw = raw_of(request, &n_raw);
    size_t header = (size_t)bytes[8] + 256 * (size_t)bytes[9];
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    assert_int_equal((10 + header) % 64, 0);
    assert_int_equal(10 + header, plan->header_bytes);
    assert_int_equal(bytes[9 + header], '\n');
    assert_null(memchr(bytes + 10, '\n', header - 1));
    char expected[300], shape[200] = "";
    for (unsigned d = 0; d < plan->part.tensor.rank; d++)
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%s%llu", d ? ", " : "",
                 (unsigned long long)plan->part.out_shape[d]);
    snprintf(expected, sizeof expected, "{'descr': '<f%u', 'fortran_order': False, 'shape': (%s%s), }",
             plan->part.tensor.dtype->bytes, shape, plan->part.tensor.rank == 1 ? "," : "");
    assert_memory_equal(bytes + 10, expected, strlen(expected));
    for (size_t i = 10 + strlen(expected); i < 9 + header; i++)
        assert_int_equal(bytes[i], ' ');
    if (total != plan->header_bytes + n_raw || memcmp(bytes + plan->header_bytes, raw, n_raw) != 0)
        fail_msg("%s: the data are not the raw ones", request);
    free(bytes);
    free(raw);
}

TEST(test_npy)
{
    walk(check_npy);
}

static void check_safetensors(const char *request, const struct body *body)
{
    const struct wi_plan *plan = &body->plan;
    if (strcmp(plan->format->name, "safetensors") != 0)
        return;
    size_t n_raw, total = (size_t)plan->total_bytes;
    uint8_t *bytes = body_read(body, 0, total), *raw = raw_of(request, &n_raw);
    uint64_t header = 0;
    for (unsigned i = 8; i-- > 0;)
        header = header * 256 + bytes[i];
    assert_int_equal(8 + header, plan->header_bytes);
    assert_int_equal(header % 8, 0);
    assert_int_equal(bytes[8], '{');
    json_error_t error;
    json_t *doc = json_loadb((const char *)bytes + 8, (size_t)header, JSON_REJECT_DUPLICATES, &error);
    if (!doc)
        fail_msg("%s: %s", request, error.text);
    const json_t *tensor = json_object_get(doc, "tensor"), *shape = json_object_get(tensor, "shape");
    const json_t *offsets = json_object_get(tensor, "data_offsets");
    const char *key;
    json_t *value;
    assert_int_equal(json_object_size(doc), 2);
    json_object_foreach(json_object_get(doc, "__metadata__"), key, value)
        assert_true(json_is_string(value)); /* the format allows nothing else */
    assert_string_equal(json_string_value(json_object_get(tensor, "dtype")), plan->part.tensor.dtype->safetensors);
    assert_int_equal(json_array_size(shape), plan->part.tensor.rank);
    for (unsigned d = 0; d < plan->part.tensor.rank; d++)
        assert_int_equal(json_integer_value(json_array_get(shape, d)), plan->part.out_shape[d]);
    assert_int_equal(json_integer_value(json_array_get(offsets, 0)), 0);
    assert_int_equal(json_integer_value(json_array_get(offsets, 1)), n_raw);
    if (total != 8 + header + n_raw || memcmp(bytes + 8 + header, raw, n_raw) != 0)
        fail_msg("%s: the data are not the raw ones", request);
    json_decref(doc);
    free(bytes);
    free(raw);
}

TEST(test_safetensors)
{
    walk(check_safetensors);
}

/* ---- random access ---- */

static void same_bytes(const char *a, const char *b)
{
    size_t n, m;
    uint8_t *one = body_bytes(a, &n), *two = body_bytes(b, &m);
    if (n != m || memcmp(one, two, n) != 0)
        fail_msg("%s and %s differ", a, b);
    free(one);
    free(two);
}

/* The middle of half a terabyte: by offset, by slice, by another slice. */
static void check_huge(const char *scheme, const char *dtype, const char *layout)
{
    char whole[200], one[300], two[300];
    struct body body;
    const uint64_t cols = 131072, r = 524287, c = 65531;
    snprintf(whole, sizeof whole, "scheme=%s&shape=1048576,131072&seed=5&dtype=%s&layout=%s", scheme, dtype, layout);
    snprintf(one, sizeof one, "%s&slice=524287,65531:65542", whole);
    snprintf(two, sizeof two, "%s&slice=-524289,-65541:-65530", whole);
    enum wi_status status = body_plan(&body.plan, whole, NULL);
    if (status == WI_E_SHAPE || status == WI_E_TOO_LARGE || (status == WI_OK && body.plan.part.tensor.keep_bytes))
        return;
    assert_int_equal(status, WI_OK);
    body.keep = NULL;
    size_t n, width = body.plan.part.tensor.dtype->bytes;
    uint8_t *expected = body_bytes(one, &n), *got = body_read(&body, (r * cols + c) * width, n);
    assert_int_equal(n, 11 * width);
    if (memcmp(expected, got, n) != 0)
        fail_msg("%s: offset and slice differ", one);
    uint8_t *row = body_read(&body, (r * cols + c - 7) * width - 1, n + 8 * width);
    if (memcmp(expected, row + 7 * width + 1, n) != 0)
        fail_msg("%s: an unaligned read differs", one);
    free(expected);
    free(got);
    free(row);
    snprintf(two, sizeof two, "%s&slice=-524289,-65541:-65530", whole);
    same_bytes(one, two);
    snprintf(one, sizeof one, "%s&slice=1048570:,131070:", whole);
    snprintf(two, sizeof two, "%s&slice=-6:,-2:", whole);
    same_bytes(one, two);
}

TEST(test_huge)
{
    const struct wi_scheme_info *scheme;
    const struct wi_dtype *dtype;
    for (unsigned s = 0; (scheme = wi_scheme_at(s)); s++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++) {
            check_huge(scheme->name, dtype->name, "io");
            check_huge(scheme->name, dtype->name, "oi");
        }
}

/* Element i depends on seed, stream, i and the parameters, not on the shape around it. */
TEST(test_shape_does_not_matter)
{
    static const char *const schemes[] = {"random", "normal", "uniform", "truncated_normal", "normal&truncated=1"};
    const struct wi_dtype *dtype;
    for (size_t s = 0; s < N(schemes); s++)
        for (unsigned d = 0; (dtype = wi_dtype_at(d)); d++) {
            char a[200], b[200];
            snprintf(a, sizeof a, "scheme=%s&dtype=%s&seed=9&shape=1001", schemes[s], dtype->name);
            snprintf(b, sizeof b, "scheme=%s&dtype=%s&seed=9&shape=1001,1,1", schemes[s], dtype->name);
            same_bytes(a, b);
            snprintf(b, sizeof b, "scheme=%s&dtype=%s&seed=9&shape=9999999&slice=:1001", schemes[s], dtype->name);
            same_bytes(a, b);
            snprintf(b, sizeof b, "scheme=%s&dtype=%s&seed=9&shape=7,11,13", schemes[s], dtype->name);
            same_bytes(a, b);
        }
}

/* Seeds and streams select other numbers; seedless schemes ignore them. */
static void check_seed(const struct wi_like_info *like, const struct wi_scheme_info *scheme)
{
    static const char *const variants[] = {"",          "&seed=1",   "&seed=0x8000000000000000",
                                           "&stream=a", "&stream=b", "&seed=1&stream=a"};
    uint8_t *bytes[N(variants)];
    size_t n[N(variants)];
    for (size_t i = 0; i < N(variants); i++) {
        char text[300];
        struct wi_plan plan;
        /* the example without its own seed */
        snprintf(text, sizeof text, "scheme=%s&like=%s&%.*s%s", scheme->name, like->name,
                 (int)(strstr(scheme->example, "&seed=") ? strstr(scheme->example, "&seed=") - scheme->example
                                                         : (long)strlen(scheme->example)),
                 scheme->example, variants[i]);
        bytes[i] = NULL;
        if (body_plan(&plan, text, NULL) == WI_OK)
            bytes[i] = body_bytes(text, &n[i]);
        for (size_t j = 0; bytes[i] && j < i; j++)
            if (bytes[j] && (memcmp(bytes[i], bytes[j], n[i]) == 0) != scheme->seedless)
                fail_msg("%s: '%s' and '%s'", text, variants[j], variants[i]);
    }
    for (size_t i = 0; i < N(variants); i++)
        free(bytes[i]);
}

TEST(test_seeds)
{
    const struct wi_like_info *like = wi_like_at(0);
    for (unsigned i = 0; i < like->n_schemes; i++)
        check_seed(like, wi_like_scheme_at(like, i));
}

/* ---- building with many threads, in any order ---- */

static void backwards(void *ctx, size_t n, void (*task)(void *arg, size_t i), void *arg)
{
    (void)ctx;
    while (n-- > 0)
        task(arg, n);
}

static void check_exec(const char *request, const struct body *body)
{
    const struct wi_plan *plan = &body->plan;
    if (!plan->part.tensor.keep_bytes)
        return;
    const struct wi_exec exec = {backwards, NULL, WI_BUILD_WIDTH};
    size_t keep = (size_t)(plan->part.tensor.keep_bytes + 63) / 64 * 64,
           scratch = (size_t)(plan->part.tensor.scratch_bytes + 63) / 64 * 64;
    struct body other = {*plan, aligned_alloc(64, keep)};
    void *work = aligned_alloc(64, scratch);
    memset(other.keep, 0xca, keep);
    memset(work, 0xca, scratch);
    wi_build(&plan->part.tensor, other.keep, work, &exec);
    uint8_t *a = body_read(body, 0, (size_t)plan->total_bytes), *b = body_read(&other, 0, (size_t)plan->total_bytes);
    if (memcmp(a, b, (size_t)plan->total_bytes) != 0)
        fail_msg("%s: bytes depend on how the tasks are run", request);
    free(a);
    free(b);
    free(work);
    body_close(&other);
}

/* JSON says the very number of f16 and bf16, and null for what like= lets overflow. */
/* ---- csv and tsv ---- */

/* Read the body as a strict reader of RFC 4180 would, blanks around a number allowed: lines, separators, values. */
static void check_lines(const char *request, char separator)
{
    struct body body;
    size_t n_raw, total;
    assert_int_equal(body_open(&body, request, NULL), WI_OK);
    const struct wi_part *part = &body.plan.part;
    const uint64_t columns = part->tensor.rank < 2 ? 1 : part->out_shape[part->tensor.rank - 1];
    total = (size_t)body.plan.total_bytes;
    uint8_t *bytes = body_read(&body, 0, total), *raw = raw_of(request, &n_raw);
    char *text = calloc(total + 1, 1), *at = text;
    assert_non_null(text);
    memcpy(text, bytes, total);
    for (uint64_t i = 0; i < part->out_elems; i++) {
        char *end;
        double v = as_dtype(strtod(at, &end), part->tensor.dtype->id);
        bool same = bits_of(v) == bits_of(body_value(part->tensor.dtype->id, raw, (size_t)i)) || v != v;
        if (end == at || *end != ((i + 1) % columns ? separator : '\n') || !same)
            fail_msg("%s: element %llu is %.30s", request, (unsigned long long)i, at);
        at = end + 1;
    }
    assert_ptr_equal(at, text + total);
    free(text);
    free(raw);
    free(bytes);
    body_close(&body);
}

static void check_lines_law(const char *request, const struct body *body)
{
    const char *name = body->plan.format->name;
    char text[REQUEST_MAX + 220], slice[200];
    if (strcmp(name, "csv") != 0 && strcmp(name, "tsv") != 0)
        return;
    const char separator = *name == 'c' ? ',' : '\t';
    check_lines(request, separator);
    if (body->plan.part.tensor.rank == 0)
        return;
    uint64_t start[WI_RANK_MAX], len[WI_RANK_MAX];
    random_slice(&body->plan, slice, sizeof slice, start, len);
    snprintf(text, sizeof text, "%s&slice=%s", request, slice);
    check_lines(text, separator);
}

TEST(test_lines)
{
    static const char *const rows[][2] = {
        {"scheme=constant&value=0.1&shape=2,3,2&format=csv", "0.1,0.1\n0.1,0.1\n0.1,0.1\n0.1,0.1\n0.1,0.1\n0.1,0.1\n"},
        {"scheme=eye&shape=2,3&format=tsv", "1.0\t0.0\t0.0\n0.0\t1.0\t0.0\n"},
        {"scheme=constant&value=7&shape=3&format=csv", "7.0\n7.0\n7.0\n"},
        {"scheme=constant&value=7&shape=&format=tsv", "7.0\n"},
        {"scheme=constant&value=65504&shape=1,2&dtype=f16&format=csv", "65504.0,65504.0\n"},
        {"like=numpy&scheme=constant&value=70000&shape=1,2&dtype=f16&format=csv", "inf,inf\n"},
        {"like=numpy&scheme=constant&value=-70000&shape=2&dtype=f16&format=tsv", "-inf\n-inf\n"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        struct body body;
        assert_int_equal(body_open(&body, rows[i][0], NULL), WI_OK);
        size_t n = (size_t)body.plan.total_bytes, len = 0;
        uint8_t *bytes = body_read(&body, 0, n);
        char text[200] = "";
        for (size_t k = 0; k < n; k++) /* without the blanks */
            if (bytes[k] != ' ' && len < sizeof text - 1)
                text[len++] = (char)bytes[k];
        assert_string_equal(text, rows[i][1]);
        free(bytes);
        body_close(&body);
    }
    walk(check_lines_law);
}

TEST(test_json_of_halves)
{
    static const struct {
        const char *request, *number;
    } rows[] = {
        {"scheme=constant&value=65504&shape=1&dtype=f16&format=json", " 65504.0"},
        {"scheme=constant&value=0.54296875&shape=1&dtype=bf16&format=json", " 0.54296875"},
        {"scheme=constant&value=0.1&shape=1&dtype=f16&format=json", " 0.099975586"},
        {"like=numpy&scheme=constant&value=70000&shape=1&dtype=f16&format=json", " null"},
        {"like=numpy&scheme=constant&value=-70000&shape=1&dtype=f16&format=json", " null"},
    };
    for (size_t i = 0; i < N(rows); i++) {
        size_t n;
        char *body = (char *)body_bytes(rows[i].request, &n);
        body[n - 1] = 0;
        if (!strstr(body, rows[i].number))
            fail_msg("%s: %s", rows[i].request, body);
        json_t *doc = json_loads(body, 0, NULL);
        assert_non_null(doc);
        json_decref(doc);
        free(body);
    }
}

TEST(test_exec)
{
    walk_raw(check_exec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),         cmocka_unit_test(test_slices),
        cmocka_unit_test(test_sliced_chunks), cmocka_unit_test(test_half_types_are_rounded_f32),
        cmocka_unit_test(test_json),          cmocka_unit_test(test_lines),
        cmocka_unit_test(test_npy),           cmocka_unit_test(test_safetensors),
        cmocka_unit_test(test_huge),          cmocka_unit_test(test_shape_does_not_matter),
        cmocka_unit_test(test_seeds),         cmocka_unit_test(test_json_of_halves),
        cmocka_unit_test(test_exec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
