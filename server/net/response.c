/* From a reply to a libmicrohttpd response. See net_private.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/blob.h"
#include "http/body.h"
#include "net/net_private.h"
#include "http/conditions.h"
#include "http/finish.h"

static void free_reply(void *cls)
{
    struct srv_reply *reply = cls;
    srv_reply_deinit(reply);
    free(reply);
}

static ssize_t read_reply(void *cls, uint64_t offset, char *buf, size_t max)
{
    size_t n = srv_body_read(cls, offset, (uint8_t *)buf, max);
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

/* Move the body into a reply of its own, without headers, which lives until it is sent. NULL: no memory. */
static struct srv_reply *take_body(struct srv_reply *reply)
{
    struct srv_reply *body = malloc(sizeof *body);
    if (!body)
        return NULL;
    *body = *reply;
    body->n_headers = 0;
    body->memo_key = NULL;
    reply->kind = SRV_BODY_NONE;
    reply->text = NULL;
    reply->blob = NULL;
    reply->job = reply->digest = NULL;
    reply->stream = (struct srv_reader){0};
    reply->part_type = NULL;
    reply->charged = 0;
    return body;
}

static size_t block_bytes(uint64_t length)
{
    return length < SRV_BLOCK_BYTES ? (size_t)length : SRV_BLOCK_BYTES;
}

static struct MHD_Response *body_response(struct srv_reply *reply)
{
    uint64_t length = srv_body_length(reply);
    const uint8_t *memory = srv_body_memory(reply);
    struct srv_reply *body = take_body(reply);
    if (!body)
        return NULL;
    struct MHD_Response *response =
        memory ? MHD_create_response_from_buffer_with_free_callback_cls((size_t)length, (void *)(uintptr_t)memory,
                                                                        free_reply, body)
               : MHD_create_response_from_callback(length, block_bytes(length), read_reply, body, free_reply);
    if (!response)
        free_reply(body);
    return response;
}

/* Add the headers whose names `wanted` accepts (NULL: all). Takes response; returns it, or NULL for no memory or no response. */
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

struct MHD_Response *srv_response_not_modified(const struct srv_reply *reply)
{
    return with_fields(MHD_create_response_from_callback(reply->length, 1, read_nothing, NULL, NULL), reply,
                       srv_field_confirms);
}

/* A response without body and without Content-Length. Before 1.0 the library closes the connection after it. */
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

struct MHD_Response *srv_response_take(struct srv_reply *reply)
{
    struct MHD_Response *response;
    if (reply->kind == SRV_BODY_NONE && reply->length == 0)
        response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    else if (reply->length == SRV_LENGTH_UNKNOWN)
        response = without_length();
    else if (reply->kind == SRV_BODY_NONE)
        response = MHD_create_response_from_callback(srv_body_length(reply), 1, read_nothing, NULL, NULL);
    else
        response = body_response(reply);
    return with_fields(response, reply, NULL);
}
