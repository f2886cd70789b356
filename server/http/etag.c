/* see etag.h */
#include "http/etag.h"

#include <string.h>

/* The length of the quoted part of an entity tag that begins here, quotes included; 0 if it is none. */
static size_t quoted(const char *text)
{
    if (*text != '"')
        return 0;
    for (size_t i = 1; text[i]; i++) {
        if (text[i] == '"')
            return i + 1;
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
            return 0;
    }
    return 0;
}

bool srv_etag_listed(const char *field, const char *etag, enum srv_compare compare)
{
    const size_t etag_len = strlen(etag);
    field += strspn(field, " \t");
    if (*field == '*')
        return field[1 + strspn(field + 1, " \t")] == '\0';
    for (;;) {
        field += strspn(field, " \t,");
        bool weak = !strncmp(field, "W/", 2);
        field += weak ? 2 : 0;
        size_t len = quoted(field);
        if (!len)
            return false;
        if (len == etag_len && !memcmp(field, etag, len) && (compare == SRV_WEAK || !weak))
            return true;
        field += len;
        field += strspn(field, " \t");
        if (*field != ',')
            return false;
    }
}
