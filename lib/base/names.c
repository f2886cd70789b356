/* see names.h */
#include "base/names.h"

#include <string.h>

typedef bool equals(const char *word, size_t n, const char *name, size_t len);

static bool is_equal(const char *word, size_t n, const char *name, size_t len)
{
    return n == len && memcmp(word, name, len) == 0;
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_gap(const char *name, size_t i, size_t len)
{
    return i > 0 && i + 1 < len && name[i] && strchr(" _-+", name[i]);
}

/* The next character that counts, 0 at the end. */
static char next(const char *name, size_t *i, size_t len)
{
    while (*i < len && is_gap(name, *i, len))
        ++*i;
    return *i < len ? small(name[(*i)++]) : 0;
}

static bool is_alike(const char *word, size_t n, const char *name, size_t len)
{
    size_t i = 0, j = 0;
    char c;
    if (memchr(name, 0, len))
        return false;
    do {
        c = next(word, &i, n);
        if (c != next(name, &j, len))
            return false;
    } while (c);
    return true;
}

static bool named(const char *own, const char *aliases, const char *name, size_t len, equals *same)
{
    if (len == 0)
        return false;
    if (*own && same(own, strlen(own), name, len))
        return true;
    while (*aliases) {
        size_t n = strcspn(aliases, " ");
        if (same(aliases, n, name, len))
            return true;
        aliases += n;
        aliases += *aliases == ' ';
    }
    return false;
}

bool wi_named(const char *own, const char *aliases, const char *name, size_t len)
{
    return named(own, aliases, name, len, is_equal);
}

bool wi_named_loosely(const char *own, const char *aliases, const char *name, size_t len)
{
    return named(own, aliases, name, len, is_alike);
}
