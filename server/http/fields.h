/* fields.h - request fields: which ones matter, lists of elements, and wishes for digests. Pure: no memory. */
#ifndef SRV_HTTP_FIELDS_H
#define SRV_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* The request fields that the server reads. */
enum srv_field {
    /* Fields that can change the answer to a GET, or the connection's future. */
    SRV_FIELD_ACCEPT,
    SRV_FIELD_ACCEPT_ENCODING,
    SRV_FIELD_ORIGIN,
    SRV_FIELD_AUTHORIZATION,
    SRV_FIELD_RANGE,
    SRV_FIELD_IF_NONE_MATCH,
    SRV_FIELD_IF_MATCH,
    SRV_FIELD_IF_RANGE,
    SRV_FIELD_IF_MODIFIED_SINCE,
    SRV_FIELD_IF_UNMODIFIED_SINCE,
    SRV_FIELD_WANT_REPR_DIGEST,
    SRV_FIELD_WANT_CONTENT_DIGEST,
    SRV_FIELD_TRANSFER_ENCODING,
    /* Fields that cannot. */
    SRV_FIELD_HOST,
    SRV_FIELD_CONTENT_LENGTH,
    SRV_FIELD_EXPECT,
    SRV_FIELD_REQUEST_METHOD, /* Access-Control-Request-Method */
    SRV_FIELD_TRACEPARENT,
    SRV_FIELD_REQUEST_ID,
    SRV_FIELD_COUNT
};

/* Sets of fields. */
#define SRV_BIT(field) (1u << (field))
#define SRV_FIELDS_THAT_MATTER (SRV_BIT(SRV_FIELD_HOST) - 1)

const char *srv_field_name(enum srv_field field);
/* SRV_FIELD_COUNT: the server does not read the field. */
enum srv_field srv_field_find(const char *name, size_t name_len);

/* An element of a list: not terminated, without the blanks around it. */
struct srv_item {
    const char *text;
    size_t len;
};

/* The next element of a comma separated list (RFC 9110 section 5.6.1), moving *field behind it; empty elements are left out.
 * False at the end. Commas in quoted strings do not count. */
bool srv_list_next(const char **field, struct srv_item *item);

/* The end of the run at p that has none of the characters `stops` outside quoted strings, `end` at most. */
const char *srv_skip_quoted(const char *p, const char *end, const char *stops);

/* Is the element this word, byte for byte? */
bool srv_item_is(const struct srv_item *item, const char *word);

/* Does a Want-Repr-Digest or Want-Content-Digest field (RFC 9530 section 4; NULL: no field) ask for sha-256? */
bool srv_digest_wanted(const char *field);

#endif
