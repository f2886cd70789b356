/* see message.h */
#include "http/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cache/blob.h"
#include "cache/job.h"

void srv_reply_init(struct srv_reply *reply)
{
    memset(reply, 0, sizeof *reply);
    reply->status = 200;
}

void srv_reply_drop_body(struct srv_reply *reply)
{
    free(reply->text);
    reply->text = NULL;
    srv_blob_unref(reply->blob);
    reply->blob = NULL;
    srv_job_unref(reply->job);
    srv_job_unref(reply->digest);
    reply->job = reply->digest = NULL;
    if (reply->stream.free)
        reply->stream.free(reply->stream.ctx);
    reply->stream = (struct srv_reader){0};
    reply->kind = SRV_BODY_NONE;
    srv_budget_release(reply->budget, reply->charged);
    reply->charged = 0;
}

struct srv_job *srv_reply_pending(const struct srv_reply *reply)
{
    struct srv_job *const jobs[] = {reply->job, reply->digest}, *pending = NULL;
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        enum srv_code code = jobs[i] ? srv_job_code(jobs[i]) : SRV_OK;
        if (code != SRV_OK && code != SRV_PENDING)
            return NULL;
        if (code == SRV_PENDING)
            pending = jobs[i];
    }
    return pending;
}

bool srv_reply_charge(struct srv_reply *reply, struct srv_budget *budget, uint64_t bytes)
{
    if (!srv_budget_reserve(budget, bytes))
        return false;
    srv_budget_release(reply->budget, reply->charged);
    reply->budget = budget;
    reply->charged = bytes;
    return true;
}

void srv_reply_memo(struct srv_reply *reply, const char *key)
{
    free(reply->memo_key);
    reply->memo_key = strdup(key);
}

static bool listed(const char *name, const char *const *list)
{
    for (; list && *list; list++)
        if (!strcasecmp(name, *list))
            return true;
    return false;
}

void srv_reply_reset(struct srv_reply *reply, const char *const *keep)
{
    size_t n = 0;
    srv_reply_drop_body(reply);
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (listed(reply->headers[i].name, keep))
            reply->headers[n++] = reply->headers[i];
        else
            free(reply->headers[i].value);
    }
    reply->n_headers = n;
    if (!keep) {
        reply->lost = false;
        reply->vary = 0;
        reply->etag[0] = '\0';
    }
    reply->modified = 0;
    reply->caching = SRV_CACHING_UNSAID;
    reply->gzip = reply->again = false;
    reply->cache_status = NULL;
    free(reply->part_type);
    reply->part_type = NULL;
    free(reply->memo_key);
    reply->memo_key = NULL;
    reply->n_ranges = 0;
    reply->length = 0;
    reply->status = 200;
}

void srv_reply_deinit(struct srv_reply *reply)
{
    srv_reply_reset(reply, NULL);
}

static struct srv_header *find(const struct srv_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_headers; i++)
        if (!strcasecmp(reply->headers[i].name, name))
            return (struct srv_header *)&reply->headers[i];
    return NULL;
}

void srv_reply_header(struct srv_reply *reply, const char *name, const char *format, ...)
{
    char *value = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&value, format, args);
    va_end(args);
    if (n < 0) {
        reply->lost = true;
        return;
    }
    struct srv_header *header = find(reply, name);
    if (header) {
        free(header->value);
        header->value = value;
    } else if (reply->n_headers < SRV_HEADERS_MAX) {
        reply->headers[reply->n_headers++] = (struct srv_header){name, value};
    } else {
        reply->lost = true;
        free(value);
    }
}

const char *srv_reply_get(const struct srv_reply *reply, const char *name)
{
    const struct srv_header *header = find(reply, name);
    return header ? header->value : NULL;
}

void srv_reply_text_take(struct srv_reply *reply, int status, const char *content_type, char *text, size_t len)
{
    srv_reply_drop_body(reply);
    reply->status = text ? status : 500;
    reply->lost |= !text;
    reply->kind = SRV_BODY_TEXT;
    reply->text = text;
    reply->length = text ? len : 0;
    srv_reply_header(reply, "Content-Type", "%s", content_type);
}

void srv_reply_text(struct srv_reply *reply, int status, const char *content_type, const char *text)
{
    srv_reply_text_take(reply, status, content_type, strdup(text), strlen(text));
}
