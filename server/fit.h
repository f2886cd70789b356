/* fit.h - defaults that fit the memory there is. */
#ifndef SRV_FIT_H
#define SRV_FIT_H

#include <stdint.h>

struct srv_config;

/* Where the limit, in bytes, is less than the defaults of --cache-bytes and --work-bytes with SRV_FIT_REST_BYTES: make
 * those smaller that were not given. What was given stays as it is. */
#define SRV_FIT_REST_BYTES (UINT64_C(256) << 20) /* for all the rest of the process (docs/OPERATIONS.md) */
void srv_fit(struct srv_config *config, uint64_t limit);

#endif
