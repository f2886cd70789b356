/* json.h - small JSON documents: built with jansson, answered as text.
 *
 * For errors and tables, never for tensors. Text from a request must go through srv_json_ascii, because jansson refuses
 * anything but UTF-8. If memory runs out while a document is built, the reply is `lost`; a document with a hole is
 * never sent. */
#ifndef SRV_HTTP_JSON_H
#define SRV_HTTP_JSON_H

#include <jansson.h>

#include "http/message.h"

/* Have failed allocations of jansson noticed. Call once, before the first document is built. */
void srv_json_init(void);

/* Has an allocation of jansson failed on this thread since the last time that this or srv_json_reply_take was called?
 * Then a document that was built since may have a hole. */
bool srv_json_take_hole(void);

/* A JSON string of at most 1024 bytes of text; bytes outside printable ASCII become '?'. */
json_t *srv_json_ascii(const char *text, size_t len);

/* A JSON number: the shortest decimal that reads back to the value, which must be finite. */
json_t *srv_json_real(double value);

/* Answer with the document, indented, its members in the order in which they were set. `doc` is taken; NULL makes the
 * reply `lost`. */
void srv_json_reply_take(struct srv_reply *reply, int status, const char *content_type, json_t *doc);

#endif
