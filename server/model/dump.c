/* see dump.h */
#include "model/dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wi.h"

static bool dump(FILE *out, const json_t *value, unsigned depth);

static void put_line(FILE *out, unsigned depth)
{
    fprintf(out, "\n%*s", (int)(2 * depth), "");
}

/* Whatever is no list, no object and no real number is written by jansson in the same way. */
static bool dump_plain(FILE *out, const json_t *value)
{
    return json_dumpf(value, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) == 0;
}

static bool dump_list(FILE *out, const json_t *list, unsigned depth)
{
    const size_t n = json_array_size(list);
    bool good = true;
    putc('[', out);
    for (size_t i = 0; i < n && good; i++) {
        if (i)
            putc(',', out);
        put_line(out, depth + 1);
        good = dump(out, json_array_get(list, i), depth + 1);
    }
    if (n)
        put_line(out, depth);
    putc(']', out);
    return good;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of an object, sorted; for the caller to free. */
static const char **sorted_names(const json_t *object)
{
    const char **names = malloc((json_object_size(object) + 1) * sizeof *names), *name;
    size_t n = 0;
    json_t *value;
    if (!names)
        return NULL;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) names[n++] = name;
    qsort(names, n, sizeof *names, by_text);
    return names;
}

static bool dump_object(FILE *out, const json_t *object, unsigned depth)
{
    const char **names = sorted_names(object);
    const size_t n = json_object_size(object);
    bool good = names;
    putc('{', out);
    for (size_t i = 0; i < n && good; i++) {
        json_t *name = json_string(names[i]);
        if (i)
            putc(',', out);
        put_line(out, depth + 1);
        good = name && dump_plain(out, name) && fputs(": ", out) >= 0 &&
               dump(out, json_object_get(object, names[i]), depth + 1);
        json_decref(name);
    }
    if (n)
        put_line(out, depth);
    putc('}', out);
    free(names);
    return good;
}

static bool dump(FILE *out, const json_t *value, unsigned depth)
{
    if (depth > SRV_MODEL_JSON_DEPTH)
        return false;
    switch (json_typeof(value)) {
    case JSON_ARRAY:
        return dump_list(out, value, depth);
    case JSON_OBJECT:
        return dump_object(out, value, depth);
    case JSON_REAL: {
        char text[WI_DECIMAL_F64_MAX];
        return fprintf(out, "%.*s", (int)wi_decimal_f64(json_real_value(value), text), text) > 0;
    }
    default:
        return dump_plain(out, value);
    }
}

char *srv_model_dump(const json_t *value)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    bool good = dump(out, value, 0) && putc('\n', out) != EOF;
    good = fclose(out) == 0 && good;
    if (good)
        return text;
    free(text);
    return NULL;
}
