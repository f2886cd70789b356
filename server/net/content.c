/* The content of a request: kept for the resource that wants it, else dropped. See net_private.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/budget.h"
#include "net/net_private.h"
#include "server.h"

#define FIRST_BYTES 4096

/* Make room for n more bytes. The room doubles until they fit, and is charged before it is allocated. */
static bool grow(struct srv_connection *c, size_t n)
{
    struct srv_exchange *x = &c->exchange;
    const size_t needed = (size_t)x->content_read + n;
    size_t cap = x->content_cap ? x->content_cap : FIRST_BYTES;
    if (needed <= x->content_cap)
        return true;
    while (cap < needed)
        cap *= 2;
    if (!srv_budget_reserve(&c->http->srv->budget, cap - x->content_cap))
        return false;
    uint8_t *larger = realloc(x->content, cap);
    if (!larger) {
        srv_budget_release(&c->http->srv->budget, cap - x->content_cap);
        return false;
    }
    x->content = larger;
    x->content_cap = cap;
    return true;
}

void srv_content_take(struct srv_connection *c, const char *piece, size_t n)
{
    struct srv_exchange *x = &c->exchange;
    if (n && x->content_max && !x->content_lost) {
        x->content_lost = !grow(c, n);
        if (!x->content_lost)
            memcpy(x->content + x->content_read, piece, n);
    }
    x->content_read += n;
}

void srv_content_free(struct srv_connection *c)
{
    struct srv_exchange *x = &c->exchange;
    srv_budget_release(&c->http->srv->budget, x->content_cap);
    free(x->content);
    x->content = NULL;
    x->content_cap = 0;
}
