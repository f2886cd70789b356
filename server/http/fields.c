/* see fields.h */
#include "http/fields.h"

#include <string.h>
#include <strings.h>

#define NAME(id, name) {name, sizeof name - 1},
static const struct {
    const char *text;
    size_t len;
} names[] = {SRV_FIELD_ROWS(NAME)};

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
