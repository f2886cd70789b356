/* see guard.h */
#include "http/guard.h"

#include <string.h>
#include <strings.h>

#include "http/grammar.h"

static void see_host(struct srv_guard *guard, const char *value, size_t len)
{
    guard->n_host++;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
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

static bool is_chunked(const char *coding, size_t len)
{
    while (len > 0 && (*coding == ' ' || *coding == '\t'))
        coding++, len--;
    while (len > 0 && (coding[len - 1] == ' ' || coding[len - 1] == '\t'))
        len--;
    return len == 7 && !strncasecmp(coding, "chunked", 7);
}

/* RFC 9112 section 6.3: where chunked is not the last coding, nobody can tell where the content ends. */
static void see_coding(struct srv_guard *guard, const char *value, size_t len)
{
    unsigned n = 0, n_chunked = 0;
    const char *end = value + len;
    bool last = false;
    for (const char *coding = value, *comma; coding <= end; coding = comma + 1, n++) {
        comma = memchr(coding, ',', (size_t)(end - coding));
        comma = comma ? comma : end;
        last = is_chunked(coding, (size_t)(comma - coding));
        n_chunked += last;
    }
    guard->n_coding++;
    guard->bad_coding |= n != 1 || !last;
    guard->bad_chunked |= n_chunked && !last;
}

/* How the guard reads the fields that it judges itself. */
static void (*const see[SRV_FIELD_COUNT])(struct srv_guard *guard, const char *value, size_t len) = {
    [SRV_FIELD_HOST] = see_host,
    [SRV_FIELD_CONTENT_LENGTH] = see_length,
    [SRV_FIELD_TRANSFER_ENCODING] = see_coding,
};

void srv_guard_field(struct srv_guard *guard, const char *name, size_t name_len, const char *value, size_t value_len)
{
    guard->n_fields++;
    guard->bad_name |= !srv_is_token(name, name_len);
    guard->bad_value |= !srv_is_field_value(value, value_len);
    const enum srv_field field = srv_field_find(name, name_len);
    if (field == SRV_FIELD_COUNT)
        return;
    if (guard->field[field])
        guard->repeated |= SRV_BIT(field);
    else
        guard->field[field] = value;
    if (field != SRV_FIELD_ACCEPT || value_len != 3 || memcmp(value, "*/*", 3))
        guard->seen |= SRV_BIT(field) & SRV_FIELDS_THAT_MATTER;
    if (see[field])
        see[field](guard, value, value_len);
}

static const char *framing(const struct srv_guard *guard, bool http10, const char **detail)
{
    *detail = guard->n_length > 1                  ? "Content-Length may be given once."
              : guard->bad_length                  ? "Content-Length must be one decimal number."
              : guard->n_coding > 1                ? "Transfer-Encoding may be given once."
              : guard->n_coding && guard->n_length ? "Content-Length and Transfer-Encoding exclude each other."
              : guard->bad_chunked                 ? "chunked must be the last transfer coding."
              : guard->n_coding && http10          ? "HTTP/1.0 has no Transfer-Encoding."
                                                   : NULL;
    if (*detail)
        return "bad-request";
    if (guard->bad_coding) {
        *detail = "The only transfer coding this server knows is chunked.";
        return "not-implemented";
    }
    if (guard->content_length > SRV_LENGTH_MAX) {
        *detail = "Content-Length is beyond every content that is read: no client means that.";
        return "bad-request";
    }
    return guard->content_length > (guard->content_max ? guard->content_max : SRV_CONTENT_MAX) ? "content-too-large"
                                                                                               : NULL;
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
