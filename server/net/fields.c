/* The fields of a request. See net_private.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "net/net_private.h"
#include "server.h"

struct srv_joined {
    struct srv_joined *next;
    char text[];
};

struct search {
    const char *name;
    size_t name_len;
    size_t length; /* of the values, with ", " behind each */
    char *out;     /* second pass: where to write; NULL in the first */
};

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                const char *value, size_t value_len)
{
    struct search *search = cls;
    (void)kind;
    if (name_len != search->name_len || strncasecmp(name, search->name, name_len))
        return MHD_YES;
    if (search->out) {
        memcpy(search->out, value, value_len);
        memcpy(search->out + value_len, ", ", 2);
        search->out += value_len + 2;
    }
    search->length += value_len + 2;
    return MHD_YES;
}

static void join(struct srv_connection *c, enum srv_field field)
{
    struct srv_exchange *x = &c->exchange;
    const char *name = srv_field_name(field);
    struct search search = {.name = name, .name_len = strlen(name)};
    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, on_field, &search);
    struct srv_joined *joined = malloc(sizeof *joined + search.length);
    if (!joined)
        return;
    search.out = joined->text;
    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, on_field, &search);
    search.out[-2] = '\0';
    joined->next = x->joined;
    x->joined = joined;
    x->fields[field] = joined->text;
}

void srv_fields_keep(struct srv_connection *c, const struct srv_guard *guard)
{
    struct srv_exchange *x = &c->exchange;
    x->seen = guard->seen;
    memcpy(x->fields, guard->field, sizeof x->fields);
    for (unsigned i = 0; guard->repeated >> i; i++)
        if (guard->repeated & SRV_BIT(i))
            join(c, i);
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
                                .target = x->target ? x->target : "",
                                .fields = x->fields,
                                .content = x->content,
                                .content_len = x->content ? (size_t)x->content_read : 0,
                                .secure = c->http->srv->config->tls_cert};
}
