/* serve.h - the server's life: open, listen, serve, reload on SIGHUP, drain on SIGTERM or SIGINT. */
#ifndef SRV_SERVE_H
#define SRV_SERVE_H

struct srv_config;

/* Serve until SIGTERM or SIGINT; returns the exit code. Must be called before other threads exist: it blocks the
 * signals that it waits for. */
int srv_serve(const struct srv_config *config);

#endif
