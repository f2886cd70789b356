/* see input.h */
#include "net/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "config.h"
#include "http/fields.h"
#include "net/net_private.h"
#include "resource/route.h"
#include "server.h"

#define FIRST_BYTES 1024 /* of the buffer, and what an idle connection keeps */
#define ROOM_BYTES 512   /* for content, and for the end of a header that is too large */

/* ---- the request that the library is given ----------------------------------------------------------------------- */

/* May the connection stay open, as far as the client is concerned? What the library is told about it. */
enum wish { UNSAID, CLOSE, KEEP };

#define END "Host:a\r\n\r\n"
#define VERSIONS(method)                                                                    \
    {                                                                                       \
        {method " / HTTP/1.1\r\n" END, method " / HTTP/1.1\r\nConnection:close\r\n" END,    \
         method " / HTTP/1.1\r\nConnection:keep-alive\r\n" END},                            \
        {                                                                                   \
            method " / HTTP/1.0\r\n" END, method " / HTTP/1.0\r\nConnection:close\r\n" END, \
                method " / HTTP/1.0\r\nConnection:keep-alive\r\n" END                       \
        }                                                                                   \
    }

/* By HEAD, HTTP/1.0 and wish. */
static const char *const requests[2][2][3] = {VERSIONS("GET"), VERSIONS("HEAD")};

/* In place of any content, of which it needs a byte to wait for. */
static const char request_awaited[] = "POST / HTTP/1.1\r\nContent-Length:1\r\nExpect:100-continue\r\n" END,
                  request_awaited_last[] =
                      "POST / HTTP/1.1\r\nContent-Length:1\r\nExpect:100-continue\r\nConnection:close\r\n" END,
                  content[] = "x";

static enum wish wish_of(const char *connection)
{
    struct srv_item item;
    enum wish wish = UNSAID;
    while (connection && srv_list_next(&connection, &item)) {
        if (item.len == 5 && !strncasecmp(item.text, "close", 5))
            return CLOSE;
        if (item.len == 10 && !strncasecmp(item.text, "keep-alive", 10))
            wish = KEEP;
    }
    return wish;
}

static ssize_t give(void *buf, size_t cap, const char *text)
{
    const size_t n = strlen(text);
    if (n > cap) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(buf, text, n);
    return (ssize_t)n;
}

/* ---- what comes from the client ---------------------------------------------------------------------------------- */

/* Room for more bytes: how much. Texts of a header that is complete stay where they are, so a header never comes
 * with less than ROOM_BYTES to spare. 0: no memory. */
static size_t make_room(struct srv_input *in)
{
    if (in->is == SRV_PARSE_CONTENT) {
        in->used = in->parse.end; /* what has come of the content is taken */
        return in->cap - in->used;
    }
    if (in->cap - in->used <= ROOM_BYTES) {
        const size_t cap = in->cap ? in->cap * 2 : FIRST_BYTES;
        char *larger = realloc(in->bytes, cap);
        if (!larger)
            return 0;
        in->bytes = larger;
        in->cap = cap;
    }
    return in->cap - in->used - ROOM_BYTES;
}

/* Begin with the bytes behind the last request. */
static void begin(struct srv_connection *c)
{
    struct srv_input *in = &c->input;
    in->used -= in->next;
    if (in->used)
        memmove(in->bytes, in->bytes + in->next, in->used);
    in->next = 0;
    in->begun = true;
    in->is = SRV_PARSE_MORE;
    srv_parse_begin(&in->parse, (size_t)c->http->srv->config->header_bytes, srv_route_content_max);
}

static void parse_header(struct srv_connection *c)
{
    struct srv_input *in = &c->input;
    in->is = srv_parse_header(&in->parse, in->bytes, in->used);
    in->next = in->parse.end;
    if (in->is == SRV_PARSE_MORE && in->parse.begin && !in->parse.fields) { /* empty lines are not kept */
        in->next = in->parse.begin;
        begin(c);
    }
}

/* A request that no content would help is answered without any more of it: nobody who has no token is given memory, and
 * a method that is not taken is told so however much comes with it. */
static void answer_short(struct srv_connection *c)
{
    c->exchange.is_short = true;
    c->input.is = SRV_PARSE_REFUSED;
}

static bool is_too_large(const struct srv_input *in)
{
    return in->is == SRV_PARSE_REFUSED && in->parse.slug && !strcmp(in->parse.slug, "content-too-large");
}

