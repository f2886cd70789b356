/* see serve.h */
#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "config.h"
#include "hint.h"
#include "base/cpu.h"
#include "net/daemon.h"
#include "base/socket.h"
#include "base/log.h"
#include "ops/counters.h"
#include "ops/systemd.h"
#include "ops/token.h"
#include "server.h"
#include "cache/disk.h"

#define FILES_BESIDE_CONNECTIONS 64
#define TICK_NS (10 * 1000 * 1000)
#define IDLE_TICKS 20 /* how long a job that has just been answered may take to end */
#define CALM_TICKS 3  /* without a request before the end: the newest client may not have sent its request yet */

/* Block the signals that `run` waits for, in every thread that comes after. A broken pipe becomes an error code of
 * write. Signals that mean nothing here, but something to other servers, do not end the process. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGALRM, SIG_IGN);
}

/* Every connection takes a descriptor: ask the system for enough of them. */
static void raise_file_limit(struct srv_server *srv)
{
    const rlim_t wanted = (rlim_t)srv->config->max_connections + FILES_BESIDE_CONNECTIONS;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur < wanted)
        srv_log_event(srv->log, "the limit of open files (%llu) allows fewer connections than --max-connections %llu",
                      (unsigned long long)files.rlim_cur, (unsigned long long)srv->config->max_connections);
}

static void warn_of_tokens(struct srv_server *srv)
{
    const char *path = srv->config->token_file;
    if (path && srv_tokens_are_exposed(path))
        srv_log_event(srv->log, "--token-file: everybody on this machine can read %.300s; chmod 600 it", path);
}

/* ---- SIGHUP ------------------------------------------------------------------------------------------------------ */

static bool reopen_log(struct srv_server *srv, struct srv_http *http, char *error, size_t cap)
{
    (void)http;
    bool good = srv_log_reopen(srv->log);
    if (!good)
        snprintf(error, cap, "%s: %s", srv->config->log_file, strerror(errno));
    return good;
}

static bool reload_tokens(struct srv_server *srv, struct srv_http *http, char *error, size_t cap)
{
    (void)http;
    warn_of_tokens(srv);
    return !srv->tokens || srv_tokens_load(srv->tokens, srv->config->token_file, error, cap);
}

static bool reload_certificate(struct srv_server *srv, struct srv_http *http, char *error, size_t cap)
{
    (void)srv;
    return srv_http_reload(http, error, cap);
}

static bool reload_models(struct srv_server *srv, struct srv_http *http, char *error, size_t cap)
{
    (void)http;
    return !srv->config->models || srv_load_models(srv, error, cap);
}

/* What SIGHUP does, in this order. False, with an error: nothing has changed. */
static const struct {
    const char *option;
    bool (*reload)(struct srv_server *srv, struct srv_http *http, char *error, size_t cap);
} reloads[] = {
    {"--log-file", reopen_log},
    {"--token-file", reload_tokens},
    {"--tls-cert", reload_certificate},
    {"--models", reload_models},
};

/* The first n rows: SIGUSR1 reloads the log alone. */
static void reload(struct srv_server *srv, struct srv_http *http, size_t n)
{
    char error[512];
    for (size_t i = 0; i < n; i++)
        if (!reloads[i].reload(srv, http, error, sizeof error))
            srv_log_event(srv->log, "%s stays as it was: %s", reloads[i].option, error);
}

/* ---- the life of the server -------------------------------------------------------------------------------------- */

/* Serve until told to stop. */
static void run(struct srv_server *srv, struct srv_http *http, const sigset_t *signals)
{
    const struct timespec tick = {.tv_nsec = 250 * 1000 * 1000};
    for (;;) {
        int number = sigtimedwait(signals, NULL, &tick);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            reload(srv, http, sizeof reloads / sizeof *reloads);
        if (number == SIGUSR1) /* as nginx does: scripts that rotate logs send it */
            reload(srv, http, 1);
        srv_log_flush(srv->log);
        srv_http_tick(http);
        srv_systemd_alive(srv_now_ns());
    }
}

static void pause_briefly(struct srv_http *http)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    nanosleep(&tick, NULL);
    srv_http_tick(http);
    srv_systemd_alive(srv_now_ns());
}

/* Say that the server is about to stop (--drain-delay), take no more connections, and let the requests that have begun
 * finish.
 * True: drained. False: --drain-timeout is over. */
static bool drain(struct srv_server *srv, struct srv_http *http)
{
    const uint64_t quiet = srv_now_ns() + srv->config->drain_delay * 1000000u;
    const uint64_t deadline = quiet + srv->config->drain_timeout * 1000000u;
    srv_systemd("STOPPING=1");
    atomic_store(&srv->draining, true);
    while (srv_now_ns() < quiet)
        pause_briefly(http);
    srv_http_quiesce(http);
    for (unsigned calm = 0; calm < CALM_TICKS;) {
        bool busy = srv_metrics_in_flight_now(srv->metrics) > 0;
        if (srv_now_ns() >= deadline)
            return !busy;
        calm = busy ? 0 : calm + 1;
        pause_briefly(http);
    }
    return true;
}

/* Has the last job ended? Without connections none begins. */
static bool is_idle(struct srv_server *srv)
{
    const struct timespec tick = {.tv_nsec = TICK_NS};
    struct srv_cache_stats stats = {0};
    for (unsigned i = 0; i < IDLE_TICKS; i++) {
        srv_cache_stats(srv->cache, &stats);
        if (stats.pending == 0)
            return true;
        nanosleep(&tick, NULL);
    }
    return false;
}

static void serve(struct srv_server *srv, struct srv_http *http, uint16_t port, const sigset_t *signals)
{
    char url[128];
    srv_listen_url(srv->config->tls_cert ? "https" : "http", srv->config->bind, port, url, sizeof url);
    printf("weightd listening on %s\n", url);
    fflush(stdout);
    srv_systemd("READY=1");
    run(srv, http, signals);
    bool drained = drain(srv, http);
    srv_http_close(http);
    if (drained && is_idle(srv))
        return;
    /* A job that still runs cannot be stopped, and nobody wants its result: do not wait for it. */
    if (drained && srv->disk)
        srv_disk_flush(srv->disk);
    if (!drained)
        srv_log_event(srv->log, "answers were cut short: --drain-timeout was over");
    srv_log_finish(srv->log);
    _exit(0);
}

int srv_serve(const struct srv_config *config)
{
    char error[512];
    uint16_t port = (uint16_t)config->port;
    sigset_t signals;
    struct srv_server srv;
    unsigned threads = config->threads ? (unsigned)config->threads : srv_cpu_count();
    block_signals(&signals);
    if (!srv_config_check(config, error, sizeof error) || !srv_open(&srv, config, threads, error, sizeof error)) {
        fprintf(stderr, "weightd: %s\n", error);
        return 1;
    }
    srv.http_library = srv_http_library();
    if (!srv_hint_links(environ, error, sizeof error))
        srv_log_event(srv.log, "%s", error);
    if (!srv_hint_environment(environ, error, sizeof error))
        srv_log_event(srv.log, "%s", error);
    raise_file_limit(&srv);
    warn_of_tokens(&srv);
    struct srv_listener listener;
    bool listens = srv_listen(config->bind, &port, &listener, error, sizeof error);
    struct srv_http *http = listens ? srv_http_open(&srv, &listener, threads, error, sizeof error) : NULL;
    if (http)
        serve(&srv, http, port, &signals);
    else
        fprintf(stderr, "weightd: %s\n", error);
    srv_close(&srv);
    return !http;
}
