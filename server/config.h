/* config.h - the options of weightd: one table row each. Parsing, --help, --print-config and --check-config walk the
 * table.
 *
 * A value comes from the command line (--port 8080 or --port=8080), else from the environment (WEIGHTD_PORT), else
 * from the row's default. Texts are borrowed from argv and the environment. */
#ifndef SRV_CONFIG_H
#define SRV_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"

/* What the command line asks the program to do. */
enum srv_command {
    SRV_SERVE,
    SRV_GET,          /* answer `target` on standard output */
    SRV_MODELS_CHECK, /* say what --models would serve, and what is wrong with it */
    SRV_HEALTHCHECK,  /* ask /readyz of the server with this configuration */
    SRV_CHECK_CONFIG,
    SRV_PRINT_CONFIG,
    SRV_HELP, /* about `target`, or all if it is NULL */
    SRV_VERSION
};

struct srv_config {
    uint64_t port; /* 0: a free one */
    const char *bind;
    const char *host; /* names that are served beside addresses and localhost; "*": any; NULL: as `bind` says */
    uint64_t threads; /* 0: one per usable processor */
    uint64_t cache_bytes;
    uint64_t work_bytes;
    uint64_t queue;
    uint64_t max_bytes;
    const char *cache_dir; /* NULL: no disk tier */
    uint64_t cache_dir_bytes;
    const char *models; /* NULL: the built-in architectures and presets alone */

    uint64_t timeout; /* ms, for a request to arrive and between two steps of an answer; 0: none */
    uint64_t header_bytes;
    uint64_t max_connections;
    uint64_t max_connections_per_address; /* 0: any number */
    uint64_t rate_limit;                  /* requests per second and address; 0: any number */
    uint64_t rate_burst;
    const char *token_file; /* NULL: everybody may ask */
    const char *tls_cert, *tls_key;
    const char *cors_origins;            /* "*", "none", or origins separated by commas */
    uint64_t drain_delay, drain_timeout; /* ms */
    uint64_t log;                        /* enum srv_log_format */
    const char *log_file;                /* NULL: standard error */

    uint64_t given; /* a bit for each option that the command line or the environment sets, in their order */
    enum srv_command command;
    const char *target;   /* get: what to ask for; models: "check"; help: the topic */
    bool include_headers; /* get: -i was given */
    bool has_word;        /* the command was given as a word: serve, get, models, help */
};

enum srv_option_type {
    SRV_OPT_COUNT,    /* a whole number */
    SRV_OPT_BYTES,    /* with suffix K, M, G, T: powers of 1024 */
    SRV_OPT_DURATION, /* with suffix ms, s, m, h; kept in milliseconds; a bare number is seconds */
    SRV_OPT_CHOICE,   /* one of `choices`; kept as its index */
    SRV_OPT_ADDRESS,  /* a numeric IPv4 or IPv6 address, IPv6 also in brackets, or localhost */
    SRV_OPT_PATH,
    SRV_OPT_TEXT /* visible characters */
};

struct srv_option {
    const char *name; /* "max-bytes": --max-bytes, WEIGHTD_MAX_BYTES */
    enum srv_option_type type;
    size_t offset;     /* in srv_config: uint64_t, or const char * for ADDRESS, PATH and TEXT */
    uint64_t min, max; /* of COUNT, BYTES, DURATION */
    const char *value; /* the default as a user would write it; NULL: none */
    const char *choices[4];
    const char *help;
    bool readable;    /* PATH: the file must be readable before the server starts */
    const char *with; /* the option that must be given if and only if this one is; NULL: none */
    char letter;      /* -p; 0: none */
};
const struct srv_option *srv_option_at(unsigned i); /* NULL after the last */
/* The values that an option allows, for people. */
void srv_option_allowed(const struct srv_option *option, char *out, size_t cap);

/* A word that makes the program do something else than serve: --help. */
struct srv_command_row {
    const char *name;
    enum srv_command command;
    const char *help;
    char letter; /* -h; 0: none */
};
const struct srv_command_row *srv_command_at(unsigned i); /* NULL after the last */

/* The variable of the environment that sets an option: WEIGHTD_MAX_BYTES. */
void srv_config_variable(const struct srv_option *option, char out[64]);
/* The words that may follow -- on the command line: options, then commands; NULL after the last. */
const char *srv_config_word_at(unsigned i);

/* Read argv and the environment into *config. False: *error is one sentence that names the bad word and what is
 * allowed. */
bool srv_config_read(struct srv_config *config, int argc, char **argv, const char *(*env)(const char *name),
                     char *error, size_t cap);

/* Check without serving that files can be read and that options which need each other are both given. False: *error
 * tells the first fault. The contents of the files are not checked. */
bool srv_config_check(const struct srv_config *config, char *error, size_t cap);

/* Is a request for any host answered? Else for addresses, localhost and the names of --host alone. */
bool srv_config_any_host(const struct srv_config *config);

/* Does the command line or the environment set this option? */
bool srv_config_is_given(const struct srv_config *config, const char *name);

/* Print every option as a line that sets it in the environment: WEIGHTD_PORT=8080. */
void srv_config_print(const struct srv_config *config, FILE *out);

#endif
