/* log.h - one line per request, and one per event of the server's life, as text or JSON.
 *
 * Lines go to standard error or to a file. Request lines are gathered and written in blocks (at the latest by the next
 * srv_log_flush, which the main thread calls every now and then); event lines are written at once. What came from a
 * client is escaped: nobody can forge a line. When writing fails, lines are lost, nothing else.
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
    const char *traceparent; /* as the client sent it, NULL if none; ignored unless well-formed (W3C Trace Context) */
    const char *request_id;  /* X-Request-Id likewise */
};

/* path NULL: standard error. NULL: the file cannot be opened (errno) or no memory. */
struct srv_log *srv_log_open(enum srv_log_format format, const char *path);
void srv_log_close(struct srv_log *log);
/* Could srv_log_open open this file now? Leaves no file that was not there. False: errno says why not. */
bool srv_log_can_open(const char *path);

/* Is a request line wanted at all? */
bool srv_log_wants_requests(const struct srv_log *log);
void srv_log_request(struct srv_log *log, const struct srv_log_request *request);
/* An event: one printf-style sentence. Written whatever the format; plain text when that is off. */
void srv_log_event(struct srv_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

void srv_log_flush(struct srv_log *log);
/* Open the file anew under its name (it was moved away). Keeps the old one if that fails. */
void srv_log_reopen(struct srv_log *log);

#endif
