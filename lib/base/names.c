/* see names.h */
#include "base/names.h"

#include <string.h>

bool wi_named(const char *own, const char *aliases, const char *name, size_t len)
{
    if (len == 0)
        return false;
    if (strlen(own) == len && memcmp(own, name, len) == 0)
        return true;
    while (*aliases) {
        size_t n = strcspn(aliases, " ");
        if (n == len && memcmp(aliases, name, len) == 0)
            return true;
        aliases += n;
        aliases += *aliases == ' ';
    }
    return false;
}
