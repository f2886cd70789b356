/* see wait.h.
 *
 * libmicrohttpd must see exactly one resume per suspend, and every suspended connection must be resumed before the
 * daemon is stopped. A job's call may come from any thread at any time after srv_job_notify. The state under the
 * lock decides who resumes: the job's call, the scan, or srv_wait_stop. The daemon must not be stopped right after
 * that (row stop). */
#include "net/wait.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"
#include "net/net_private.h"

#define POLLED 64 /* connections per call of poll: bounds the stack */
/* After how many seconds, and how often, a client that says nothing is asked whether it is there. */
#define KEEPALIVE_SECONDS 10
#define KEEPALIVE_TIMES 6
/* How long the daemon is not stopped for the sake of unsent answers. */
#define UNSENT_TICKS 100
#define UNSENT_TICK_NS (10 * 1000 * 1000)

REQUIRES(wait_lock) static bool is_suspended_locked(const struct srv_connection *c)
{
    return c->waiting.state == SRV_WAIT_JOB || c->waiting.state == SRV_WAIT_INPUT;
}

REQUIRES(wait_lock) static void suspend_locked(struct srv_connection *c, enum srv_wait_state why)
{
    c->waiting.state = why;
    LIST_INSERT_HEAD(&c->http->wait.suspended, c, waiting.link);
    MHD_suspend_connection(c->mhd);
}

