/* watch.h - what an attack needs beside a client: the server seen from outside, connections by the thousand, time.
 *
 * Attacks run in a short form; with SOAK_SECONDS set (make soak) they run long and at full size. */
#ifndef TEST_WATCH_H
#define TEST_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/server.h"

/* 0: the short form. Else how long an attack may go on. */
unsigned test_soak_seconds(void);
/* The short form's size, or that of the long one. */
unsigned test_scale(unsigned short_form, unsigned long_form);

/* Seconds on a clock that only goes forward. */
double test_seconds(void);

/* Is the server built with a sanitizer? Then its memory says nothing. Told from the name of its folder. */
bool test_is_sanitized(void);

/* Resident memory of the server in bytes, and its peak; descriptors that it has open. */
uint64_t test_resident(const struct test_server *server);
uint64_t test_resident_peak(const struct test_server *server);
unsigned test_descriptors(const struct test_server *server);

/* The value of a metric without labels. */
double test_metric(const struct test_server *server, const char *name);
/* Wait up to 20 seconds until nothing is in flight but the asking request and no memory is lent; fails otherwise. */
void test_calm_down(const struct test_server *server);
/* Seconds of processor time that the server has taken so far. */
double test_processor_seconds(const struct test_server *server);

/* Fails unless /livez is answered within the time; ten times that with a sanitizer. */
void test_alive(const struct test_server *server, double within_seconds);

/* Allow this process n descriptors; false: the system does not. The server, a child, inherits it. */
bool test_allow_descriptors(unsigned n);

/* A connection on which GET target was sent; header: more fields with CRLF, or "". */
int test_ask(const struct test_server *server, const char *target, const char *header);
/* Close with a reset (RST) instead of an orderly end, which may be that of the sending side alone. */
void test_reset(int fd);
/* Read a whole answer with Content-Length from a connection: its status; the body is dropped, *length tells its size.
 * 0: the connection broke before the end, or a 503 does not say when to come again. */
int test_drop_answer(int fd, uint64_t *length);

#endif
