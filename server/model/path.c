/* see path.h */
#include "model/path.h"

#include <string.h>

bool srv_path_append(struct srv_path *path, const char *text, size_t len, struct wi_error *err)
{
    if (path->len + len > WI_NAME_MAX) {
        wi_fail(err, WI_E_TOO_LARGE, "name", "%q...: the name of a tensor is longer than 255 bytes", path->text);
        return false;
    }
    memcpy(path->text + path->len, text, len);
    path->len += len;
    path->text[path->len] = 0;
    return true;
}

static bool append_value(struct srv_path *path, struct srv_value value, struct wi_error *err)
{
    char digits[WI_DECIMAL_U64_MAX];
    if (value.type == SRV_VALUE_TEXT)
        return srv_path_append(path, value.text, strlen(value.text), err);
    if (value.type == SRV_VALUE_INT && value.i >= 0)
        return srv_path_append(path, digits, wi_decimal_u64((uint64_t)value.i, digits), err);
    wi_fail(err, WI_E_PARAM_CONFLICT, "name", "a name needs a number or a text in its holes");
    return false;
}

bool srv_path_pattern(struct srv_path *path, const struct srv_pattern *pattern, struct srv_env env,
                      struct wi_error *err)
{
    bool empty = pattern->n == 0 || (pattern->n == 1 && pattern->part[0].len == 0);
    if (empty)
        return true;
    if (path->len && !srv_path_append(path, ".", 1, err))
        return false;
    for (unsigned i = 0; i < pattern->n; i++) {
        const struct srv_pattern_part *part = &pattern->part[i];
        struct srv_value value;
        if (!srv_path_append(path, part->text, part->len, err))
            return false;
        if (part->hole.op && (!srv_expr_eval(&part->hole, env, &value, err) || !append_value(path, value, err)))
            return false;
    }
    return true;
}

void srv_path_cut(struct srv_path *path, size_t len)
{
    path->len = len;
    path->text[len] = 0;
}
