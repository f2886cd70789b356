/* see target.h */
#include "http/target.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "http/grammar.h"

static int fail(struct wi_error *err, int status, const char *text)
{
    snprintf(err->text, sizeof err->text, "%s", text);
    return status;
}

/* Decode raw[0..len) to *out and move *out past the terminating NUL. Returns the decoded length, -1 for a bad escape,
 * -2 for an escaped NUL. */
static int decode(const char *raw, size_t len, char **out)
{
    char *start = *out, *o = start;
    for (size_t i = 0; i < len; i++) {
        if (raw[i] != '%') {
            *o++ = raw[i];
            continue;
        }
        int high = len - i > 2 ? srv_hex_digit(raw[i + 1]) : -1, low = len - i > 2 ? srv_hex_digit(raw[i + 2]) : -1;
        if (high < 0 || low < 0)
            return -1;
        if (!high && !low)
            return -2;
        *o++ = (char)(high << 4 | low);
        i += 2;
    }
    *o++ = '\0';
    *out = o;
    return (int)(o - start - 1);
}

/* The value with a blank for every +. raw decodes well. */
static const char *decode_form(const char *raw, size_t len, const char *value, char **storage)
{
    if (!memchr(raw, '+', len))
        return value;
    char *form = *storage;
    decode(raw, len, storage);
    for (size_t i = 0, at = 0; i < len; i += raw[i] == '%' ? 3 : 1, at++)
        if (raw[i] == '+')
            form[at] = ' ';
    return form;
}

static const char *decode_fault(int code)
{
    return code == -2 ? "%00 is not allowed" : "a % must be followed by two hexadecimal digits";
}

static int parse_param(struct srv_target *target, const char *raw, size_t len, char **storage, struct wi_error *err)
{
    if (target->n_params == SRV_PARAMS_MAX)
        return fail(err, 414, "the query has too many parameters");
    struct srv_param *param = &target->params[target->n_params++];
    const char *equals = memchr(raw, '=', len);
    size_t key_len = equals ? (size_t)(equals - raw) : len;
    param->has_value = equals;
    param->key = *storage;
    int n = decode(raw, key_len, storage);
    if (n < 0)
        return fail(err, 400, decode_fault(n));
    param->key_len = (size_t)n;
    param->value = *storage;
    n = equals ? decode(equals + 1, len - key_len - 1, storage) : decode("", 0, storage);
    if (n < 0) {
        snprintf(err->param, sizeof err->param, "%.*s", (int)(sizeof err->param - 1), param->key);
        return fail(err, 400, decode_fault(n));
    }
    param->value_len = (size_t)n;
    param->form = equals ? decode_form(equals + 1, len - key_len - 1, param->value, storage) : param->value;
    return 200;
}

static int parse_query(struct srv_target *target, const char *raw, size_t len, char *storage, struct wi_error *err)
{
    int status = 200;
    for (const char *end = raw + len; raw < end && status == 200;) {
        const char *stop = memchr(raw, '&', (size_t)(end - raw));
        if (!stop)
            stop = end;
        if (stop > raw)
            status = parse_param(target, raw, (size_t)(stop - raw), &storage, err);
        raw = stop + 1;
    }
    return status;
}

/* raw begins with "/". */
static int parse_path(struct srv_target *target, const char *raw, size_t len, char **storage, struct wi_error *err)
{
    target->path = *storage;
    int n = decode(raw, len, storage);
    if (n < 0)
        return fail(err, 400, decode_fault(n));
    for (const char *end = raw + len; raw < end && len > 1;) {
        const char *stop = memchr(raw + 1, '/', (size_t)(end - raw - 1));
        if (!stop)
            stop = end;
        if (target->n_segments == SRV_SEGMENTS_MAX)
            return fail(err, 414, "the path has too many segments");
        target->segments[target->n_segments++] = *storage;
        decode(raw + 1, (size_t)(stop - raw - 1), storage);
        raw = stop;
    }
    return 200;
}

const char *srv_target_authority(const char *raw, size_t len, size_t *authority_len)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(schemes[i]), end = n;
        if (len <= n || strncasecmp(raw, schemes[i], n))
            continue;
        while (end < len && raw[end] != '/' && raw[end] != '?')
            end++;
        *authority_len = end - n;
        return srv_is_host(raw + n, end - n) ? raw + n : NULL;
    }
    return NULL;
}

const char *srv_target_fault(const char *raw, size_t len)
{
    size_t authority_len;
    for (size_t i = 0; i < len; i++)
        if (raw[i] <= ' ' || raw[i] > '~' || raw[i] == '#')
            return "the request target has a character that must be percent-encoded";
    if ((len && *raw == '/') || (len == 1 && *raw == '*') || srv_target_authority(raw, len, &authority_len))
        return NULL;
    return "the request target must be a path or an absolute http URL";
}

int srv_target_parse(struct srv_target *target, const char *raw, size_t len, char *storage, struct wi_error *err)
{
    size_t authority_len = 0;
    const char *end = raw + len, *fault = srv_target_fault(raw, len);
    target->path = "/";
    target->n_segments = target->n_params = 0;
    target->asterisk = len == 1 && *raw == '*';
    if (fault)
        return fail(err, 400, fault);
    if (target->asterisk)
        return 200;
    if (*raw != '/') {
        const char *authority = srv_target_authority(raw, len, &authority_len);
        raw = authority + authority_len;
    }
    const char *query = memchr(raw, '?', (size_t)(end - raw)), *path_end = query ? query : end;
    if (path_end > raw) {
        int status = parse_path(target, raw, (size_t)(path_end - raw), &storage, err);
        if (status != 200)
            return status;
    }
    return query ? parse_query(target, query + 1, (size_t)(end - query - 1), storage, err) : 200;
}
