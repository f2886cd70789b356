/* socket.h - TCP addresses and sockets. */
#ifndef SRV_BASE_SOCKET_H
#define SRV_BASE_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define SRV_BACKLOG 4096 /* connections that may wait to be accepted */

/* A listening TCP socket on a numeric address; port 0 picks a free one. "::" also takes IPv4. Returns the descriptor and
 * sets *port to the one in use; -1: *error says why. The caller closes it. */
int srv_listen(const char *address, uint16_t *port, char *error, size_t cap);

/* The address as a URL writes it: IPv6 in brackets. */
void srv_listen_url(const char *scheme, const char *address, uint16_t port, char *out, size_t cap);

/* A peer's address as text, without the port; "-" for what is no TCP address. address may be NULL. */
struct sockaddr;
void srv_listen_name(const struct sockaddr *address, char *out, size_t cap);

/* Connect to a server on that address and port (an "any" address means loopback), reads and writes to give up after so
 * many seconds. -1: it failed, errno says why (EINPROGRESS: it took too long). The caller
 * closes it. */
int srv_connect(const char *address, uint16_t port, unsigned seconds);

#endif
