/* The fields of a request. See net_private.h. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "net/net_private.h"
#include "server.h"

struct srv_joined {
    struct srv_joined *next;
    char text[];
};

/* The values of a field with ", " behind each, and their length; out NULL: the length alone. */
static size_t join_values(const struct srv_parse *parsed, enum srv_field which, char *out)
{
    struct srv_parse_field field;
    size_t len = 0;
    for (size_t at = 0; srv_parse_next(parsed, &at, &field);) {
        if (srv_field_find(field.name, field.name_len) != which)
            continue;
        if (out) {
            memcpy(out + len, field.value, field.value_len);
            memcpy(out + len + field.value_len, ", ", 2);
        }
        len += field.value_len + 2;
    }
    return len;
}

static void join(struct srv_exchange *x, const struct srv_parse *parsed, enum srv_field field)
{
    const size_t len = join_values(parsed, field, NULL);
    struct srv_joined *joined = malloc(sizeof *joined + len);
    if (!joined)
        return;
    join_values(parsed, field, joined->text);
    joined->text[len - 2] = '\0';
    joined->next = x->joined;
    x->joined = joined;
    x->fields[field] = joined->text;
}

void srv_fields_keep(struct srv_connection *c, const struct srv_parse *parsed)
{
    struct srv_exchange *x = &c->exchange;
    x->seen = parsed->guard.seen;
    memcpy(x->fields, parsed->guard.field, sizeof x->fields);
    for (unsigned i = 0; parsed->guard.repeated >> i; i++)
        if (parsed->guard.repeated & SRV_BIT(i))
            join(x, parsed, i);
}

void srv_fields_free(struct srv_exchange *x)
{
    while (x->joined) {
        struct srv_joined *next = x->joined->next;
        free(x->joined);
        x->joined = next;
    }
}

struct srv_request srv_fields_request(const struct srv_connection *c)
{
    const struct srv_exchange *x = &c->exchange;
    return (struct srv_request){.method = x->method,
                                .target = x->target,
                                .fields = x->fields,
                                .content = x->content,
                                .content_len = x->content ? (size_t)x->content_read : 0,
                                .secure = c->http->srv->config->tls_cert};
}
