/* main.c - weightd: configuration -> open -> serve -> signal -> drain -> exit code. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "cpu.h"
#include "get.h"
#include "http.h"
#include "listen.h"
#include "srv.h"

static const char *environment(const char *name)
{
    return getenv(name);
}

static int fail(const char *text)
{
    fprintf(stderr, "weightd: %s\n", text);
    return 1;
}

static unsigned threads_of(const struct srv_config *config)
{
    return config->threads ? (unsigned)config->threads : srv_cpu_count();
}

/* The signals that are waited for, blocked in every thread; a broken pipe is an error code of write, no signal. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Serve until told to stop; now and then write out the log. */
static void run(struct srv *srv, struct srv_http *http, const sigset_t *signals)
{
    const struct timespec tick = {.tv_nsec = 250 * 1000 * 1000};
    for (;;) {
        int number = sigtimedwait(signals, NULL, &tick);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            srv_log_reopen(srv->log);
        srv_log_flush(srv->log);
        srv_http_tick(http);
    }
}

/* Let the requests that have begun finish, for a while. */
static void drain(struct srv *srv, struct srv_http *http)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
    atomic_store(&srv->draining, true);
    srv_http_quiesce(http);
    for (int i = 0; i < 3000 && srv_metrics_in_flight_now(srv->metrics) > 0; i++) {
        nanosleep(&tick, NULL);
        srv_http_tick(http);
    }
}

static int serve(const struct srv_config *config)
{
    char error[256], url[128];
    uint16_t port = (uint16_t)config->port;
    sigset_t signals;
    struct srv srv;
    block_signals(&signals);
    if (!srv_open(&srv, config, threads_of(config), error, sizeof error))
        return fail(error);
    int fd = srv_listen(config->bind, &port, error, sizeof error);
    struct srv_http *http = fd < 0 ? NULL : srv_http_open(&srv, fd, threads_of(config), error, sizeof error);
    if (http) {
        srv_listen_url(config->bind, port, url, sizeof url);
        printf("weightd listening on %s\n", url);
        fflush(stdout);
        run(&srv, http, &signals);
        drain(&srv, http);
        srv_http_close(http);
    }
    srv_close(&srv);
    return http ? 0 : fail(error);
}

/* One thread unless more are asked for: a command among others in a script. */
static int get(const struct srv_config *config)
{
    char error[256];
    struct srv srv;
    signal(SIGPIPE, SIG_IGN);
    if (!srv_open(&srv, config, config->threads > 1 ? (unsigned)config->threads : 0, error, sizeof error))
        return fail(error);
    int code = srv_get(&srv);
    srv_close(&srv);
    return code;
}

static int print_version(void)
{
    printf("weightd %s (libmicrohttpd %s, compiled with %s)\n", WEIGHTD_VERSION, srv_http_library(), __VERSION__);
    return 0;
}

int main(int argc, char **argv)
{
    struct srv_config config;
    char error[512];
    if (!srv_config_read(&config, argc, argv, environment, error, sizeof error))
        return fail(error);
    switch (config.command) {
    case SRV_HELP:
        srv_config_help(stdout);
        return 0;
    case SRV_VERSION:
        return print_version();
    case SRV_PRINT_CONFIG:
        srv_config_print(&config, stdout);
        return 0;
    case SRV_CHECK_CONFIG:
        puts("the configuration is good");
        return 0;
    case SRV_HEALTHCHECK:
        return !srv_probe(config.bind, (uint16_t)config.port, "/readyz");
    case SRV_GET:
        return get(&config);
    case SRV_SERVE:
        break;
    }
    return serve(&config);
}
