/* help.h - what the program says about itself, written from the tables of config.h: --help, the manual page and the
 * completion of shells, so that none of them can miss an option. */
#ifndef SRV_HELP_H
#define SRV_HELP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Print a topic: serve, get, models; man, the page weightd(1); bash, a file for bash-completion. NULL: all that is for
 * people. False: there is no such topic, and *error names those there are. */
bool srv_help(const char *topic, FILE *out, char *error, size_t cap);

#endif
