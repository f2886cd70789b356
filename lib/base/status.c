/* see status.h and fail.h */
#include "base/fail.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static const char *const slugs[WI_STATUS_COUNT] = {
    [WI_OK] = "ok",
    [WI_E_PARAM_UNKNOWN] = "param-unknown",
    [WI_E_PARAM_REPEATED] = "param-repeated",
    [WI_E_PARAM_MISSING] = "param-missing",
    [WI_E_PARAM_VALUE] = "param-value",
    [WI_E_PARAM_UNUSED] = "param-unused",
    [WI_E_PARAM_CONFLICT] = "param-conflict",
    [WI_E_SHAPE] = "shape",
    [WI_E_UNSUPPORTED] = "unsupported",
    [WI_E_TOO_LARGE] = "too-large",
};
_Static_assert(sizeof slugs / sizeof *slugs == WI_STATUS_COUNT, "a slug per status");

const char *wi_status_slug(enum wi_status code)
{
    return slugs[code];
}

enum { QUOTED_MAX = 64 };

/* Append up to `most` bytes of a text that may be the user's. Everything but printable ASCII becomes "?". */
static void put_printable(struct wi_text *t, const char *s, size_t most)
{
    for (size_t i = 0; s[i] && i < most; i++)
        wi_text_char(t, s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '?');
}

enum wi_status wi_fail(struct wi_error *err, enum wi_status code, const char *param, const char *format, ...)
{
    if (!err || err->code != WI_OK)
        return code;
    err->code = code;
    struct wi_text name = wi_text_in(err->param, sizeof err->param);
    put_printable(&name, param, sizeof err->param);
    wi_text_end(&name);

    struct wi_text text = wi_text_in(err->text, sizeof err->text);
    va_list ap;
    va_start(ap, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%')
            wi_text_char(&text, *f);
        else if (*++f == 's' || *f == 'q')
            put_printable(&text, va_arg(ap, const char *), *f == 'q' ? QUOTED_MAX : sizeof err->text);
        else if (*f == 'u')
            wi_text_u64(&text, va_arg(ap, uint64_t));
        else
            wi_text_real(&text, va_arg(ap, double));
    }
    va_end(ap);
    wi_text_end(&text);
    return code;
}

enum wi_status wi_refuse(struct wi_error *err, enum wi_status code, const char *param, const char *text,
                         const char *allowed)
{
    wi_fail(err, code, param, "%s", text);
    wi_error_allow(err, allowed);
    return code;
}

void wi_error_init(struct wi_error *err)
{
    memset(err, 0, sizeof *err);
}

struct wi_error *wi_error_fresh(struct wi_error *err)
{
    return err && err->code == WI_OK ? err : NULL;
}

static void fill_once(char *field, size_t cap, const char *s)
{
    if (field[0])
        return;
    struct wi_text t = wi_text_in(field, cap);
    wi_text_str(&t, s);
    wi_text_end(&t);
}

void wi_error_allow(struct wi_error *err, const char *allowed)
{
    if (err)
        fill_once(err->allowed, sizeof err->allowed, allowed);
}

void wi_error_near(struct wi_error *err, const char *nearest)
{
    if (err && nearest)
        fill_once(err->nearest, sizeof err->nearest, nearest);
}
