/* get.h - `weightd get TARGET`: one request, answered on standard output, without a socket. */
#ifndef SRV_GET_H
#define SRV_GET_H

struct srv_server;

/* Write the body to standard output, after status and headers if config->include_headers. The body of an error goes to
 * standard error instead (unless headers are shown). Returns the exit code: 0 for a status below 400 whose body could be
 * written, else 1. */
int srv_get(struct srv_server *srv);

#endif
