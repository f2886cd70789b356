/* etag.h - entity tags in conditions (RFC 9110 section 8.8.3 and 13.1). */
#ifndef SRV_HTTP_ETAG_H
#define SRV_HTTP_ETAG_H

#include <stdbool.h>

enum srv_compare { SRV_STRONG, SRV_WEAK };

/* Does the field value, "*" or a list of entity tags, name the tag? `etag` is one in quotes, strong ("\"abc\""). A weak tag of
 * the list matches in weak comparison only. What is behind a syntax error in the list does not count. */
bool srv_etag_listed(const char *field, const char *etag, enum srv_compare compare);

#endif
