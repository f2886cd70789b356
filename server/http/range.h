/* range.h - the Range field (RFC 9110 section 14). */
#ifndef SRV_HTTP_RANGE_H
#define SRV_HTTP_RANGE_H

#include "http/message.h"

enum srv_range_outcome {
    SRV_RANGE_IGNORED,      /* another unit, a syntax error, or more parts than it is sensible to send: answer 200 */
    SRV_RANGE_PARTIAL,      /* answer 206 with these parts */
    SRV_RANGE_UNSATISFIABLE /* answer 416 */
};

/* Read a Range field against a body of `length` bytes. The parts lie within the body, are not empty, and stand in the
 * order of the field. Parts that overlap, touch, or leave a gap smaller than the cost of a part become one part. Bytes
 * beyond the end are cut off. Numbers of any size are read (they saturate). */
enum srv_range_outcome srv_range_read(const char *field, uint64_t length, struct srv_range parts[SRV_RANGES_MAX],
                                      size_t *n_parts);

#endif
