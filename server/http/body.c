/* see body.h */
#include "http/body.h"

#include <stdio.h>
#include <string.h>

#include "cache/blob.h"
#include "cache/job.h"

#define FRAME_MAX 512

/* The whole representation in memory, NULL if it is not. */
static const uint8_t *whole(const struct srv_reply *reply)
{
    struct srv_blob *blob = reply->kind == SRV_BODY_JOB ? srv_job_blob(reply->job) : reply->blob;
    if (reply->kind == SRV_BODY_TEXT)
        return (const uint8_t *)reply->text;
    return blob && reply->kind != SRV_BODY_STREAM ? blob->bytes : NULL;
}

const uint8_t *srv_body_memory(const struct srv_reply *reply)
{
    const uint8_t *bytes = whole(reply);
    if (!bytes || reply->n_ranges > 1)
        return NULL;
    return bytes + (reply->n_ranges ? reply->ranges[0].first : 0);
}

/* Read the representation, whatever its kind; the caller keeps within its length. */
static size_t read_source(const struct srv_reply *reply, uint64_t offset, uint8_t *buf, size_t n)
{
    const uint8_t *bytes = whole(reply);
    if (!bytes)
        return reply->stream.read ? reply->stream.read(reply->stream.ctx, offset, buf, n) : 0;
    memcpy(buf, bytes + offset, n);
    return n;
}

/* The text before part i, or after the last when i == n_ranges. */
static size_t frame(const struct srv_reply *reply, size_t i, char out[FRAME_MAX])
{
    if (i == reply->n_ranges)
        return (size_t)snprintf(out, FRAME_MAX, "\r\n--%s--\r\n", reply->boundary);
    const struct srv_range *range = &reply->ranges[i];
    return (size_t)snprintf(
        out, FRAME_MAX, "%s--%s\r\nContent-Type: %.200s\r\nContent-Range: bytes %llu-%llu/%llu\r\n\r\n",
        i ? "\r\n" : "", reply->boundary, reply->part_type ? reply->part_type : "application/octet-stream",
        (unsigned long long)range->first, (unsigned long long)(range->first + range->length - 1),
        (unsigned long long)reply->length);
}

uint64_t srv_body_length(const struct srv_reply *reply)
{
    char text[FRAME_MAX];
    uint64_t length = 0;
    if (reply->n_ranges == 0)
        return reply->length;
    if (reply->n_ranges == 1)
        return reply->ranges[0].length;
    for (size_t i = 0; i < reply->n_ranges; i++)
        length += frame(reply, i, text) + reply->ranges[i].length;
    return length + frame(reply, reply->n_ranges, text);
}

/* A run of wire bytes [*at, *at + length): take the part of [offset, offset + cap) that lies in it, to read or to
 * prepare. */
struct window {
    uint64_t at, offset;
    uint8_t *buf;         /* NULL: prepare */
    struct srv_job **job; /* to prepare: what to wait for */
    size_t cap, done;
};

/* How many bytes of the run are wanted now, and where in the run they begin. */
static size_t overlap(const struct window *w, uint64_t length, uint64_t *skip)
{
    uint64_t wanted = w->offset + w->done;
    if (wanted < w->at || wanted >= w->at + length || w->done == w->cap)
        return 0;
    *skip = wanted - w->at;
    uint64_t left = length - *skip;
    return left < w->cap - w->done ? (size_t)left : w->cap - w->done;
}

static void put_text(struct window *w, const char *text, size_t length)
{
    uint64_t skip;
    size_t n = overlap(w, length, &skip);
    if (n && w->buf)
        memcpy(w->buf + w->done, text + skip, n);
    w->done += n;
    w->at += length;
}

/* Bytes of the representation that could be read or need no job; all n of them, or the walk ends. */
static size_t take(struct window *w, const struct srv_reply *reply, uint64_t offset, size_t n)
{
    if (w->buf)
        return read_source(reply, offset, w->buf + w->done, n);
    return reply->stream.prepare(reply->stream.ctx, offset, n, w->job) && !*w->job ? n : 0;
}

static bool put_part(struct window *w, const struct srv_reply *reply, const struct srv_range *range)
{
    uint64_t skip;
    size_t n = overlap(w, range->length, &skip);
    size_t got = n ? take(w, reply, range->first + skip, n) : 0;
    w->done += got;
    w->at += range->length;
    return got == n;
}

/* False: a part could not be taken whole. */
static bool walk(struct window *w, const struct srv_reply *reply)
{
    const struct srv_range everything = {0, reply->length};
    char text[FRAME_MAX];
    if (reply->n_ranges < 2)
        return put_part(w, reply, reply->n_ranges ? &reply->ranges[0] : &everything);
    for (size_t i = 0; i < reply->n_ranges; i++) {
        put_text(w, text, frame(reply, i, text));
        if (!put_part(w, reply, &reply->ranges[i]))
            return false;
    }
    put_text(w, text, frame(reply, reply->n_ranges, text));
    return true;
}

size_t srv_body_read(const struct srv_reply *reply, uint64_t offset, uint8_t *buf, size_t cap)
{
    struct window w = {.offset = offset, .buf = buf, .cap = cap};
    walk(&w, reply);
    return w.done;
}

bool srv_body_prepare(const struct srv_reply *reply, uint64_t offset, size_t cap, struct srv_job **job)
{
    struct window w = {.offset = offset, .job = job, .cap = cap};
    *job = NULL;
    return reply->kind != SRV_BODY_STREAM || !reply->stream.prepare || walk(&w, reply) || *job;
}

bool srv_body_wait(const struct srv_reply *reply, uint64_t offset, size_t cap)
{
    struct srv_job *job;
    while (srv_body_prepare(reply, offset, cap, &job)) {
        if (!job)
            return true;
        const bool is_good = srv_job_wait(job) == SRV_OK;
        srv_job_unref(job);
        if (!is_good)
            return false;
    }
    return false;
}
