/* see fields.h */
#include "http/fields.h"

#include <string.h>
#include <strings.h>

#define NAME(field, name) [field] = {name, sizeof name - 1}
static const struct {
    const char *text;
    size_t len;
} names[SRV_FIELD_COUNT] = {
    NAME(SRV_FIELD_ACCEPT, "Accept"),
    NAME(SRV_FIELD_ACCEPT_ENCODING, "Accept-Encoding"),
    NAME(SRV_FIELD_ORIGIN, "Origin"),
    NAME(SRV_FIELD_AUTHORIZATION, "Authorization"),
    NAME(SRV_FIELD_RANGE, "Range"),
    NAME(SRV_FIELD_IF_NONE_MATCH, "If-None-Match"),
    NAME(SRV_FIELD_IF_MATCH, "If-Match"),
    NAME(SRV_FIELD_IF_RANGE, "If-Range"),
    NAME(SRV_FIELD_IF_MODIFIED_SINCE, "If-Modified-Since"),
    NAME(SRV_FIELD_IF_UNMODIFIED_SINCE, "If-Unmodified-Since"),
    NAME(SRV_FIELD_WANT_REPR_DIGEST, "Want-Repr-Digest"),
    NAME(SRV_FIELD_WANT_CONTENT_DIGEST, "Want-Content-Digest"),
    NAME(SRV_FIELD_TRANSFER_ENCODING, "Transfer-Encoding"),
    NAME(SRV_FIELD_HOST, "Host"),
    NAME(SRV_FIELD_CONTENT_LENGTH, "Content-Length"),
    NAME(SRV_FIELD_EXPECT, "Expect"),
    NAME(SRV_FIELD_REQUEST_METHOD, "Access-Control-Request-Method"),
    NAME(SRV_FIELD_TRACEPARENT, "traceparent"),
    NAME(SRV_FIELD_REQUEST_ID, "X-Request-Id"),
};

const char *srv_field_name(enum srv_field field)
{
    return names[field].text;
}

enum srv_field srv_field_find(const char *name, size_t name_len)
{
    unsigned i = 0;
    while (i < SRV_FIELD_COUNT && (names[i].len != name_len || strncasecmp(names[i].text, name, name_len)))
        i++;
    return (enum srv_field)i;
}

const char *srv_skip_quoted(const char *p, const char *end, const char *stops)
{
    for (bool quoted = false; p < end && (quoted || !strchr(stops, *p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '\\' && quoted && p + 1 < end)
            p++;
    }
    return p;
}

bool srv_list_next(const char **field, struct srv_item *item)
{
    const char *start = *field + strspn(*field, " \t,"), *end = srv_skip_quoted(start, start + strlen(start), ",");
    *field = end;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *item = (struct srv_item){start, (size_t)(end - start)};
    return item->len;
}

bool srv_item_is(const struct srv_item *item, const char *word)
{
    return item->len == strlen(word) && !memcmp(item->text, word, item->len);
}

/* The field is a dictionary (RFC 9651): sha-256=10, sha-512=3. Preference 0 means "not this one". */
bool srv_digest_wanted(const char *field)
{
    struct srv_item item;
    while (field && srv_list_next(&field, &item)) {
        struct srv_item name = {item.text, strcspn(item.text, "=;, \t")};
        if (srv_item_is(&name, "sha-256"))
            return item.text[name.len] != '=' || item.text[name.len + 1] != '0';
    }
    return false;
}