REQUIRES(wait_lock) static void resume_locked(struct srv_connection *c, enum srv_wait_state why)
{
    LIST_REMOVE(c, waiting.link);
    if (c->waiting.state == SRV_WAIT_INPUT)
        epoll_ctl(c->http->wait.input_fd, EPOLL_CTL_DEL, c->fd, NULL);
    c->waiting.state = why;
    MHD_resume_connection(c->mhd);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */

static void on_done(void *arg)
{
    struct srv_connection *c = arg;
    struct srv_wait *wait = &c->http->wait;
    wait_lock_take(&wait->lock);
    if (c->waiting.state == SRV_WAIT_JOB)
        resume_locked(c, SRV_WAIT_DONE);
    wait_lock_give(&wait->lock);
}

bool srv_wait_for_job(struct srv_connection *c, struct srv_job *job)
{
    struct srv_wait *wait = &c->http->wait;
    wait_lock_take(&wait->lock);
    const bool stopping = wait->stopping;
    if (stopping) {
        wait->unsent += !c->exchange.unsent;
        c->exchange.unsent = true;
    } else {
        c->waiting.job = job;
        c->waiting.waiter = (struct srv_waiter){.call = on_done, .arg = c};
        srv_state_set(c, SRV_WAITING, srv_now_ns());
        suspend_locked(c, SRV_WAIT_JOB);
    }
    wait_lock_give(&wait->lock);
    if (!stopping && !srv_job_notify(job, &c->waiting.waiter))
        on_done(c);
    return !stopping;
}

enum srv_wait_state srv_wait_end(struct srv_connection *c)
{
    struct srv_wait *wait = &c->http->wait;
    struct srv_job *job = c->waiting.job;
    if (!job)
        return SRV_WAIT_NONE;
    srv_job_forget(job, &c->waiting.waiter); /* even if it was called: the call may not have returned yet */
    c->waiting.job = NULL;
    wait_lock_take(&wait->lock);
    const enum srv_wait_state state = c->waiting.state;
    wait_lock_give(&wait->lock);
    c->exchange.unsent |= state == SRV_WAIT_BROKEN;
    return state == SRV_WAIT_BROKEN && srv_job_ready(job) ? SRV_WAIT_DONE : state;
}

/* A client that has sent all it has to say looks like one that has closed. The kernel asks from time to time whether
 * it is there: a client that is not answers with a reset, in the end. */
static void ask_whether_it_is_there(int fd)
{
    const int on = 1, seconds = KEEPALIVE_SECONDS, times = KEEPALIVE_TIMES;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

REQUIRES(wait_lock) static void see_client_locked(struct srv_connection *c, short events)
{
    if (events & (POLLHUP | POLLERR | POLLNVAL)) {
        resume_locked(c, SRV_WAIT_CLIENT_CLOSED);
    } else if (events) {
        c->waiting.half_closed = true;
        ask_whether_it_is_there(c->fd);
    }
}

/* Look at up to POLLED connections, from `first` on, and resume those whose client has gone. Returns the next one to
 * look at. */
REQUIRES(wait_lock) static struct srv_connection *resume_closed_locked(struct srv_connection *first)
{
    struct pollfd polls[POLLED];
    struct srv_connection *of[POLLED], *c = first;
    nfds_t n = 0;
    for (; c && n < POLLED; c = LIST_NEXT(c, waiting.link)) {
        of[n] = c;
        polls[n++] = (struct pollfd){.fd = c->fd, .events = c->waiting.half_closed ? 0 : POLLRDHUP};
    }
    if (poll(polls, n, 0) <= 0)
        return c;
    for (nfds_t i = 0; i < n; i++)
        see_client_locked(of[i], polls[i].revents);
    return c;
}

void srv_wait_scan(struct srv_http *http)
{
    wait_lock_take(&http->wait.lock);
    for (struct srv_connection *c = LIST_FIRST(&http->wait.suspended); c;)
        c = resume_closed_locked(c);
    wait_lock_give(&http->wait.lock);
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

void srv_wait_for_input(struct srv_connection *c)
{
    struct srv_wait *wait = &c->http->wait;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    wait_lock_take(&wait->lock);
    if (!wait->stopping && !is_suspended_locked(c) && !epoll_ctl(wait->input_fd, EPOLL_CTL_ADD, c->fd, &event))
        suspend_locked(c, SRV_WAIT_INPUT);
    wait_lock_give(&wait->lock);
}

/* The lock is taken before the set is read: a connection that is resumed otherwise may be gone soon. */
static void resume_readable(struct srv_wait *wait)
{
    struct epoll_event events[POLLED];
    wait_lock_take(&wait->lock);
    int n = epoll_wait(wait->input_fd, events, POLLED, 0);
    for (int i = 0; i < n; i++)
        resume_locked(events[i].data.ptr, SRV_WAIT_NONE);
    wait_lock_give(&wait->lock);
}

static void *resume_all_readable(void *arg)
{
    struct srv_wait *wait = arg;
    struct pollfd polls[] = {{.fd = wait->input_fd, .events = POLLIN}, {.fd = wait->stop_fd, .events = POLLIN}};
    while (poll(polls, 2, -1) < 0 || !polls[1].revents)
        resume_readable(wait);
    return NULL;
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

static void close_input(struct srv_wait *wait)
{
    if (wait->input_fd >= 0)
        close(wait->input_fd);
    if (wait->stop_fd >= 0)
        close(wait->stop_fd);
    wait->input_fd = wait->stop_fd = -1;
}

bool srv_wait_open(struct srv_http *http, bool for_input)
{
    struct srv_wait *wait = &http->wait;
    wait->input_fd = wait->stop_fd = -1;
    if (!for_input)
        return true;
    wait->input_fd = epoll_create1(EPOLL_CLOEXEC);
    wait->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (wait->input_fd >= 0 && wait->stop_fd >= 0 &&
        srv_thread_start(&wait->thread, "input", resume_all_readable, wait))
        return true;
    close_input(wait);
    return false;
}

void srv_wait_close(struct srv_http *http)
{
    struct srv_wait *wait = &http->wait;
    if (wait->stop_fd < 0)
        return;
    eventfd_write(wait->stop_fd, 1);
    pthread_join(wait->thread, NULL);
    close_input(wait);
}

void srv_wait_sent(struct srv_http *http)
{
    wait_lock_take(&http->wait.lock);
    http->wait.unsent--;
    wait_lock_give(&http->wait.lock);
}

static unsigned unsent_now(struct srv_wait *wait)
{
    wait_lock_take(&wait->lock);
    unsigned unsent = wait->unsent;
    wait_lock_give(&wait->lock);
    return unsent;
}

void srv_wait_stop(struct srv_http *http)
{
    const struct timespec tick = {.tv_nsec = UNSENT_TICK_NS};
    struct srv_wait *wait = &http->wait;
    struct srv_connection *c;
    wait_lock_take(&wait->lock);
    wait->stopping = true;
    while ((c = LIST_FIRST(&wait->suspended))) {
        wait->unsent += c->waiting.state == SRV_WAIT_JOB;
        resume_locked(c, SRV_WAIT_BROKEN);
    }
    wait_lock_give(&wait->lock);
    for (unsigned i = 0; i < UNSENT_TICKS && unsent_now(wait); i++)
        nanosleep(&tick, NULL);
}
