/* fields.h - request fields: which ones matter, lists of elements, and wishes for digests. Pure: no memory. */
#ifndef SRV_HTTP_FIELDS_H
#define SRV_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/* The request fields that the server reads: identifier and name. The fields up to Transfer-Encoding can change the
 * answer to a GET, or the connection's future; the fields from Host on cannot. */
/* clang-format off */
#define SRV_FIELD_ROWS(ROW)                                \
    ROW(ACCEPT, "Accept")                                  \
    ROW(ACCEPT_ENCODING, "Accept-Encoding")                \
    ROW(ORIGIN, "Origin")                                  \
    ROW(AUTHORIZATION, "Authorization")                    \
    ROW(RANGE, "Range")                                    \
    ROW(IF_NONE_MATCH, "If-None-Match")                    \
    ROW(IF_MATCH, "If-Match")                              \
    ROW(IF_RANGE, "If-Range")                              \
    ROW(IF_MODIFIED_SINCE, "If-Modified-Since")            \
    ROW(IF_UNMODIFIED_SINCE, "If-Unmodified-Since")        \
    ROW(WANT_REPR_DIGEST, "Want-Repr-Digest")              \
    ROW(WANT_CONTENT_DIGEST, "Want-Content-Digest")        \
    ROW(TRANSFER_ENCODING, "Transfer-Encoding")            \
    ROW(HOST, "Host")                                      \
    ROW(CONTENT_LENGTH, "Content-Length")                  \
    ROW(EXPECT, "Expect")                                  \
    ROW(CONNECTION, "Connection")                          \
    ROW(REQUEST_METHOD, "Access-Control-Request-Method")   \
    ROW(TRACEPARENT, "traceparent")                        \
    ROW(REQUEST_ID, "X-Request-Id")
/* clang-format on */

#define SRV_FIELD_ID(id, name) SRV_FIELD_##id,
enum srv_field { SRV_FIELD_ROWS(SRV_FIELD_ID) SRV_FIELD_COUNT };
#undef SRV_FIELD_ID

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

/* The next element of a comma separated list (RFC 9110 section 5.6.1), moving *field behind it; empty elements are left
 * out. False at the end. Commas in quoted strings do not count. */
bool srv_list_next(const char **field, struct srv_item *item);

/* The end of the run at p that has none of the characters `stops` outside quoted strings, `end` at most. */
const char *srv_skip_quoted(const char *p, const char *end, const char *stops);

/* Is the element this word, byte for byte? */
bool srv_item_is(const struct srv_item *item, const char *word);

/* Does a Want-Repr-Digest or Want-Content-Digest field (RFC 9530 section 4; NULL: no field) ask for sha-256? */
bool srv_digest_wanted(const char *field);

#endif
