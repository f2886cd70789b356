/* The fields of a request, as srv_request hands them out. See net_private.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "net/net_private.h"
#include "server.h"

struct search {
    const char *name;
    size_t name_len;
    const char *first;
    size_t n, length; /* how many there are, and their lengths summed */
    char *out;        /* second pass: where to write, NULL in the first */
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
    } else if (!search->n++) {
        search->first = value;
    }
    search->length += value_len + 2;
    return MHD_YES;
}

static const char *find(const struct srv_request *req, const char *name)
{
    struct srv_fields *fields = req->ctx;
    struct search search = {.name = name, .name_len = strlen(name)};
    MHD_get_connection_values_n(fields->connection, MHD_HEADER_KIND, on_field, &search);
    if (search.n < 2)
        return search.first;
    struct srv_joined *joined = malloc(sizeof *joined + search.length);
    if (!joined)
        return search.first;
    search.out = joined->text;
    MHD_get_connection_values_n(fields->connection, MHD_HEADER_KIND, on_field, &search);
    search.out[-2] = '\0';
    joined->next = fields->joined;
    fields->joined = joined;
    return joined->text;
}

struct srv_request srv_fields_request(struct srv_fields *fields, const struct srv_exchange *x)
{
    *fields = (struct srv_fields){.connection = x->connection};
    return (struct srv_request){.method = x->method,
                                .target = x->target ? x->target : "",
                                .header = find,
                                .ctx = fields,
                                .secure = x->http->srv->config->tls_cert};
}

void srv_fields_free(struct srv_fields *fields)
{
    while (fields->joined) {
        struct srv_joined *next = fields->joined->next;
        free(fields->joined);
        fields->joined = next;
    }
}
