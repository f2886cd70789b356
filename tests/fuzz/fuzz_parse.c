/* A request, in pieces whose sizes the first bytes tell: never a crash, and the same outcome in one piece. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "http/parse.h"

const char *const fuzz_seeds[] = {
    "\1\2GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "\3\7POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET",
    "\5\1POST /a HTTP/1.1\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nT: 1\r\n\r\nG",
    "\1\1\r\n\r\nHEAD / HTTP/1.0\r\nCookie: a=b; c=d\r\nExpect: 100-continue\r\n\r\n",
    NULL,
};

struct outcome {
    enum srv_parsed is;
    size_t used, data_bytes;
    const char *slug;
};

static size_t content_max(const char *method, const char *target)
{
    return strlen(method) + strlen(target);
}

static void read_content(struct srv_parse *p, struct outcome *o, const char *bytes, size_t n, size_t step)
{
    o->used = p->end;
    while (o->is == SRV_PARSE_CONTENT && o->used < n) {
        size_t used, data, some = n - o->used < step ? n - o->used : step;
        o->is = srv_parse_content(p, bytes + o->used, some, &used, &data);
        FUZZ_CHECK(used <= some && data <= used);
        o->used += used;
        o->data_bytes += data;
    }
}

static struct outcome read_by(const uint8_t *data, size_t n, size_t first, size_t step)
{
    struct srv_parse p;
    struct outcome o = {.is = SRV_PARSE_MORE};
    char *bytes = malloc(n + 1);
    struct srv_parse_field field;
    size_t fields = 0;
    srv_parse_begin(&p, 256, content_max);
    for (size_t have = 0, some = first; o.is == SRV_PARSE_MORE && have < n; some = step) {
        some = some < n - have ? some : n - have;
        memcpy(bytes + have, data + have, some);
        o.is = srv_parse_header(&p, bytes, have += some);
    }
    if (o.is == SRV_PARSE_CONTENT || o.is == SRV_PARSE_DONE)
        for (size_t at = 0; srv_parse_next(&p, &at, &field); fields++)
            FUZZ_CHECK(field.value + field.value_len < bytes + p.end);
    FUZZ_CHECK(o.is == SRV_PARSE_REFUSED || fields == p.guard.n_fields);
    if (o.is == SRV_PARSE_CONTENT)
        read_content(&p, &o, (const char *)data, n, step);
    o.slug = p.slug;
    FUZZ_CHECK((o.is == SRV_PARSE_REFUSED) == (o.slug != NULL));
    free(bytes);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const size_t n = size - 2;
    const struct outcome whole = read_by(data + 2, n, n, n);
    const struct outcome pieces = read_by(data + 2, n, data[0] + 1u, data[1] + 1u);
    FUZZ_CHECK(whole.is == pieces.is);
    if (whole.is == SRV_PARSE_DONE)
        FUZZ_CHECK(whole.used == pieces.used && whole.data_bytes == pieces.data_bytes);
    return 0;
}
