/* probe.h - --check-config: what a start would open, opened once and left as it was. */
#ifndef SRV_PROBE_H
#define SRV_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct srv_config;

/* Open the address, the log, the token file, the certificate with its key, and write to the cache folder. What is made
 * for that is removed again. A port that is in use is no fault: it may be this very server's. False: *error names the
 * option, the file and the reason. */
bool srv_probe(const struct srv_config *config, char *error, size_t cap);

#endif
