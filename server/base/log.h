/* log.h - a line for each request, and one for each event of the server's life, as text or JSON.
 *
 * Lines go to standard error or to a file, through a queue (log_queue.h): nobody waits for a pipe that nobody reads;
 * lines that do not fit are lost, counted, and told of when lines flow again. Lines of requests are gathered and
 * written in blocks, at the latest after srv_log_flush, which the main thread calls now and then. Lines of events are
 * written at once: the caller waits for that, but no longer than 0.2 s. Texts of a client are escaped, so that no
 * client can forge a line.
 * Threads: every function may be called from any thread. */
#ifndef SRV_BASE_LOG_H
#define SRV_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct srv_log;

enum srv_log_format { SRV_LOG_OFF, SRV_LOG_TEXT, SRV_LOG_JSON };

struct srv_log_request {
    const char *client, *method, *target, *route;
    int status;
    uint64_t body_bytes, ns;
    const char *cache;       /* Cache-Status of the answer, NULL if none */
    const char *traceparent; /* as the client sent it; NULL: none; ignored if it is malformed (W3C Trace Context) */
    const char *request_id;  /* X-Request-Id likewise */
};

/* path NULL: standard error. Returns NULL if the file cannot be opened (errno says why) or there is no memory. */
struct srv_log *srv_log_open(enum srv_log_format format, const char *path);
void srv_log_close(struct srv_log *log);
/* Could srv_log_open open this file now? Leaves no file that was not there. False: errno says why not. */
bool srv_log_can_open(const char *path);

/* Are lines of requests written? */
bool srv_log_wants_requests(const struct srv_log *log);
void srv_log_request(struct srv_log *log, const struct srv_log_request *request);
/* Write an event, a sentence as of printf. It is written even if the format is off, and then as plain text. */
void srv_log_event(struct srv_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begin to write what is gathered. */
void srv_log_flush(struct srv_log *log);
/* The same, and wait until it is written, but no longer than a second. */
void srv_log_finish(struct srv_log *log);
/* Lines lost so far. */
uint64_t srv_log_lost(struct srv_log *log);
/* Open the file again by its path, because it was moved away. False, with errno: the old one stays open. */
bool srv_log_reopen(struct srv_log *log);

#endif
