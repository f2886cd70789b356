/* socket.h - TCP addresses and sockets. */
#ifndef SRV_BASE_SOCKET_H
#define SRV_BASE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SRV_BACKLOG 4096 /* connections that may wait to be accepted */

/* An address to listen on: a numeric one, IPv6 also in brackets, or localhost. */
bool srv_listen_address(const char *text);

/* Can only this machine connect to it? */
bool srv_listen_is_loopback(const char *text);

#define SRV_LISTENERS 2

/* Listening TCP sockets; -1: none. */
struct srv_listener {
    int fd[SRV_LISTENERS];
};

/* Listen on an address; port 0 picks a free port. "::" takes IPv4 too, and is 0.0.0.0 where there is no IPv6. localhost
 * is 127.0.0.1 and, where there is IPv6, ::1 with the same port. *port becomes the port in use; the caller closes the
 * sockets. False: *error says why, and there are none. */
bool srv_listen(const char *address, uint16_t *port, struct srv_listener *listener, char *error, size_t cap);
void srv_listen_close(struct srv_listener *listener);

/* The URL of an address and port; IPv6 is in brackets. */
void srv_listen_url(const char *scheme, const char *address, uint16_t port, char *out, size_t cap);

/* The address of a peer as text, without the port. "-": it is no TCP address, or address is NULL. */
struct sockaddr;
void srv_listen_name(const struct sockaddr *address, char *out, size_t cap);

/* Connect to a server; an "any" address means loopback. Reads and writes fail after so many seconds. Returns the
 * descriptor, which the caller closes; -1: it failed, and errno says why (EINPROGRESS: it took too long). */
int srv_connect(const char *address, uint16_t port, unsigned seconds);

#endif
