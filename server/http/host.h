/* host.h - is a request meant for this server? A page of another site can have its own name lead to this machine
 * (DNS rebinding), and then a browser takes this server's answers for that site's: only the Host field tells. Pure:
 * no memory. */
#ifndef SRV_HTTP_HOST_H
#define SRV_HTTP_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Is the host of this authority (a name or an address, with or without a port) an IP address, localhost, a name below
 * localhost, or one of the names, which are separated by commas (NULL: none)? */
bool srv_host_is_served(const char *names, const char *authority, size_t len);

#endif
