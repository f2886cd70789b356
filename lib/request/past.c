/* see past.h */
#include "request/past.h"

#include <string.h>

#include "base/checked.h"

static const struct {
    const char *name;
    enum wi_param param;
    unsigned numbers; /* after the name */
    bool takes_dtype;
    uint64_t max; /* of its first number */
} kinds[WI_PAST_KINDS] = {
    [WI_PAST_WORDS] = {"words", WI_P_AFTER, 1, false, UINT64_MAX / 4},
    [WI_PAST_UNIFORM] = {"uniform", WI_P_AFTER, 1, true, UINT64_MAX / 4},
    [WI_PAST_NORMAL] = {"normal", WI_P_AFTER, 1, true, UINT64_MAX / 4},
    [WI_PAST_SPLIT] = {"split", WI_P_KEY, 2, false, UINT32_MAX},
    [WI_PAST_FOLD_IN] = {"fold_in", WI_P_KEY, 1, false, UINT32_MAX},
};

/* A field of an item: up to the next ':' or the end. */
struct field {
    const char *at;
    size_t len;
};

enum { FIELDS = 4 };

/* The item at *at, cut into fields; *at is moved behind its comma, if one follows. 0: too many fields. */
static unsigned cut(const char **at, struct field field[FIELDS], bool *more)
{
    unsigned n = 0;
    for (;; *at += field[n - 1].len + 1) {
        if (n == FIELDS)
            return 0;
        field[n++] = (struct field){*at, strcspn(*at, ":,")};
        char after = (*at)[field[n - 1].len];
        if (after == ':')
            continue;
        *more = after == ',';
        *at += field[n - 1].len + *more;
        return n;
    }
}

/* "64x32": the product. */
static bool read_count(struct field f, uint64_t *out)
{
    *out = 1;
    for (;;) {
        size_t n = 0;
        uint64_t v;
        while (n < f.len && f.at[n] != 'x')
            n++;
        if (n == 0 || !wi_decimal_parse_u64(f.at, n, &v) || !wi_mul(*out, v, out))
            return false;
        if (n == f.len)
            return true;
        f.at += n + 1;
        f.len -= n + 1;
    }
}

static bool read_dtype(struct field f, unsigned *out)
{
    const struct wi_dtype *dtype;
    for (unsigned i = 0; (dtype = wi_dtype_at(i)); i++)
        if (dtype->bytes > 1 && /* frameworks draw no others */
            ((strlen(dtype->name) == f.len && memcmp(dtype->name, f.at, f.len) == 0) ||
             (strlen(dtype->numpy_name) == f.len && memcmp(dtype->numpy_name, f.at, f.len) == 0))) {
            *out = dtype->id;
            return true;
        }
    return false;
}

static bool find_kind(enum wi_param p, struct field f, enum wi_past_kind *out)
{
    for (unsigned i = 0; i < WI_PAST_KINDS; i++)
        if (kinds[i].param == p && strlen(kinds[i].name) == f.len && memcmp(kinds[i].name, f.at, f.len) == 0) {
            *out = (enum wi_past_kind)i;
            return true;
        }
    return false;
}

/* NULL, or what is wrong with the item. */
static const char *read_item(enum wi_param p, struct field field[FIELDS], unsigned n, struct wi_past_item *item)
{
    *item = (struct wi_past_item){.kind = WI_PAST_WORDS, .dtype = WI_DTYPE_COUNT};
    if (p == WI_P_AFTER && n == 1 && read_count(field[0], &item->n))
        return item->n <= kinds[WI_PAST_WORDS].max ? NULL : "its number is too large";
    if (n == 0 || !find_kind(p, field[0], &item->kind))
        return "there is no such step";
    unsigned numbers = kinds[item->kind].numbers;
    bool has_dtype = kinds[item->kind].takes_dtype && n == numbers + 2;
    if (n != numbers + 1 && !has_dtype)
        return "a step is its name and its numbers, with colons between";
    if (!read_count(field[1], &item->n) || (numbers == 2 && !read_count(field[2], &item->i)))
        return "its number is not an unsigned 64-bit integer";
    if (item->n > kinds[item->kind].max)
        return "its number is too large";
    if (item->kind == WI_PAST_SPLIT && item->i >= item->n)
        return "the index of a key is below the number of keys";
    return has_dtype && !read_dtype(field[numbers + 1], &item->dtype) ? "its dtype is f32, f64, f16 or bf16" : NULL;
}

bool wi_past_read(enum wi_param p, const char *value, struct wi_past *past, char *what, size_t cap)
{
    struct wi_text t = wi_text_in(what, cap);
    const char *wrong = NULL;
    bool more = true;
    past->n = 0;
    for (const char *at = value; !wrong && more;) {
        struct field field[FIELDS];
        unsigned n = cut(&at, field, &more);
        if (past->n == WI_PAST_MAX)
            wrong = "one more than there may be";
        else
            wrong = read_item(p, field, n, &past->item[past->n]);
        past->n += !wrong;
    }
    if (wrong) {
        wi_text_str(&t, "step ");
        wi_text_u64(&t, past->n + 1);
        wi_text_str(&t, ": ");
        wi_text_str(&t, wrong);
    }
    wi_text_end(&t);
    return !wrong;
}

void wi_past_write(struct wi_text *t, const struct wi_past *past)
{
    for (unsigned i = 0; i < past->n; i++) {
        const struct wi_past_item *item = &past->item[i];
        wi_text_str(t, i ? "," : "");
        wi_text_str(t, kinds[item->kind].name);
        wi_text_char(t, ':');
        wi_text_u64(t, item->n);
        if (kinds[item->kind].numbers == 2) {
            wi_text_char(t, ':');
            wi_text_u64(t, item->i);
        }
        if (item->dtype != WI_DTYPE_COUNT) {
            wi_text_char(t, ':');
            wi_text_str(t, wi_dtype_at(item->dtype)->name);
        }
    }
}

void wi_past_allow(struct wi_text *t, enum wi_param p)
{
    wi_text_str(t, p == WI_P_KEY ? "split:N:I and fold_in:DATA"
                                 : "uniform:SHAPE, normal:SHAPE, each with :DTYPE or not, and words:N");
    wi_text_str(t, ", at most ");
    wi_text_u64(t, WI_PAST_MAX);
    wi_text_str(t, p == WI_P_KEY ? ", comma-separated: split:3:1,fold_in:7"
                                 : ", comma-separated: uniform:64x32,uniform:64");
}
