/* see guard.h */
#include "http/guard.h"

#include <string.h>
#include <strings.h>

#include "http/grammar.h"

static void see_host(struct srv_guard *guard, const char *value, size_t len)
{
    guard->n_host++;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t')) /* libmicrohttpd leaves some of them */
        len--;
    guard->bad_host |= !srv_is_host(value, len);
}

static void see_length(struct srv_guard *guard, const char *value, size_t len)
{
    guard->n_length++;
    guard->bad_length |= len == 0 || len > 18;
    guard->content_length = 0;
    for (size_t i = 0; i < len && !guard->bad_length; i++) {
        guard->bad_length |= value[i] < '0' || value[i] > '9';
        guard->content_length = guard->content_length * 10 + (uint64_t)(value[i] - '0');
    }
}

static void see_coding(struct srv_guard *guard, const char *value, size_t len)
{
    guard->n_coding++;
    guard->bad_coding |= len != 7 || strncasecmp(value, "chunked", 7);
}

static void see_accept(struct srv_guard *guard, const char *value, size_t len)
{
    if (len != 3 || memcmp(value, "*/*", 3))
        guard->seen |= SRV_SEEN_ACCEPT;
}

static void see_none_match(struct srv_guard *guard, const char *value, size_t len)
{
    guard->none_match = value;
    guard->none_match_len = len;
}

static void see_expect(struct srv_guard *guard, const char *value, size_t len)
{
    (void)len;
    if (!guard->expect)
        guard->expect = value;
}

/* The fields that matter: how the guard reads each, and its bit of `seen`. */
#define FIELD(name, see, seen)           \
    {                                    \
        name, sizeof name - 1, see, seen \
    }
static const struct {
    const char *name;
    size_t name_len;
    void (*see)(struct srv_guard *guard, const char *value, size_t len);
    unsigned seen;
} fields[] = {
    FIELD("Host", see_host, 0),
    FIELD("Accept", see_accept, 0),
    FIELD("Accept-Encoding", NULL, SRV_SEEN_ACCEPT_ENCODING),
    FIELD("Content-Length", see_length, 0),
    FIELD("Transfer-Encoding", see_coding, SRV_SEEN_CODING),
    FIELD("Expect", see_expect, 0),
    FIELD("Range", NULL, SRV_SEEN_RANGE),
    FIELD("If-None-Match", see_none_match, SRV_SEEN_IF_NONE_MATCH),
    FIELD("If-Match", NULL, SRV_SEEN_CONDITION),
    FIELD("If-Range", NULL, SRV_SEEN_CONDITION),
    FIELD("If-Modified-Since", NULL, SRV_SEEN_CONDITION),
    FIELD("If-Unmodified-Since", NULL, SRV_SEEN_CONDITION),
    FIELD("Want-Repr-Digest", NULL, SRV_SEEN_WANT_DIGEST),
    FIELD("Want-Content-Digest", NULL, SRV_SEEN_WANT_DIGEST),
    FIELD("Origin", NULL, SRV_SEEN_ORIGIN),
    FIELD("Authorization", NULL, SRV_SEEN_AUTHORIZATION),
};

void srv_guard_field(struct srv_guard *guard, const char *name, size_t name_len, const char *value, size_t value_len)
{
    guard->n_fields++;
    guard->bad_name |= !srv_is_token(name, name_len);
    guard->bad_value |= !srv_is_field_value(value, value_len);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i].name_len != name_len || strncasecmp(fields[i].name, name, name_len))
            continue;
        guard->seen |= fields[i].seen;
        if (fields[i].see)
            fields[i].see(guard, value, value_len);
        return;
    }
}

static const char *framing(const struct srv_guard *guard, bool http10, const char **detail)
{
    *detail = guard->n_length > 1                  ? "Content-Length may be given once."
              : guard->bad_length                  ? "Content-Length must be one decimal number."
              : guard->n_coding > 1                ? "Transfer-Encoding may be given once."
              : guard->n_coding && guard->n_length ? "Content-Length and Transfer-Encoding exclude each other."
              : guard->n_coding && http10          ? "HTTP/1.0 has no Transfer-Encoding."
                                                   : NULL;
    if (*detail)
        return "bad-request";
    if (guard->bad_coding) {
        *detail = "The only transfer coding this server knows is chunked.";
        return "not-implemented";
    }
    return guard->content_length > SRV_CONTENT_MAX ? "content-too-large" : NULL;
}

const char *srv_guard_verdict(const struct srv_guard *guard, const char *method, const char *version,
                              const char **detail)
{
    bool http10 = !strcmp(version, "HTTP/1.0");
    *detail = NULL;
    if (!http10 && (strncmp(version, "HTTP/1.", 7) || strlen(version) != 8))
        return "http-version";
    *detail = !srv_is_token(method, strlen(method)) ? "The method must be a token."
              : guard->bad_name                     ? "A field name must be a token, directly followed by a colon."
              : guard->bad_value                    ? "A field value must not have control characters."
              : guard->n_host > 1                   ? "Host may be given once."
              : guard->n_host == 0 && !http10       ? "Host is missing."
              : guard->bad_host                     ? "Host must be a name or an address, with or without a port."
                                                    : NULL;
    if (*detail)
        return "bad-request";
    const char *slug = framing(guard, http10, detail);
    if (slug)
        return slug;
    if (guard->n_fields > SRV_FIELDS_MAX)
        return "header-too-large";
    return srv_method_known(method) ? NULL : "not-implemented";
}
