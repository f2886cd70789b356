/* log_queue.h - lines on their way to a file, a terminal or a pipe, written by a thread of their own.
 *
 * Whoever has a line puts it in the queue and goes on: a pipe that nobody reads holds up the writing thread alone. A
 * line that finds the queue full, or that cannot be written, is lost and counted; when lines flow again, one of them
 * tells how many were lost.
 *
 * Threads: every function may be called from any thread but open and close. */
#ifndef SRV_BASE_LOG_QUEUE_H
#define SRV_BASE_LOG_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct srv_log_queue;

/* The line that tells that n lines were lost, with its line feed: its length, at most cap. */
typedef size_t srv_log_lost_line(void *arg, uint64_t n, char *out, size_t cap);

/* fd: where to write; closed with the queue if `owned`, else left alone. NULL: no memory, or no thread; fd is left
 * alone. */
struct srv_log_queue *srv_log_queue_open(int fd, bool owned, srv_log_lost_line *lost_line, void *arg);
/* Waits a moment for the lines in the queue, and gives up those that do not go. */
void srv_log_queue_close(struct srv_log_queue *queue);

/* A line with its line feed. */
void srv_log_queue_put(struct srv_log_queue *queue, const char *line, size_t n);
/* Begin to write what is there. */
void srv_log_queue_flush(struct srv_log_queue *queue);
/* As flush, and wait until it is written; `most_ms` at most, and not at all while writing stands still. */
void srv_log_queue_drain(struct srv_log_queue *queue, unsigned most_ms);
/* Write the lines to come to another descriptor, which is taken. */
void srv_log_queue_switch(struct srv_log_queue *queue, int fd);

/* Lines lost so far. */
uint64_t srv_log_queue_lost(struct srv_log_queue *queue);

#endif
