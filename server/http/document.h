/* document.h - what every text that a handler made whole goes through before it is sent.
 *
 * It is compressed if that was asked for (coding.h). One that caches may keep (Cache-Control: public) gets a strong ETag, the
 * digest of its bytes as they are sent, and with it conditions and ranges (conditions.h). Such a text must be the same
 * whenever the same target is asked of this process. */
#ifndef SRV_HTTP_DOCUMENT_H
#define SRV_HTTP_DOCUMENT_H

#include "http/message.h"

/* A reply that is no text, or has an ETag, stays as it is. */
void srv_document(const struct srv_request *req, struct srv_reply *reply);

#endif
