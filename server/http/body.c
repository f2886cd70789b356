/* see body.h */
#include "http/body.h"

#include <stdio.h>
#include <string.h>

#include "cache/blob.h"
#include "cache/cache.h"

#define FRAME_MAX 512

bool srv_body_pending(const struct srv_reply *reply)
{
    return reply->job && !srv_job_ready(reply->job);
}

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

/* A run of wire bytes [*at, *at + length): copy what of [offset, offset + cap) lies in it. */
struct window {
    uint64_t at, offset;
    uint8_t *buf;
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
    if (n)
        memcpy(w->buf + w->done, text + skip, n);
    w->done += n;
    w->at += length;
}

static bool put_part(struct window *w, const struct srv_reply *reply, const struct srv_range *range)
{
    uint64_t skip;
    size_t n = overlap(w, range->length, &skip);
    size_t got = n ? read_source(reply, range->first + skip, w->buf + w->done, n) : 0;
    w->done += got;
    w->at += range->length;
    return got == n;
}

size_t srv_body_read(const struct srv_reply *reply, uint64_t offset, uint8_t *buf, size_t cap)
{
    const struct srv_range everything = {0, reply->length};
    struct window w = {0, offset, buf, cap, 0};
    char text[FRAME_MAX];
    if (reply->n_ranges < 2) {
        put_part(&w, reply, reply->n_ranges ? &reply->ranges[0] : &everything);
        return w.done;
    }
    for (size_t i = 0; i < reply->n_ranges; i++) {
        put_text(&w, text, frame(reply, i, text));
        if (!put_part(&w, reply, &reply->ranges[i]))
            return w.done;
    }
    put_text(&w, text, frame(reply, reply->n_ranges, text));
    return w.done;
}
