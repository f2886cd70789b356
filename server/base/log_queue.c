/* see log_queue.h. Lines gather in one half of the memory while the other one is written. */
#include "base/log_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/lock.h"

#define HALF_BYTES (128 * 1024)
#define CLOSE_MS 1000
#define LOST_LINE_BYTES 256 /* room for the line that tells of lost lines */

DECLARE_LOCK(log_queue_lock);

struct srv_log_queue {
    pthread_mutex_t lock;
    pthread_cond_t work;    /* there is something to write, or the queue is closing */
    pthread_cond_t written; /* the thread has written what it had */
    pthread_t thread;
    srv_log_lost_line *lost_line;
    void *arg;

    char *gathering GUARDED_BY(log_queue_lock);
    size_t used GUARDED_BY(log_queue_lock);
    bool wanted GUARDED_BY(log_queue_lock);       /* shall be written now */
    bool writing GUARDED_BY(log_queue_lock);      /* the other half */
    bool stands_still GUARDED_BY(log_queue_lock); /* somebody has waited in vain since something was written */
    bool closing GUARDED_BY(log_queue_lock);
    uint64_t lost GUARDED_BY(log_queue_lock), told GUARDED_BY(log_queue_lock);
    int next_fd GUARDED_BY(log_queue_lock);      /* -1: none */
    size_t next_from GUARDED_BY(log_queue_lock); /* the first byte of `gathering` that goes there */

    /* The thread's. */
    int fd;
    bool owned;
    char *other;
    char memory[2 * HALF_BYTES];
};

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static uint64_t lines_in(const char *text, size_t n)
{
    uint64_t lines = 0;
    for (const char *end = text + n; (text = memchr(text, '\n', (size_t)(end - text))); text++)
        lines++;
    return lines;
}

/* One call of write, which is where the thread may stand still, and the only place where it may be cancelled. */
static ssize_t write_some(int fd, const char *text, size_t n)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    ssize_t done = write(fd, text, n);
    if (done < 0 && errno == EAGAIN && poll(&room, 1, -1) == 1)
        done = 0;
    const int why = errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    errno = why;
    return done;
}

/* Returns how many lines could not be written. */
static uint64_t write_all(int fd, const char *text, size_t n)
{
    for (size_t done = 0; done < n;) {
        const ssize_t some = write_some(fd, text + done, n - done);
        if (some < 0 && errno != EINTR)
            return lines_in(text + done, n - done);
        done += some > 0 ? (size_t)some : 0;
    }
    return 0;
}

/* Wait for work. False: the queue is closing, and there is none. */
REQUIRES(log_queue_lock) static bool wait_locked(struct srv_log_queue *queue)
{
    while (!queue->closing && !queue->wanted)
        pthread_cond_wait(&queue->work, &queue->lock);
    return queue->used || queue->next_fd >= 0 || !queue->closing;
}

/* What the thread writes next. */
struct batch {
    size_t used, next_from;
    int next_fd;
};

/* Take the half that is full, and leave the other one. */
REQUIRES(log_queue_lock) static struct batch take_locked(struct srv_log_queue *queue)
{
    if (queue->lost > queue->told && queue->used + LOST_LINE_BYTES <= HALF_BYTES) {
        queue->used +=
            queue->lost_line(queue->arg, queue->lost - queue->told, queue->gathering + queue->used, LOST_LINE_BYTES);
        queue->told = queue->lost;
    }
    const struct batch batch = {queue->used, queue->next_fd < 0 ? queue->used : queue->next_from, queue->next_fd};
    char *taken = queue->gathering;
    queue->gathering = queue->other;
    queue->other = taken;
    queue->used = 0;
    queue->next_fd = -1;
    queue->wanted = false;
    queue->writing = true;
    return batch;
}

static uint64_t write_batch(struct srv_log_queue *queue, const struct batch *batch)
{
    uint64_t lost = write_all(queue->fd, queue->other, batch->next_from);
    if (batch->next_fd < 0)
        return lost;
    if (queue->owned)
        close(queue->fd);
    queue->fd = batch->next_fd;
    queue->owned = true;
    return lost + write_all(queue->fd, queue->other + batch->next_from, batch->used - batch->next_from);
}

