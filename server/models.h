/* models.h - weightd models check DIR: what --models DIR would serve, and what is wrong with it, without a server. */
#ifndef SRV_MODELS_H
#define SRV_MODELS_H

struct srv_server;

/* A line for each repository of config.models, and one for everything that is refused. Returns the exit code: 0 if
 * nothing is. */
int srv_models_check(struct srv_server *srv);

#endif
