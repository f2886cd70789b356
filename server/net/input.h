/* input.h - what a connection's client sends, before libmicrohttpd sees it.
 *
 * Requests are read and judged here (http/parse.h), and nobody else reads them. The library is given a request of
 * our own making in their place, as short as can be: a GET or a HEAD of "/" with the client's version and wish to
 * close. So the library has nothing to refuse, and every answer on the wire is made, counted and logged by weightd,
 * with any version of it.
 *
 * A request is given to the library when its content has come, too; only a client that waits for a 100 has it given
 * before. No more is read until the request is answered.
 *
 * Threads: the daemon's thread that serves the connection. */
#ifndef SRV_NET_INPUT_H
#define SRV_NET_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "http/parse.h"

struct srv_connection;

struct srv_input {
    bool ended;    /* the client will send nothing more; what it has sent may not be read yet */
    bool untaken;  /* there may be input that no event of the socket will tell of */
    bool begun;    /* with the bytes of a request */
    bool given;    /* the library has the request, all of it */
    bool awaited;  /* the library has the header, and has asked the client for the content */
    int epoll_fd;  /* the set of the daemon's thread; 0: not known yet */
    int linger_fd; /* a second descriptor of a connection whose client may still be sending; 0: none */
    char *bytes;   /* owned */
    size_t used, cap;
    size_t next; /* the first byte that does not belong to the request */
    enum srv_parsed is;
    struct srv_parse parse; /* its texts lie in `bytes` */
};

/* As recv; `from` is given to it. */
typedef ssize_t srv_source(void *from, void *bytes, size_t n);

/* In place of the library's recv. Returns what the source returned if there is no whole request yet. Not to be
 * called while srv_input_is_busy. */
ssize_t srv_input_read(struct srv_connection *c, void *buf, size_t n, srv_source *source, void *from);

/* Row half: has the library a request that is not answered yet? It must not read then: it would take the end of a
 * client that has sent all it has to say for the end of the connection. */
bool srv_input_is_busy(struct srv_connection *c);

/* The request is answered, or dropped. */
void srv_input_next(struct srv_connection *c);
void srv_input_free(struct srv_connection *c);

#endif
