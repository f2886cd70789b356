/* see near.h */
#include "model/near.h"

#include <stdio.h>
#include <string.h>

/* wi_nearest asks for names by number alone; the list it asks about. */
static _Thread_local const char *const *list;
static _Thread_local unsigned list_len;

static const char *name_at(unsigned i)
{
    return i < list_len ? list[i] : NULL;
}

void srv_near(struct wi_error *err, const char *name, const char *const *names, unsigned n)
{
    char allowed[sizeof err->allowed] = "";
    size_t len = 0;
    for (unsigned i = 0; i < n && len + strlen(names[i]) + 3 < sizeof allowed; i++)
        len += (size_t)snprintf(allowed + len, sizeof allowed - len, "%s%s", i ? ", " : "", names[i]);
    wi_error_allow(err, allowed);
    list = names;
    list_len = n;
    const char *nearest = wi_nearest(name, strlen(name), name_at);
    if (nearest)
        wi_error_near(err, nearest);
}