static void *write_lines(void *arg)
{
    struct srv_log_queue *queue = arg;
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    log_queue_lock_take(&queue->lock);
    while (wait_locked(queue)) {
        const struct batch batch = take_locked(queue);
        log_queue_lock_give(&queue->lock);
        const uint64_t lost = write_batch(queue, &batch);
        log_queue_lock_take(&queue->lock);
        queue->lost += lost;
        queue->writing = queue->stands_still = false;
        pthread_cond_broadcast(&queue->written);
    }
    log_queue_lock_give(&queue->lock);
    return NULL;
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

REQUIRES(log_queue_lock) static void want_locked(struct srv_log_queue *queue)
{
    queue->wanted = true;
    pthread_cond_signal(&queue->work);
}

void srv_log_queue_put(struct srv_log_queue *queue, const char *line, size_t n)
{
    log_queue_lock_take(&queue->lock);
    if (queue->used + n + LOST_LINE_BYTES <= HALF_BYTES) {
        memcpy(queue->gathering + queue->used, line, n);
        queue->used += n;
    } else {
        queue->lost++;
    }
    if (queue->used > HALF_BYTES / 2 && !queue->wanted)
        want_locked(queue);
    log_queue_lock_give(&queue->lock);
}

void srv_log_queue_flush(struct srv_log_queue *queue)
{
    log_queue_lock_take(&queue->lock);
    if (queue->used || queue->next_fd >= 0 || queue->lost > queue->told)
        want_locked(queue);
    log_queue_lock_give(&queue->lock);
}

static struct timespec in_ms(unsigned ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

void srv_log_queue_drain(struct srv_log_queue *queue, unsigned most_ms)
{
    const struct timespec until = in_ms(most_ms);
    int waited = 0;
    log_queue_lock_take(&queue->lock);
    while ((queue->used || queue->writing || queue->next_fd >= 0) && !queue->stands_still && waited == 0) {
        want_locked(queue);
        waited = pthread_cond_timedwait(&queue->written, &queue->lock, &until);
    }
    queue->stands_still |= waited != 0;
    log_queue_lock_give(&queue->lock);
}

void srv_log_queue_switch(struct srv_log_queue *queue, int fd)
{
    log_queue_lock_take(&queue->lock);
    if (queue->next_fd >= 0)
        close(queue->next_fd);
    else
        queue->next_from = queue->used;
    queue->next_fd = fd;
    want_locked(queue);
    log_queue_lock_give(&queue->lock);
}

uint64_t srv_log_queue_lost(struct srv_log_queue *queue)
{
    log_queue_lock_take(&queue->lock);
    const uint64_t lost = queue->lost;
    log_queue_lock_give(&queue->lock);
    return lost;
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

UNCHECKED struct srv_log_queue *srv_log_queue_open(int fd, bool owned, srv_log_lost_line *lost_line, void *arg)
{
    struct srv_log_queue *queue = malloc(sizeof *queue);
    pthread_condattr_t monotonic;
    if (!queue)
        return NULL;
    memset(queue, 0, offsetof(struct srv_log_queue, memory));
    queue->lost_line = lost_line;
    queue->arg = arg;
    queue->gathering = queue->memory;
    queue->other = queue->memory + HALF_BYTES;
    queue->next_fd = -1;
    queue->fd = fd;
    queue->owned = owned;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->work, NULL);
    pthread_cond_init(&queue->written, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&queue->thread, NULL, write_lines, queue) == 0)
        return queue;
    free(queue);
    return NULL;
}

UNCHECKED void srv_log_queue_close(struct srv_log_queue *queue)
{
    if (!queue)
        return;
    srv_log_queue_drain(queue, CLOSE_MS);
    log_queue_lock_take(&queue->lock);
    const bool stuck = queue->writing;
    queue->closing = true;
    pthread_cond_signal(&queue->work);
    log_queue_lock_give(&queue->lock);
    if (stuck)
        pthread_cancel(queue->thread);
    pthread_join(queue->thread, NULL);
    if (queue->next_fd >= 0)
        close(queue->next_fd);
    if (queue->owned)
        close(queue->fd);
    pthread_cond_destroy(&queue->work);
    pthread_cond_destroy(&queue->written);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}
