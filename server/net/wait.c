/* Connections that wait for a computation, or for their client before its first request. See net_private.h.
 *
 * libmicrohttpd must see exactly one resume per suspend, every suspended connection must be resumed before the daemon is
 * stopped, and a job's call may come from any thread at any time after srv_job_notify. `suspended`, under the lock, decides
 * who resumes: the job's call, or srv_wait_break. The library must not be stopped right after that: once it has begun to
 * stop it sends nothing any more. */
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "net/net_private.h"

/* Looked at per call of poll: bounds the stack. */
#define POLLED 64
/* How long the library is not stopped for the sake of answers that are owed. */
#define OWED_TICKS 100
#define OWED_TICK_NS (10 * 1000 * 1000)

/* Under the lock. */
static void suspend(struct srv_exchange *x)
{
    struct srv_waiting *waiting = &x->http->waiting;
    x->suspended = true;
    x->client_left = false;
    x->prev = NULL;
    x->next = waiting->first;
    if (x->next)
        x->next->prev = x;
    waiting->first = x;
    MHD_suspend_connection(x->connection);
}

/* Under the lock. */
static void let_go(struct srv_exchange *x)
{
    if (x->prev)
        x->prev->next = x->next;
    else
        x->http->waiting.first = x->next;
    if (x->next)
        x->next->prev = x->prev;
    x->next = x->prev = NULL;
    x->suspended = false;
    if (x->for_input)
        epoll_ctl(x->http->waiting.epoll_fd, EPOLL_CTL_DEL, x->fd, NULL);
    x->for_input = false;
    MHD_resume_connection(x->connection);
}

static void resume(struct srv_exchange *x)
{
    struct srv_waiting *waiting = &x->http->waiting;
    pthread_mutex_lock(&waiting->lock);
    if (x->suspended)
        let_go(x);
    pthread_mutex_unlock(&waiting->lock);
}

static void on_done(void *arg)
{
    resume(arg);
}

/* Under the lock. */
static void owe(struct srv_exchange *x)
{
    x->owed = true;
    x->http->waiting.owed++;
}

bool srv_wait_begin(struct srv_exchange *x)
{
    struct srv_waiting *waiting = &x->http->waiting;
    x->job = srv_reply_pending(x->reply);
    x->waiter = (struct srv_waiter){.call = on_done, .arg = x};
    pthread_mutex_lock(&waiting->lock);
    if (waiting->over) {
        owe(x);
        pthread_mutex_unlock(&waiting->lock);
        return false;
    }
    x->phase = SRV_PHASE_WAITING;
    suspend(x);
    pthread_mutex_unlock(&waiting->lock);
    if (!srv_job_notify(x->job, &x->waiter))
        resume(x);
    return true;
}

bool srv_wait_end(struct srv_exchange *x)
{
    srv_job_forget(x->job, &x->waiter); /* even if it was called: the call may not have returned yet */
    return srv_job_ready(x->job);
}

void srv_wait_for_input(struct srv_exchange *x)
{
    struct srv_waiting *waiting = &x->http->waiting;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = x};
    pthread_mutex_lock(&waiting->lock);
    if (!waiting->over && !x->suspended && !epoll_ctl(waiting->epoll_fd, EPOLL_CTL_ADD, x->fd, &event)) {
        x->for_input = true;
        suspend(x);
    }
    pthread_mutex_unlock(&waiting->lock);
}

void srv_wait_wake(struct srv_http *http)
{
    struct epoll_event events[POLLED];
    pthread_mutex_lock(&http->waiting.lock); /* before: whoever is woken otherwise may be gone soon */
    int n = epoll_wait(http->waiting.epoll_fd, events, POLLED, 0);
    for (int i = 0; i < n; i++)
        let_go(events[i].data.ptr);
    pthread_mutex_unlock(&http->waiting.lock);
}

/* Wake those of up to POLLED exchanges, from first on, whose clients have closed; returns where to go on. Under the lock. */
static struct srv_exchange *wake_the_left(struct srv_exchange *first)
{
    struct pollfd polls[POLLED];
    struct srv_exchange *of[POLLED], *x = first;
    nfds_t n = 0;
    for (; x && n < POLLED; x = x->next) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        of[n] = x;
        polls[n++] = (struct pollfd){.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};
    }
    if (poll(polls, n, 0) <= 0)
        return x;
    for (nfds_t i = 0; i < n; i++) {
        if (!polls[i].revents)
            continue;
        of[i]->client_left = true;
        let_go(of[i]);
    }
    return x;
}

void srv_wait_look(struct srv_http *http)
{
    pthread_mutex_lock(&http->waiting.lock);
    for (struct srv_exchange *x = http->waiting.first; x;)
        x = wake_the_left(x);
    pthread_mutex_unlock(&http->waiting.lock);
}

void srv_wait_settle(struct srv_exchange *x)
{
    if (!x->owed)
        return;
    pthread_mutex_lock(&x->http->waiting.lock);
    x->owed = false;
    x->http->waiting.owed--;
    pthread_mutex_unlock(&x->http->waiting.lock);
}

static unsigned owed_now(struct srv_waiting *waiting)
{
    pthread_mutex_lock(&waiting->lock);
    unsigned owed = waiting->owed;
    pthread_mutex_unlock(&waiting->lock);
    return owed;
}

void srv_wait_break(struct srv_http *http)
{
    const struct timespec tick = {.tv_nsec = OWED_TICK_NS};
    pthread_mutex_lock(&http->waiting.lock);
    http->waiting.over = true;
    while (http->waiting.first) {
        struct srv_exchange *x = http->waiting.first;
        if (!x->for_input)
            owe(x);
        let_go(x);
    }
    pthread_mutex_unlock(&http->waiting.lock);
    for (unsigned i = 0; i < OWED_TICKS && owed_now(&http->waiting); i++)
        nanosleep(&tick, NULL);
}
