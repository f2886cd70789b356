/* token.h - the bearer tokens that may ask (RFC 6750).
 *
 * A file has one token per line, or its digest as sha256:HEX, so that the file need not hold secrets; blank lines and
 * lines that begin with # are skipped. Only digests are kept in memory, and all of them are compared in constant time.
 *
 * Threads: srv_tokens_allow from any thread, also during srv_tokens_load. */
#ifndef SRV_OPS_TOKEN_H
#define SRV_OPS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

struct srv_tokens;

struct srv_tokens *srv_tokens_open(void); /* no tokens: nobody may ask. NULL: no memory */
void srv_tokens_close(struct srv_tokens *tokens);

/* Read the file in place of what is known. False: *error says why, and nothing has changed. */
bool srv_tokens_load(struct srv_tokens *tokens, const char *path, char *error, size_t cap);

/* Can everybody on this machine read the file? */
bool srv_tokens_are_exposed(const char *path);

/* May a request with this Authorization field (NULL: none) be answered? */
bool srv_tokens_allow(struct srv_tokens *tokens, const char *authorization);

#endif
