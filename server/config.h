/* config.h - the options of weightd: one table row each, from which parsing, --help and --print-config follow.
 *
 * A value comes from the command line (--port 8080 or --port=8080), else from the environment (WEIGHTD_PORT), else from
 * the row's default. Texts are borrowed from argv and the environment. */
#ifndef SRV_CONFIG_H
#define SRV_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"

/* What the program is to do. */
enum srv_command {
    SRV_SERVE,
    SRV_GET,         /* answer `target` on standard output */
    SRV_HEALTHCHECK, /* ask /readyz of the server with this configuration */
    SRV_CHECK_CONFIG,
    SRV_PRINT_CONFIG,
    SRV_HELP,
    SRV_VERSION
};

struct srv_config {
    uint64_t port; /* 0: a free one */
    const char *bind;
    uint64_t threads; /* 0: as many as there are processors to use */
    uint64_t cache_bytes;
    uint64_t work_bytes;
    uint64_t queue;
    uint64_t max_bytes;
    const char *cache_dir; /* NULL: no disk tier */
    uint64_t cache_dir_bytes;

    uint64_t timeout; /* ms; 0: none */
    uint64_t header_bytes;
    uint64_t max_connections;
    uint64_t max_connections_per_address; /* 0: any number */
    uint64_t rate_limit;                  /* requests per second and address; 0: any number */
    uint64_t rate_burst;
    const char *token_file; /* NULL: everybody may ask */
    const char *tls_cert, *tls_key;
    const char *cors_origins;            /* "*", "none", or a list */
    uint64_t drain_delay, drain_timeout; /* ms */
    uint64_t log;                        /* enum srv_log_format */
    const char *log_file;                /* NULL: standard error */

    enum srv_command command;
    const char *target;   /* of get */
    bool include_headers; /* -i of get */
};

enum srv_option_type {
    SRV_OPT_COUNT,    /* a whole number */
    SRV_OPT_BYTES,    /* with suffix K, M, G, T: powers of 1024 */
    SRV_OPT_DURATION, /* with suffix ms, s, m, h; kept in milliseconds; a bare number is seconds */
    SRV_OPT_CHOICE,   /* one of `choices`; kept as its index */
    SRV_OPT_ADDRESS,  /* a numeric IPv4 or IPv6 address, or localhost */
    SRV_OPT_PATH,
    SRV_OPT_TEXT /* visible characters */
};

struct srv_option {
    const char *name; /* "max-bytes": --max-bytes, WEIGHTD_MAX_BYTES */
    enum srv_option_type type;
    size_t offset;     /* in srv_config: uint64_t, or const char * for ADDRESS, PATH and TEXT */
    uint64_t min, max; /* of COUNT, BYTES, DURATION */
    const char *value; /* the default, as it would be written; NULL: none (PATH) */
    const char *choices[4];
    const char *help;
    bool readable;    /* PATH: the file must be there before the server starts */
    const char *with; /* the option that is needed together with this one, and this one with it; NULL: none */
};
const struct srv_option *srv_option_at(unsigned i); /* NULL after the last */

/* Read argv and the environment. False: *error holds one sentence that names what is wrong and what would be right. */
bool srv_config_read(struct srv_config *config, int argc, char **argv, const char *(*env)(const char *name),
                     char *error, size_t cap);

/* Look at what the options name without serving: can the files be read, does an option lack its other half? False: *error
 * says the first fault. What a file must hold, its reader knows. */
bool srv_config_check(const struct srv_config *config, char *error, size_t cap);

void srv_config_help(FILE *out);
/* Every option as the environment would set it: WEIGHTD_PORT=8080. */
void srv_config_print(const struct srv_config *config, FILE *out);

#endif
