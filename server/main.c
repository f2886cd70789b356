/* main.c - the program weightd: read the command line, run the command. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "config.h"
#include "fit.h"
#include "get.h"
#include "help.h"
#include "models.h"
#include "hint.h"
#include "net/daemon.h"
#include "ops/healthcheck.h"
#include "probe.h"
#include "serve.h"
#include "server.h"
#include "wi.h"

static const char *environment(const char *name)
{
    return getenv(name);
}

static int fail(const char *text)
{
    fprintf(stderr, "weightd: %s\n", text);
    return 1;
}

/* A script runs `weightd get` among other commands, so it takes one thread unless --threads asks for more. */
static int get(const struct srv_config *config)
{
    char error[256];
    struct srv_server srv;
    signal(SIGPIPE, SIG_IGN);
    if (!srv_open(&srv, config, config->threads > 1 ? (unsigned)config->threads : 0, error, sizeof error))
        return fail(error);
    srv.http_library = srv_http_library();
    int code = srv_get(&srv);
    srv_close(&srv);
    return code;
}

static int models_check(const struct srv_config *config)
{
    char error[256];
    struct srv_server srv;
    if (!srv_open(&srv, config, 0, error, sizeof error))
        return fail(error);
    int code = srv_models_check(&srv);
    srv_close(&srv);
    return code;
}

static int check_config(const struct srv_config *config)
{
    char error[512];
    if (!srv_hint_links(environ, error, sizeof error))
        fprintf(stderr, "weightd: %s\n", error);
    if (!srv_hint_environment(environ, error, sizeof error) || !srv_config_check(config, error, sizeof error) ||
        !srv_probe(config, error, sizeof error))
        return fail(error);
    puts("the configuration is good");
    return 0;
}

static int healthcheck(const struct srv_config *config)
{
    char error[512];
    bool good = srv_healthcheck(config->bind, (uint16_t)config->port, config->tls_cert, "/readyz", error, sizeof error);
    return good ? 0 : fail(error);
}

static int print_version(void)
{
    printf("weightd %s (libmicrohttpd %s, compiled with %s)\n", WEIGHTD_VERSION, srv_http_library(), __VERSION__);
    return 0;
}

/* Commands that must not run where the numbers would be others. */
static bool makes_numbers(enum srv_command command)
{
    return command == SRV_SERVE || command == SRV_GET || command == SRV_CHECK_CONFIG;
}

int main(int argc, char **argv)
{
    struct srv_config config;
    char error[512];
    if (!srv_config_read(&config, argc, argv, environment, error, sizeof error))
        return fail(error);
    struct wi_error err;
    wi_error_init(&err);
    if (makes_numbers(config.command) && !wi_selftest(&err))
        return fail(err.text);
    srv_fit(&config, srv_memory_limit());
    switch (config.command) {
    case SRV_HELP:
        return srv_help(config.target, stdout, error, sizeof error) ? 0 : fail(error);
    case SRV_VERSION:
        return print_version();
    case SRV_PRINT_CONFIG:
        srv_config_print(&config, stdout);
        return 0;
    case SRV_CHECK_CONFIG:
        return check_config(&config);
    case SRV_HEALTHCHECK:
        return healthcheck(&config);
    case SRV_GET:
        return get(&config);
    case SRV_MODELS_CHECK:
        return models_check(&config);
    case SRV_SERVE:
        break;
    }
    return srv_serve(&config);
}
