/* see range.h */
#include "http/range.h"

#include <string.h>
#include <strings.h>

#include "http/fields.h"

#define PART_COST 100 /* about the bytes of a part's boundary and fields */

/* Read digits at *text, moving it past them; the value saturates. False: no digit. */
static bool number(const char **text, uint64_t *value)
{
    const char *p = *text;
    *value = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, (uint64_t)(*p - '0'), value))
            *value = UINT64_MAX;
    bool found = p > *text;
    *text = p;
    return found;
}

/* Read one range-spec; false: a syntax error. A part beyond the end gets length 0. */
static bool read_spec(const struct srv_item *item, uint64_t length, struct srv_range *part)
{
    uint64_t first, last = UINT64_MAX;
    const char *text = item->text;
    bool has_first = number(&text, &first);
    if (*text++ != '-')
        return false;
    bool has_last = number(&text, &last);
    if (text != item->text + item->len)
        return false;
    if (!has_first) {
        uint64_t n = last < length ? last : length;
        *part = (struct srv_range){length - n, n};
        return has_last;
    }
    if (!has_last)
        last = UINT64_MAX;
    else if (last < first)
        return false;
    *part = (struct srv_range){first, 0};
    if (first < length)
        part->length = (last < length - 1 ? last : length - 1) - first + 1;
    return true;
}

static bool is_near(const struct srv_range *a, const struct srv_range *b)
{
    const struct srv_range *low = a->first <= b->first ? a : b, *high = low == a ? b : a;
    return high->first <= low->first + low->length || high->first - (low->first + low->length) < PART_COST;
}

static void join(struct srv_range *a, const struct srv_range *b)
{
    uint64_t end_a = a->first + a->length, end_b = b->first + b->length;
    if (b->first < a->first)
        a->first = b->first;
    a->length = (end_a > end_b ? end_a : end_b) - a->first;
}

/* Add a part. The part and all parts near it become one, at the place of the first. False: no room. */
static bool add(struct srv_range parts[SRV_RANGES_MAX], size_t *n_parts, struct srv_range part)
{
    size_t place = *n_parts, n = 0;
    for (size_t i = 0; i < *n_parts; i++) {
        if (!is_near(&parts[i], &part)) {
            parts[n++] = parts[i];
            continue;
        }
        join(&part, &parts[i]);
        if (place == *n_parts)
            place = n++;
    }
    if (place == *n_parts) {
        if (n == SRV_RANGES_MAX)
            return false;
        place = n++;
    }
    parts[place] = part;
    *n_parts = n;
    return true;
}

enum srv_range_outcome srv_range_read(const char *field, uint64_t length, struct srv_range parts[SRV_RANGES_MAX],
                                      size_t *n_parts)
{
    size_t n_specs = 0;
    struct srv_item item;
    *n_parts = 0;
    if (strncasecmp(field, "bytes", 5) || field[5] != '=')
        return SRV_RANGE_IGNORED;
    for (field += 6; srv_list_next(&field, &item);) {
        struct srv_range part;
        if (!read_spec(&item, length, &part) || ++n_specs > 8 * SRV_RANGES_MAX)
            return SRV_RANGE_IGNORED;
        if (part.length && !add(parts, n_parts, part))
            return SRV_RANGE_IGNORED;
    }
    if (!n_specs)
        return SRV_RANGE_IGNORED;
    return *n_parts ? SRV_RANGE_PARTIAL : SRV_RANGE_UNSATISFIABLE;
}
