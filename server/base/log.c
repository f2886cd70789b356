/* see log.h */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log_queue.h"

#define LINE_MAX 2048
#define EVENT_BYTES 512
#define EVENT_MS 200   /* how long an event may wait until it is written */
#define FINISH_MS 1000 /* as long for all lines at the end */

struct srv_log {
    enum srv_log_format format;
    const char *path;
    struct srv_log_queue *queue;
};

/* A line that is being written. A longer one is cut. */
struct line {
    char text[LINE_MAX];
    size_t n;
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct line *line, const char *format, ...)
{
    va_list args;
    size_t room = sizeof line->text - line->n;
    va_start(args, format);
    int n = vsnprintf(line->text + line->n, room, format, args);
    va_end(args);
    if (n > 0)
        line->n += (size_t)n < room ? (size_t)n : room - 1;
}

/* A text of the client, escaped as in JSON, and cut after `most` bytes. */
static void put_escaped(struct line *line, const char *text, size_t most)
{
    for (size_t i = 0; text && text[i] && i < most && line->n < sizeof line->text - 8; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            put(line, "\\%c", c);
        else if (c < ' ' || c > '~')
            put(line, "\\u%04x", c);
        else
            line->text[line->n++] = (char)c;
    }
}

static void put_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    put(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* ---- output ---------------------------------------------------------------------------------------------------- */

static int open_file(const char *path, int more)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more, 0640);
}

bool srv_log_can_open(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENXIO) /* a pipe that nobody reads yet */
        return true;
    if (fd < 0 && errno == ENOENT) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (fd >= 0)
            unlink(path);
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void end_line(struct line *line)
{
    line->text[line->n < sizeof line->text - 1 ? line->n++ : line->n - 1] = '\n';
}

void srv_log_flush(struct srv_log *log)
{
    srv_log_queue_flush(log->queue);
}

void srv_log_finish(struct srv_log *log)
{
    srv_log_queue_drain(log->queue, FINISH_MS);
}

uint64_t srv_log_lost(struct srv_log *log)
{
    return srv_log_queue_lost(log->queue);
}

bool srv_log_reopen(struct srv_log *log)
{
    if (!log->path)
        return true;
    int fd = open_file(log->path, O_NONBLOCK); /* of a pipe that nobody reads: the old one stays */
    if (fd >= 0)
        srv_log_queue_switch(log->queue, fd);
    return fd >= 0;
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

/* n digits of lower case that are not all zero? */
static bool is_id(const char *text, size_t n)
{
    return strspn(text, "0123456789abcdef") >= n && strspn(text, "0") < n;
}

/* "00-" 32 hex digits "-" 16 hex digits "-" 2 hex digits, ids not all zero: the trace id, else NULL. */
static const char *trace_id(const char *traceparent)
{
    return traceparent && strlen(traceparent) == 55 && !strncmp(traceparent, "00-", 3) && is_id(traceparent + 3, 32) &&
                   traceparent[35] == '-' && is_id(traceparent + 36, 16) && traceparent[52] == '-'
               ? traceparent + 3
               : NULL;
}

static void put_json(struct line *line, const char *key, const char *text, size_t most)
{
    if (!text)
        return;
    put(line, ",\"%s\":\"", key);
    put_escaped(line, text, most);
    put(line, "\"");
}

static void json_line(struct line *line, const struct srv_log_request *r)
{
    put(line, "{\"time\":\"");
    put_time(line);
    put(line, "\"");
    put_json(line, "client", r->client, 64);
    put_json(line, "method", r->method, 16);
    put_json(line, "target", r->target, 1024);
    put_json(line, "route", r->route, 64);
    put(line, ",\"status\":%d,\"bytes\":%llu,\"seconds\":%.6f", r->status, (unsigned long long)r->body_bytes,
        (double)r->ns / 1e9);
    put_json(line, "cache", r->cache, 128);
    put_json(line, "trace_id", trace_id(r->traceparent), 32);
    put_json(line, "request_id", r->request_id, 64);
    put(line, "}");
}

static void text_line(struct line *line, const struct srv_log_request *r)
{
    const char *trace = trace_id(r->traceparent);
    put_time(line);
    put(line, " %s \"", r->client);
    put_escaped(line, r->method, 16);
    put(line, " ");
    put_escaped(line, r->target, 1024);
    put(line, "\" %d %llu %.6f", r->status, (unsigned long long)r->body_bytes, (double)r->ns / 1e9);
    if (r->cache)
        put(line, " %s", r->cache);
    if (trace)
        put(line, " trace=%.32s", trace);
    if (r->request_id) {
        put(line, " id=");
        put_escaped(line, r->request_id, 64);
    }
}

bool srv_log_wants_requests(const struct srv_log *log)
{
    return log->format != SRV_LOG_OFF;
}

void srv_log_request(struct srv_log *log, const struct srv_log_request *request)
{
    struct line line;
    line.n = 0;
    if (log->format == SRV_LOG_OFF)
        return;
    if (log->format == SRV_LOG_JSON)
        json_line(&line, request);
    else
        text_line(&line, request);
    end_line(&line);
    srv_log_queue_put(log->queue, line.text, line.n);
}

/* An event as a line. */
static void event_line(struct line *line, enum srv_log_format format, const char *text)
{
    line->n = 0;
    put(line, format == SRV_LOG_JSON ? "{\"time\":\"" : "");
    put_time(line);
    put(line, format == SRV_LOG_JSON ? "\",\"event\":\"" : " weightd: ");
    put_escaped(line, text, EVENT_BYTES);
    put(line, format == SRV_LOG_JSON ? "\"}" : "");
    end_line(line);
}

void srv_log_event(struct srv_log *log, const char *format, ...)
{
    char text[EVENT_BYTES];
    struct line line;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    event_line(&line, log->format, text);
    srv_log_queue_put(log->queue, line.text, line.n);
    srv_log_queue_drain(log->queue, EVENT_MS);
}

/* ---- opening and closing --------------------------------------------------------------------------------------- */

static size_t lost_line(void *arg, uint64_t n, char *out, size_t cap)
{
    const struct srv_log *log = arg;
    char text[128];
    struct line line;
    snprintf(text, sizeof text, "%llu lines of the log were lost: they could not be written", (unsigned long long)n);
    event_line(&line, log->format, text);
    const size_t len = line.n < cap ? line.n : cap;
    memcpy(out, line.text, len);
    return len;
}

struct srv_log *srv_log_open(enum srv_log_format format, const char *path)
{
    const int fd = path ? open_file(path, 0) : STDERR_FILENO;
    struct srv_log *log = fd < 0 ? NULL : malloc(sizeof *log);
    if (log) {
        *log = (struct srv_log){.format = format, .path = path};
        log->queue = srv_log_queue_open(fd, path, lost_line, log);
    }
    if (log && log->queue)
        return log;
    free(log);
    if (path && fd >= 0)
        close(fd);
    return NULL;
}

void srv_log_close(struct srv_log *log)
{
    if (!log)
        return;
    srv_log_queue_close(log->queue);
    free(log);
}
