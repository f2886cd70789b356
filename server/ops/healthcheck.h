/* healthcheck.h - the client side of --healthcheck. */
#ifndef SRV_OPS_HEALTHCHECK_H
#define SRV_OPS_HEALTHCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* GET path from the server on that address and port ("any" addresses mean loopback), with TLS if `tls`; the certificate
 * is not checked, for we ask ourselves. True if the answer is a 200 within two seconds. False: *why says what came
 * instead. */
bool srv_healthcheck(const char *address, uint16_t port, bool tls, const char *path, char *why, size_t cap);

#endif
