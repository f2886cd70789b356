/* limit.h - how much one client address may ask for: open connections, and requests by a token bucket.
 *
 * A bucket holds up to `burst` requests and gains `rate` per second. IPv6 clients count by their /64, since a client is
 * given at least that much; what is no TCP address is not limited. The table has a fixed size: when it is full of
 * addresses in use, a new one shares the entry of an old one (and is limited with it), so memory stays bounded whatever
 * comes. Time is the caller's.
 *
 * Threads: every function may be called from any thread. */
#ifndef SRV_OPS_LIMIT_H
#define SRV_OPS_LIMIT_H

#include <stdint.h>

struct sockaddr;
struct srv_limit;

struct srv_limit_config {
    uint64_t connections; /* open at once; 0: any number */
    uint64_t rate;        /* requests per second; 0: any number */
    uint64_t burst;       /* requests at once, >= 1 */
};

struct srv_limit *srv_limit_open(const struct srv_limit_config *config); /* NULL: no memory or no random bytes */
void srv_limit_close(struct srv_limit *limit);

/* A connection was opened: a ticket to give back when it is closed, or 0 when the address has too many. */
uint32_t srv_limit_connect(struct srv_limit *limit, const struct sockaddr *address);
/* Give a ticket back; 0 is fine. */
void srv_limit_disconnect(struct srv_limit *limit, uint32_t ticket);

/* A request came: 0 when it may be answered, else after how many whole seconds the next may be tried. */
unsigned srv_limit_request(struct srv_limit *limit, const struct sockaddr *address, uint64_t now_ns);

#endif
