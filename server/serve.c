/* see serve.h */
#include "serve.h"

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
#include "base/cpu.h"
#include "net/daemon.h"
#include "base/socket.h"
#include "base/log.h"
#include "ops/counters.h"
#include "ops/systemd.h"
#include "server.h"
#include "cache/disk.h"

#define FILES_BESIDE_CONNECTIONS 64
#define IDLE_TICKS 20 /* of 10 ms, for a computation that has just been answered to come to its end */
#define CALM_TICKS 3  /* without a request, before the end: who connected last has hardly asked yet */

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

/* Every connection takes a descriptor: ask for as many as the system gives. */
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

static void reload(struct srv_server *srv, struct srv_http *http)
{
    char error[256];
    srv_reload(srv);
    if (!srv_http_reload(http, error, sizeof error))
        srv_log_event(srv->log, "the certificate stays as it was: %s", error);
}

/* Serve until told to stop. */
static void run(struct srv_server *srv, struct srv_http *http, const sigset_t *signals)
{
    const struct timespec tick = {.tv_nsec = 250 * 1000 * 1000};
    for (;;) {
        int number = sigtimedwait(signals, NULL, &tick);
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            reload(srv, http);
        srv_log_flush(srv->log);
        srv_http_tick(http);
        srv_systemd_alive(srv_now_ns());
    }
}

static void pause_briefly(struct srv_http *http)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
    nanosleep(&tick, NULL);
    srv_http_tick(http);
    srv_systemd_alive(srv_now_ns());
}

/* Say that we are about to leave, then take no more connections, and let the requests that have begun finish. False: time ran
 * out. */
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

/* Is nothing being computed any more? Without connections nothing new begins. */
static bool is_idle(struct srv_server *srv)
{
    const struct timespec tick = {.tv_nsec = 10 * 1000 * 1000};
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
    /* What is still being computed cannot be stopped and is wanted by nobody: do not wait for it. */
    if (drained && srv->store)
        srv_disk_flush(srv->store);
    if (!drained)
        srv_log_event(srv->log, "answers were cut short: --drain-timeout was over");
    srv_log_flush(srv->log);
    _exit(0);
}

int srv_serve(const struct srv_config *config)
{
    char error[256];
    uint16_t port = (uint16_t)config->port;
    sigset_t signals;
    struct srv_server srv;
    unsigned threads = config->threads ? (unsigned)config->threads : srv_cpu_count();
    block_signals(&signals);
    if (!srv_open(&srv, config, threads, error, sizeof error)) {
        fprintf(stderr, "weightd: %s\n", error);
        return 1;
    }
    srv.http_library = srv_http_library();
    raise_file_limit(&srv);
    int fd = srv_listen(config->bind, &port, error, sizeof error);
    struct srv_http *http = fd < 0 ? NULL : srv_http_open(&srv, fd, threads, error, sizeof error);
    if (http)
        serve(&srv, http, port, &signals);
    else
        fprintf(stderr, "weightd: %s\n", error);
    srv_close(&srv);
    return !http;
}
