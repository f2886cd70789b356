/* Collecting parameters: see the request section of wi.h. */
#include <string.h>

#include "base/text.h"
#include "request/param.h"
#include "request/shape.h"

enum { VALUE_CAP = 512 };

void wi_request_init(struct wi_request *req)
{
    memset(req, 0, sizeof *req);
}

static const char *param_name_at(unsigned i)
{
    return i < WI_P_COUNT ? wi_param_row((enum wi_param)i)->name : NULL;
}

static void allow_all_params(struct wi_error *err)
{
    char buf[400];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    for (unsigned p = 0; p < WI_P_COUNT; p++) {
        if (p)
            wi_text_str(&t, ", ");
        wi_text_str(&t, param_name_at(p));
    }
    wi_text_end(&t);
    wi_error_allow(err, buf);
}

static enum wi_status unknown(const char *key, size_t len, struct wi_error *err)
{
    char name[65];
    size_t n = len < sizeof name ? len : sizeof name - 1;
    memcpy(name, key, n);
    name[n] = 0;
    enum wi_status status = wi_fail(err, WI_E_PARAM_UNKNOWN, name, "there is no parameter '%q'", name);
    wi_error_near(err, wi_nearest(key, len, param_name_at));
    allow_all_params(err);
    return status;
}

static enum wi_status set_known(struct wi_request *req, enum wi_param p, const char *value, size_t value_len,
                                struct wi_error *err)
{
    const char *name = wi_param_row(p)->name;
    const bool repeated = req->given & WI_P_BIT(p);
    if (repeated && p != WI_P_SHAPE)
        return wi_fail(err, WI_E_PARAM_REPEATED, name, "%s is given more than once", name);
    if (value_len >= VALUE_CAP)
        return wi_fail(err, WI_E_PARAM_VALUE, name, "%s: the value is %u bytes long, more than %u", name,
                       (uint64_t)value_len, (uint64_t)VALUE_CAP - 1);
    if (memchr(value, 0, value_len))
        return wi_fail(err, WI_E_PARAM_VALUE, name, "%s: the value holds a NUL byte", name);
    char text[VALUE_CAP];
    memcpy(text, value, value_len);
    text[value_len] = 0;
    if (repeated)
        return wi_shape_repeated(req, text, err);
    enum wi_status status = wi_param_read(req, p, text, value_len, err);
    if (status == WI_OK)
        req->given |= WI_P_BIT(p);
    return status;
}

enum wi_status wi_request_set_n(struct wi_request *req, const char *key, size_t key_len, const char *value,
                                size_t value_len, struct wi_error *err)
{
    enum wi_param p = wi_param_find(key, key_len);
    err = wi_error_fresh(err);
    if (p == WI_P_COUNT)
        return unknown(key, key_len, err);
    enum wi_status status = set_known(req, p, value, value_len, err);
    if (status != WI_OK)
        wi_param_allow(err, p);
    return status;
}

enum wi_status wi_request_set(struct wi_request *req, const char *key, const char *value, size_t value_len,
                              struct wi_error *err)
{
    return wi_request_set_n(req, key, strlen(key), value, value_len, err);
}

bool wi_request_agrees(const struct wi_request *a, const struct wi_request *b, enum wi_param p)
{
    char text_a[WI_CANONICAL_MAX], text_b[WI_CANONICAL_MAX];
    struct wi_text t = wi_text_in(text_a, sizeof text_a), u = wi_text_in(text_b, sizeof text_b);
    wi_param_write(&t, a, p);
    wi_param_write(&u, b, p);
    wi_text_end(&t);
    wi_text_end(&u);
    return (a->given & b->given & WI_P_BIT(p)) && strcmp(text_a, text_b) == 0;
}
