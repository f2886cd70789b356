/* socket.h - TCP addresses and sockets. */
#ifndef SRV_BASE_SOCKET_H
#define SRV_BASE_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define SRV_BACKLOG 4096 /* connections that may wait to be accepted */

/* Open a listening TCP socket on a numeric address; port 0 picks a free port. "::" takes IPv4 too. Returns the
 * descriptor, which the caller closes, and sets *port to the port in use. -1: *error says why. */
int srv_listen(const char *address, uint16_t *port, char *error, size_t cap);

/* The URL of an address and port; IPv6 is in brackets. */
void srv_listen_url(const char *scheme, const char *address, uint16_t port, char *out, size_t cap);

/* The address of a peer as text, without the port. "-": it is no TCP address, or address is NULL. */
struct sockaddr;
void srv_listen_name(const struct sockaddr *address, char *out, size_t cap);

/* Connect to a server; an "any" address means loopback. Reads and writes fail after so many seconds. Returns the
 * descriptor, which the caller closes; -1: it failed, and errno says why (EINPROGRESS: it took too long). */
int srv_connect(const char *address, uint16_t port, unsigned seconds);

#endif
