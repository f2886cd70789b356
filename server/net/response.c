/* From a reply to a libmicrohttpd response. See net_private.h. */
#include <stdlib.h>
#include <string.h>

#include "cache/blob.h"
#include "http/body.h"
#include "net/net_private.h"
#include "http/conditions.h"
#include "http/finish.h"

/* A body that is being sent; the reply's headers stay behind. */
struct sender {
    struct srv_reply reply;
};

static void free_sender(void *cls)
{
    struct sender *sender = cls;
    srv_reply_deinit(&sender->reply);
    free(sender);
}

static ssize_t read_sender(void *cls, uint64_t offset, char *buf, size_t max)
{
    struct sender *sender = cls;
    size_t n = srv_body_read(&sender->reply, offset, (uint8_t *)buf, max);
    return n ? (ssize_t)n : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Stands for a body of known length that is not sent. */
static ssize_t read_nothing(void *cls, uint64_t offset, char *buf, size_t max)
{
    (void)cls;
    (void)offset;
    (void)buf;
    (void)max;
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* Everything of the reply but its headers. */
static struct sender *sender_take(struct srv_reply *reply)
{
    struct sender *sender = malloc(sizeof *sender);
    if (!sender)
        return NULL;
    sender->reply = *reply;
    sender->reply.n_headers = 0;
    sender->reply.memo_key = NULL;
    reply->kind = SRV_BODY_NONE;
    reply->text = NULL;
    reply->blob = NULL;
    reply->job = reply->digest = NULL;
    reply->stream = (struct srv_reader){0};
    reply->part_type = NULL;
    reply->charged = 0;
    return sender;
}

static size_t block_bytes(uint64_t length)
{
    return length < SRV_BLOCK_BYTES ? (size_t)length : SRV_BLOCK_BYTES;
}

static struct MHD_Response *body_response(struct srv_reply *reply)
{
    uint64_t length = srv_body_length(reply);
    const uint8_t *memory = srv_body_memory(reply);
    struct sender *sender = sender_take(reply);
    if (!sender)
        return NULL;
    struct MHD_Response *response =
        memory ? MHD_create_response_from_buffer_with_free_callback_cls((size_t)length, (void *)(uintptr_t)memory,
                                                                        free_sender, sender)
               : MHD_create_response_from_callback(length, block_bytes(length), read_sender, sender, free_sender);
    if (!response)
        free_sender(sender);
    return response;
}

/* Add the fields that `wanted` accepts (NULL: all). Takes response; NULL in, NULL out. */
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

/* No body, and no word of its length. Before 1.0 the library can do so only if it closes the connection afterwards. */
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
