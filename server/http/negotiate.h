/* negotiate.h - content negotiation by the fields Accept and Accept-Encoding (RFC 9110 section 12.5).
 *
 * Qualities are thousandths: 1000 wanted most, 0 refused. Pure: no memory. */
#ifndef SRV_HTTP_NEGOTIATE_H
#define SRV_HTTP_NEGOTIATE_H

#include <stddef.h>

/* The quality of a media type ("application/json") under an Accept field; the most specific matching range counts, and
 * the highest q among equally specific ones. Parameters other than q are ignored. field NULL: absent, everything is
 * 1000. */
unsigned srv_negotiate_type(const char *field, const char *media_type);

/* The quality of a content coding ("gzip", "identity") under an Accept-Encoding field. Without a field only identity is
 * sent; identity is refused only by name or by "*;q=0". */
unsigned srv_negotiate_coding(const char *field, const char *coding);

#endif
