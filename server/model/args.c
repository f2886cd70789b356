/* see args.h */
#include "model/args.h"

#include <string.h>

const char *srv_args_comma(const char *text, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; text < end; text++) {
        if (*text == '\'')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (*text == '(' || *text == '[')
            depth++;
        else if (*text == ')' || *text == ']')
            depth--;
        else if (*text == ',' && depth == 0)
            break;
    }
    return text;
}

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "key = text" or "text" */
static void split_key(const char *from, const char *to, struct srv_args *out)
{
    while (from < to && *from == ' ')
        from++;
    const char *end = from;
    while (end < to && in_name(*end))
        end++;
    const char *equals = end;
    while (equals < to && *equals == ' ')
        equals++;
    unsigned n = out->n++;
    if (end > from && to - equals > 1 && equals[0] == '=' && equals[1] != '=') {
        out->arg[n].key = from;
        out->arg[n].key_len = (size_t)(end - from);
        from = equals + 1;
    }
    out->arg[n].text = from;
    out->arg[n].len = (size_t)(to - from);
}

bool srv_args_split(const char *text, struct srv_args *out, struct wi_error *err)
{
    *out = (struct srv_args){.name = text};
    const char *at = text, *end = text + strlen(text);
    while (in_name(*at))
        at++;
    out->name_len = (size_t)(at - text);
    if (at == end)
        return true;
    if (*at != '(' || end[-1] != ')') {
        wi_fail(err, WI_E_PARAM_VALUE, "", "%q is not of the form Name(argument, ...)", text);
        return false;
    }
    end--;
    for (at++; at < end; at++) {
        if (out->n == SRV_CALL_ARGS_MAX) {
            wi_fail(err, WI_E_PARAM_VALUE, "", "%q has more than %u arguments", text, (uint64_t)SRV_CALL_ARGS_MAX);
            return false;
        }
        const char *comma = srv_args_comma(at, end);
        split_key(at, comma, out);
        at = comma;
    }
    return true;
}
