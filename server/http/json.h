/* json.h - small JSON documents: built with jansson, answered as text.
 *
 * For documents a person or a client reads (errors, tables, the API description), never for tensors. Text that comes
 * from a request must go through srv_json_ascii: jansson refuses what is not UTF-8. Running out of memory while a
 * document is built ends as a reply that is `lost`, never as a crash or a document with a hole. */
#ifndef SRV_HTTP_JSON_H
#define SRV_HTTP_JSON_H

#include <jansson.h>

#include "http/message.h"

/* Once, before the first document: have jansson's want of memory noticed. */
void srv_json_init(void);

/* A JSON string of at most 1024 bytes of text; bytes outside printable ASCII become '?'. */
json_t *srv_json_ascii(const char *text, size_t len);

/* Answer with the document, indented, its members in the order they were set. `doc` is taken, and may be NULL. */
void srv_json_reply_take(struct srv_reply *reply, int status, const char *content_type, json_t *doc);

#endif
