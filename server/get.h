/* get.h - `weightd get TARGET`: one request, answered on standard output, without a socket. */
#ifndef SRV_GET_H
#define SRV_GET_H

struct srv_server;

/* Write the body to standard output, after status and headers if config->include_headers. Without headers the body of
 * an error goes to standard error. Returns the exit code: 0 if the status is below 400 and the body could be written,
 * else 1. */
int srv_get(struct srv_server *srv);

#endif
