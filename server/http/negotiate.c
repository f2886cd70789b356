/* see negotiate.h */
#include "http/negotiate.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "http/fields.h"

/* An element of Accept or Accept-Encoding: its name without parameters, and its q in thousandths. */
struct element {
    const char *name;
    size_t name_len;
    unsigned quality;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "0.5" -> 500; anything but a qvalue counts as 1000. */
static unsigned read_quality(const char *text, size_t len)
{
    unsigned value = 0, unit = 1000;
    if (len == 0 || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.') || len > 5)
        return 1000;
    for (size_t i = 0; i < len; i++) {
        if (i == 1)
            continue;
        if (!is_digit(text[i]))
            return 1000;
        value += (unsigned)(text[i] - '0') * unit;
        unit /= 10;
    }
    return value < 1000 ? value : 1000;
}

static size_t trimmed(const char *text, size_t len)
{
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return len;
}

/* The next element at *field, moving it on; false at the end. */
static bool next_element(const char **field, struct element *element)
{
    struct srv_item item;
    if (!srv_list_next(field, &item))
        return false;
    const char *end = item.text + item.len, *p = srv_skip_quoted(item.text, end, ";");
    element->name = item.text;
    element->name_len = trimmed(item.text, (size_t)(p - item.text));
    element->quality = 1000;
    while (p < end) {
        const char *start = ++p;
        start += strspn(start, " \t");
        p = srv_skip_quoted(p, end, ";");
        size_t len = p > start ? trimmed(start, (size_t)(p - start)) : 0;
        if (len >= 2 && !strncasecmp(start, "q=", 2))
            element->quality = read_quality(start + 2, len - 2);
    }
    return true;
}

/* How well a media range matches: 3 "type/subtype", 2 "type/" and a star, 1 everything, 0 not at all. */
static unsigned specificity(const struct element *range, const char *media_type)
{
    size_t type_len = strcspn(media_type, "/") + 1;
    if (range->name_len == strlen(media_type) && !strncasecmp(range->name, media_type, range->name_len))
        return 3;
    if (range->name_len == type_len + 1 && range->name[type_len] == '*' &&
        !strncasecmp(range->name, media_type, type_len))
        return 2;
    /* A lone * is no media range, but old clients send it. */
    return (range->name_len == 3 && !strncmp(range->name, "*/*", 3)) || (range->name_len == 1 && *range->name == '*');
}

unsigned srv_negotiate_type(const char *field, const char *media_type)
{
    unsigned best = 0, quality = 0;
    struct element range;
    if (!field || !field[strspn(field, " \t,")])
        return 1000;
    while (next_element(&field, &range)) {
        unsigned match = specificity(&range, media_type);
        if (match > best || (match == best && match && range.quality > quality)) {
            best = match;
            quality = range.quality;
        }
    }
    return quality;
}

unsigned srv_negotiate_coding(const char *field, const char *coding)
{
    bool identity = !strcasecmp(coding, "identity"), has_any = false;
    unsigned any = 0;
    struct element element;
    while (field && next_element(&field, &element)) {
        if (element.name_len == strlen(coding) && !strncasecmp(element.name, coding, element.name_len))
            return element.quality;
        if (element.name_len == 1 && *element.name == '*') {
            has_any = true;
            any = element.quality;
        }
    }
    return has_any ? any : identity ? 1000 : 0;
}
