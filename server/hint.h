/* hint.h - "did you mean": what to say of a word, an option or a variable that weightd does not know.
 *
 * Each function writes one sentence to *error, cut at cap bytes. Nothing is kept. */
#ifndef SRV_HINT_H
#define SRV_HINT_H

#include <stdbool.h>
#include <stddef.h>

/* Of an option or command of the command line, with or without =value: "--prot". */
void srv_hint_option(const char *arg, char *error, size_t cap);
/* Of a word that belongs to no option: a number may be a port, a path a target of get. */
void srv_hint_word(const char *word, char *error, size_t cap);
/* Look for a variable WEIGHTD_* that sets no option and that no client reads. variables: as in environ, NULL-terminated.
 * False: there is one, and *error names the first one and the nearest variable that sets an option. */
bool srv_hint_environment(char *const *variables, char *error, size_t cap);

/* Container platforms name the address of a service called weightd in variables that weightd would read as options:
 * WEIGHTD_PORT=tcp://10.0.0.1:8080, WEIGHTD_SERVICE_HOST, WEIGHTD_PORT_8080_TCP_ADDR. Is this such a variable? */
bool srv_hint_is_link(const char *name, const char *value);
/* Look for such variables. False: there are some, they are ignored, and *error says so, naming the first. */
bool srv_hint_links(char *const *variables, char *error, size_t cap);

#endif
