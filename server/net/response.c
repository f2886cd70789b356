/* From a reply to a libmicrohttpd response. See net_private.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/blob.h"
#include "http/body.h"
#include "net/net_private.h"
#include "http/conditions.h"
#include "http/finish.h"

/* What libmicrohttpd allocates for a response, at most, and for each of its fields beside name and value. */
#define RESPONSE_BYTES 320
#define FIELD_BYTES (7 * sizeof(void *))

/* A body that is being sent on a connection. */
struct sending {
    struct srv_connection *c;
    struct srv_job *job;    /* reference: must be done before reading goes on; NULL: none */
    struct srv_reply reply; /* without headers */
};

static void drop_job(struct sending *sending)
{
    srv_job_unref(sending->job);
    sending->job = NULL;
}

/* The connection may end while it waits. */
static void free_sending(void *cls)
{
    struct sending *sending = cls;
    if (sending->job)
        srv_wait_end(sending->c);
    drop_job(sending);
    srv_reply_deinit(&sending->reply);
    free(sending);
}

/* The connection was resumed: is the job done, and well? */
static bool end_wait(struct sending *sending)
{
    const bool is_done = srv_wait_end(sending->c) == SRV_WAIT_DONE && srv_job_code(sending->job) == SRV_OK;
    drop_job(sending);
    srv_state_set(sending->c, SRV_SENDING, srv_now_ns());
    return is_done;
}

/* Suspends the connection when a job must be done first: 0 bytes then. An error cuts the connection, as the status line
 * is gone. */
static ssize_t read_sending(void *cls, uint64_t offset, char *buf, size_t max)
{
    struct sending *sending = cls;
    if ((sending->job && !end_wait(sending)) || !srv_body_prepare(&sending->reply, offset, max, &sending->job))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (sending->job) {
        if (srv_wait_for_job(sending->c, sending->job))
            return 0;
        drop_job(sending);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t n = srv_body_read(&sending->reply, offset, (uint8_t *)buf, max);
    return n ? (ssize_t)n : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The reader of a body that has a length and is never sent. */
static ssize_t read_nothing(void *cls, uint64_t offset, char *buf, size_t max)
{
    (void)cls;
    (void)offset;
    (void)buf;
    (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Move the body out of the reply. NULL: no memory. */
static struct sending *take_body(struct srv_connection *c, struct srv_reply *reply)
{
    struct sending *sending = malloc(sizeof *sending);
    if (!sending)
        return NULL;
    sending->c = c;
    sending->job = NULL;
    sending->reply = *reply;
    sending->reply.n_headers = 0;
    sending->reply.memo_key = NULL;
    reply->kind = SRV_BODY_NONE;
    reply->text = NULL;
    reply->blob = NULL;
    reply->job = reply->digest = NULL;
    reply->stream = (struct srv_reader){0};
    reply->part_type = NULL;
    reply->charged = 0;
    return sending;
}

static size_t block_bytes(uint64_t length)
{
    return length < SRV_BLOCK_BYTES ? (size_t)length : SRV_BLOCK_BYTES;
}

static struct MHD_Response *body_response(struct srv_connection *c, struct srv_reply *reply)
{
    uint64_t length = srv_body_length(reply);
    const uint8_t *memory = srv_body_memory(reply);
    struct sending *sending = take_body(c, reply);
    if (!sending)
        return NULL;
    struct MHD_Response *response =
        memory ? MHD_create_response_from_buffer_with_free_callback_cls((size_t)length, (void *)(uintptr_t)memory,
                                                                        free_sending, sending)
               : MHD_create_response_from_callback(length, block_bytes(length), read_sending, sending, free_sending);
    if (!response)
        free_sending(sending);
    return response;
}

/* Add the headers whose names `wanted` accepts (NULL: all). Takes response; returns it, or NULL for no memory or no
 * response. */
static struct MHD_Response *with_fields(struct MHD_Response *response, const struct srv_reply *reply,
                                        bool (*wanted)(const char *name))
{
    for (size_t i = 0; response && i < reply->n_headers; i++) {
        const struct srv_header *field = &reply->headers[i];
        if ((wanted && !wanted(field->name)) || MHD_add_response_header(response, field->name, field->value) == MHD_YES)
            continue;
        MHD_destroy_response(response);
        response = NULL;
    }
    return response;
}

struct MHD_Response *srv_response_of_memory(const struct srv_reply *reply, const uint8_t *bytes, size_t n)
{
    return with_fields(MHD_create_response_from_buffer(n, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT), reply,
                       NULL);
}

/* Of malloc, with its own header. */
static size_t heap_bytes(size_t n)
{
    return n > 24 ? (n + 8 + 15) / 16 * 16 : 32;
}

size_t srv_response_bytes(const struct srv_reply *reply)
{
    size_t bytes = heap_bytes(RESPONSE_BYTES);
    for (size_t i = 0; i < reply->n_headers; i++)
        bytes += heap_bytes(FIELD_BYTES) + heap_bytes(strlen(reply->headers[i].name) + 1) +
                 heap_bytes(strlen(reply->headers[i].value) + 1);
    return bytes;
}

struct MHD_Response *srv_response_not_modified(const struct srv_reply *reply)
{
    return with_fields(MHD_create_response_from_callback(reply->length, 1, read_nothing, NULL, NULL), reply,
                       srv_field_confirms);
}

/* An answer with neither a body nor its length. Row length: before 1.0 this closes the connection. */
static struct MHD_Response *without_length(void)
{
#if MHD_VERSION >= 0x00097701
    return MHD_create_response_empty(MHD_RF_HEAD_ONLY_RESPONSE);
#else
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, read_nothing, NULL, NULL);
    if (response)
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return response;
#endif
}

struct MHD_Response *srv_response_take(struct srv_connection *c, struct srv_reply *reply)
{
    struct MHD_Response *response;
    if (reply->kind == SRV_BODY_NONE && reply->length == 0)
        response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    else if (reply->length == SRV_LENGTH_UNKNOWN)
        response = without_length();
    else if (reply->kind == SRV_BODY_NONE)
        response = MHD_create_response_from_callback(srv_body_length(reply), 1, read_nothing, NULL, NULL);
    else
        response = body_response(c, reply);
    return with_fields(response, reply, NULL);
}