/* The header is complete, or refused. */
static void keep_header(struct srv_connection *c)
{
    const struct srv_parse *parsed = &c->input.parse;
    struct srv_exchange *x = &c->exchange;
    x->method = parsed->method;
    x->target = parsed->target;
    x->target_len = parsed->target_len;
    x->content_max = parsed->guard.content_max;
    if (c->input.is != SRV_PARSE_REFUSED || is_too_large(&c->input))
        srv_fields_keep(c, parsed);
    if (c->input.is == SRV_PARSE_CONTENT && x->content_max && !srv_admit_content(c))
        answer_short(c);
}

static void parse_content(struct srv_connection *c)
{
    struct srv_input *in = &c->input;
    in->next = in->parse.end;
    do {
        size_t used, data;
        in->is = srv_parse_content(&in->parse, in->bytes + in->next, in->used - in->next, &used, &data);
        in->next += used;
        srv_content_take(c, in->bytes + in->next - data, data);
    } while (in->is == SRV_PARSE_CONTENT && in->next < in->used);
}

/* Read on in the bytes that have just come. */
static void parse(struct srv_connection *c)
{
    struct srv_input *in = &c->input;
    const bool in_header = in->is == SRV_PARSE_MORE;
    if (in_header)
        parse_header(c);
    if (in->used && srv_state(c) == SRV_IDLE)
        srv_exchange_begin(c);
    if (in_header && in->is != SRV_PARSE_MORE)
        keep_header(c);
    if (in->is == SRV_PARSE_CONTENT)
        parse_content(c);
    if (is_too_large(in) && !srv_route_takes(in->parse.method, in->parse.target))
        answer_short(c);
}

/* ---- giving ------------------------------------------------------------------------------------------------------ */

/* The library is told that there is input as soon as it waits for any: an event for what the connection can do now.
 * Row end: the end of what the client sends is input, too. */
static void tell_later(struct srv_connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLET, .data.ptr = c->mhd};
    c->input.untaken = true;
    if (c->input.epoll_fd)
        epoll_ctl(c->input.epoll_fd, EPOLL_CTL_MOD, c->fd, &event); /* ENOENT: it is about to be added */
}

/* A client that is refused may still be sending. Closing the socket then would reset the connection, and the client
 * might never read why. */
static void keep_socket(struct srv_connection *c)
{
    const int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
    c->input.linger_fd = fd > 0 ? fd : 0;
}

static ssize_t give_header(struct srv_connection *c, void *buf, size_t cap, bool is_awaited)
{
    struct srv_input *in = &c->input;
    if (in->is == SRV_PARSE_REFUSED)
        keep_socket(c);
    else if (is_awaited || in->ended || in->next < in->used)
        tell_later(c);
    if (in->awaited)
        return give(buf, cap, content);
    const enum wish wish = wish_of(c->exchange.fields[SRV_FIELD_CONNECTION]);
    if (is_awaited)
        return give(buf, cap, wish == CLOSE ? request_awaited_last : request_awaited);
    return give(buf, cap, requests[!strcmp(in->parse.method, "HEAD")][in->parse.is_http10][wish]);
}

ssize_t srv_input_read(struct srv_connection *c, void *buf, size_t n, srv_source *source, void *from)
{
    struct srv_input *in = &c->input;
    if (!in->begun) {
        begin(c);
        if (in->used)
            parse(c);
    }
    while (in->is == SRV_PARSE_MORE || in->is == SRV_PARSE_CONTENT) {
        if (in->is == SRV_PARSE_CONTENT && !in->awaited && srv_parse_expects(&in->parse)) {
            const ssize_t given = give_header(c, buf, n, true);
            in->awaited = true;
            return given;
        }
        const size_t room = make_room(in);
        errno = ENOMEM;
        const ssize_t got = room ? source(from, in->bytes + in->used, room) : -1;
        if (got <= 0)
            return got;
        in->used += (size_t)got;
        parse(c);
    }
    in->given = true;
    return give_header(c, buf, n, false);
}

bool srv_input_is_busy(struct srv_connection *c)
{
    c->input.untaken |= c->input.given;
    return c->input.given;
}

void srv_input_next(struct srv_connection *c)
{
    struct srv_input *in = &c->input;
    in->begun = in->given = in->awaited = false;
    if (in->next < in->used || in->cap <= FIRST_BYTES)
        return;
    free(in->bytes);
    in->bytes = NULL;
    in->used = in->next = in->cap = 0;
}

void srv_input_free(struct srv_connection *c)
{
    free(c->input.bytes);
    c->input.bytes = NULL;
}
