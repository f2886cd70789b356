/* see parse.h */
#include "http/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/grammar.h"

#define METHOD_MAX 64           /* bytes of a method that is looked for */
#define RECORD_BYTES 64         /* what a field or a cookie counts for beside its text: many are a large header too */
#define RECORDS_ROOM_BYTES 2048 /* so much more than --header-bytes may texts and records take together */

void srv_parse_begin(struct srv_parse *p, size_t header_max, srv_content_max *content_max)
{
    *p = (struct srv_parse){
        .header_max = header_max, .content_max = content_max, .method = "-", .target = "", .version = "HTTP/1.1"};
}

static enum srv_parsed refuse(struct srv_parse *p, const char *slug, const char *detail)
{
    p->slug = slug;
    p->detail = detail;
    return SRV_PARSE_REFUSED;
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

/* The end of the line's text: a carriage return before the line feed does not belong to it. */
static char *text_end(char *line, char *feed)
{
    return feed > line && feed[-1] == '\r' ? feed - 1 : feed;
}

/* ---- the first line ---------------------------------------------------------------------------------------------- */

static bool is_version(const char *text, size_t len)
{
    return len == 8 && !memcmp(text, "HTTP/", 5) && text[5] >= '0' && text[5] <= '9' && text[6] == '.' &&
           text[7] >= '0' && text[7] <= '9';
}

/* The texts of the first line, wherever the bytes are now. */
static void find_texts(struct srv_parse *p, const char *bytes)
{
    if (p->method_len)
        p->method = bytes + p->begin;
    if (p->target_len)
        p->target = p->method + p->method_len + 1;
    if (p->target_len)
        p->version = p->target + p->target_len + 1;
}

/* Method, target and version, with one blank between them each. */
static const char *first_line(struct srv_parse *p, char *line, char *end)
{
    char *after_method = memchr(line, ' ', (size_t)(end - line));
    char *before_version = memrchr(line, ' ', (size_t)(end - line));
    if (!after_method || !srv_is_token(line, (size_t)(after_method - line)))
        return "The request must begin with a method, which is a token.";
    *after_method = '\0';
    p->method_len = (size_t)(after_method - line);
    if (after_method == before_version || !is_version(before_version + 1, (size_t)(end - before_version - 1)))
        return "The first line must end with the version, HTTP/1.1 or HTTP/1.0.";
    const char *target = after_method + 1;
    const size_t len = (size_t)(before_version - target);
    if (before_version <= target || memchr(target, ' ', len) || memchr(target, '\0', len))
        return "The method, the target and the version must stand with one blank between them each.";
    *before_version = *end = '\0';
    p->is_http10 = !strcmp(before_version + 1, "HTTP/1.0");
    p->target_len = len;
    return NULL;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

bool srv_parse_next(const struct srv_parse *p, size_t *at, struct srv_parse_field *field)
{
    const char *bytes = p->method - p->begin, *line = bytes + (*at ? *at : p->fields);
    const char *colon = memchr(line, ':', (size_t)(bytes + p->end - line));
    if (!colon || *line == '\0')
        return false;
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    *field = (struct srv_parse_field){line, value, (size_t)(colon - line), strlen(value)};
    const char *next = value + field->value_len + 1; /* the terminator may stand on the line feed */
    *at = (size_t)(next + strspn(next, " \t\r\n") - bytes);
    return true;
}

/* What a field's record counts for; a field of cookies has one for each. */
static size_t record_of(const char *name, size_t name_len, const char *value, const char *end)
{
    size_t bytes = RECORD_BYTES;
    if (name_len != 6 || strncasecmp(name, "Cookie", 6))
        return bytes;
    for (const char *c = value; c && c < end; c = memchr(c + 1, ';', (size_t)(end - c - 1)))
        bytes += RECORD_BYTES;
    return bytes + (size_t)(end - value);
}

/* Show the guard a line of the header, and terminate its value. */
static void field_line(struct srv_parse *p, char *line, char *end)
{
    char *colon = memchr(line, ':', (size_t)(end - line)), *value = colon ? colon + 1 : end;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const size_t name_len = (size_t)((colon ? colon : line) - line);
    p->records += record_of(line, name_len, value, end);
    srv_guard_field(&p->guard, line, name_len, value, (size_t)(end - value));
    *end = '\0';
}

/* ---- the header -------------------------------------------------------------------------------------------------- */

static enum srv_parsed too_large(struct srv_parse *p, const char *more, size_t bytes)
{
    snprintf(p->detail_text, sizeof p->detail_text,
             "The header has %s%zu bytes; up to %zu bytes, fewer with very many fields, are read (--header-bytes).",
             more, bytes, p->header_max);
    return refuse(p, "header-too-large", p->detail_text);
}

/* The header is complete. */
static enum srv_parsed judge(struct srv_parse *p, char *bytes)
{
    const size_t size = p->end - p->begin;
    const char *detail;
    for (char *line = bytes + p->fields, *feed; (feed = memchr(line, '\n', (size_t)(bytes + p->end - line)));
         line = feed + 1)
        if (text_end(line, feed) > line)
            field_line(p, line, text_end(line, feed));
        else
            *line = '\0'; /* the last line, which is empty */
    if (p->guard.n_length || p->guard.n_coding)
        p->guard.content_max = p->content_max(p->method, p->target);
    p->chunks.most = p->guard.content_max ? p->guard.content_max : SRV_CONTENT_MAX;
    const char *slug = srv_guard_verdict(&p->guard, p->method, p->version, &detail);
    if (slug)
        return refuse(p, slug, detail);
    if (p->target_len > SRV_TARGET_MAX)
        return refuse(p, "uri-too-long", NULL);
    if (size > p->header_max || size + p->records > p->header_max + RECORDS_ROOM_BYTES)
        return too_large(p, "", size);
    p->content_left = p->guard.content_length;
    return p->content_left || p->guard.n_coding ? SRV_PARSE_CONTENT : SRV_PARSE_DONE;
}

/* The header is not complete, and larger than it may be. */
static enum srv_parsed too_much(struct srv_parse *p, const char *bytes)
{
    if (p->fields && p->target_len <= SRV_TARGET_MAX)
        return too_large(p, "more than ", p->header_max);
    if (!memchr(bytes + p->begin, ' ', METHOD_MAX))
        return refuse(p, "bad-request", "The method is too long.");
    return refuse(p, "uri-too-long", NULL);
}

/* What is wrong with a complete line, whatever the others are. NULL: nothing. */
static const char *fault_of_line(struct srv_parse *p, char *line, char *end)
{
    if (memchr(line, '\r', (size_t)(end - line)))
        return "A carriage return must be followed by a line feed.";
    if (!p->fields)
        return end > line ? first_line(p, line, end) : NULL;
    if (*line == ' ' || *line == '\t')
        return "A field must stand on one line.";
    return end == line || memchr(line, ':', (size_t)(end - line)) ? NULL : "A field must have a colon.";
}

/* The lines that have become complete. */
static enum srv_parsed see_lines(struct srv_parse *p, char *bytes, size_t n)
{
    for (char *feed; (feed = memchr(bytes + p->line, '\n', n - p->line));) {
        char *line = bytes + p->line, *end = text_end(line, feed);
        const char *fault = fault_of_line(p, line, end);
        find_texts(p, bytes);
        if (fault)
            return refuse(p, "bad-request", fault);
        p->line = (size_t)(feed + 1 - bytes);
        if (end > line) {
            p->fields = p->fields ? p->fields : p->line;
        } else if (!p->fields) { /* RFC 9112 section 2.2: an empty line before a request is ignored */
            p->begin = p->line;
        } else {
            p->end = p->line;
            return judge(p, bytes);
        }
    }
    return SRV_PARSE_MORE;
}

enum srv_parsed srv_parse_header(struct srv_parse *p, char *bytes, size_t n)
{
    find_texts(p, bytes);
    const enum srv_parsed is = see_lines(p, bytes, n);
    if (is != SRV_PARSE_MORE)
        return is;
    const char *line = bytes + p->line, *bare = memchr(line, '\r', n - p->line);
    if (bare && bare + 1 < bytes + n)
        return refuse(p, "bad-request", "A carriage return must be followed by a line feed.");
    if (!p->fields && p->line < n && *line != '\r' && !srv_is_token(line, 1))
        return refuse(p, "bad-request", "The request must begin with a method, which is a token.");
    return n - p->begin > p->header_max ? too_much(p, bytes) : SRV_PARSE_MORE;
}

/* ---- content ----------------------------------------------------------------------------------------------------- */

bool srv_parse_expects(const struct srv_parse *p)
{
    const char *expect = p->guard.field[SRV_FIELD_EXPECT];
    return expect && !p->is_http10 && !strcasecmp(expect, "100-continue");
}

enum srv_parsed srv_parse_content(struct srv_parse *p, const char *bytes, size_t n, size_t *used, size_t *data)
{
    if (!p->guard.n_coding) {
        *used = *data = p->content_left < n ? (size_t)p->content_left : n;
        p->content_left -= *used;
        return p->content_left ? SRV_PARSE_CONTENT : SRV_PARSE_DONE;
    }
    switch (srv_chunks_take(&p->chunks, bytes, n, used, data)) {
    case SRV_CHUNKED_MORE:
    case SRV_CHUNKED_DATA:
        return SRV_PARSE_CONTENT;
    case SRV_CHUNKED_END:
        return SRV_PARSE_DONE;
    case SRV_CHUNKED_LARGER:
        return refuse(p, "content-too-large", NULL);
    default:
        return refuse(p, "bad-request", "The content is not well-formed: chunks, with lines that end with CR LF.");
    }
}
