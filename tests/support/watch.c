/* see watch.h */
#include "support/test.h"
#include "support/watch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

unsigned test_soak_seconds(void)
{
    const char *text = getenv("SOAK_SECONDS");
    return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

unsigned test_scale(unsigned short_form, unsigned long_form)
{
    return test_soak_seconds() ? long_form : short_form;
}

double test_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool test_is_sanitized(void)
{
    const char *name = getenv("WEIGHTD");
    return name && (strstr(name, "address") || strstr(name, "thread"));
}

/* A line "VmRSS:  123 kB" of /proc/PID/status. */
static uint64_t status_bytes(const struct test_server *server, const char *key)
{
    char path[64], line[256];
    unsigned long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)server->pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key)))
            kib = strtoull(line + strlen(key), NULL, 10);
    fclose(file);
    assert_true(kib > 0);
    return kib * 1024;
}

uint64_t test_resident(const struct test_server *server)
{
    return status_bytes(server, "VmRSS:");
}

uint64_t test_resident_peak(const struct test_server *server)
{
    return status_bytes(server, "VmHWM:");
}

double test_processor_seconds(const struct test_server *server)
{
    clockid_t clock;
    struct timespec t;
    assert_int_equal(clock_getcpuclockid(server->pid, &clock), 0);
    assert_int_equal(clock_gettime(clock, &t), 0);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

unsigned test_descriptors(const struct test_server *server)
{
    char path[64];
    unsigned n = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)server->pid);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

double test_metric(const struct test_server *server, const char *name)
{
    struct test_answer answer;
    char line[128];
    test_get(server, "/metrics", &answer);
    assert_int_equal(answer.status, 200);
    snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr((const char *)answer.body, line);
    assert_non_null(at);
    double value = strtod(at + strlen(line), NULL);
    test_answer_free(&answer);
    return value;
}

void test_calm_down(const struct test_server *server)
{
    for (int i = 0; i < 1000; i++) {
        if (test_metric(server, "weightd_http_requests_in_flight") <= 1 &&
            test_metric(server, "weightd_computations_pending") == 0 && test_metric(server, "weightd_work_bytes") == 0)
            return;
        usleep(20000);
    }
    fail_msg("in flight %g, pending %g, work %g", test_metric(server, "weightd_http_requests_in_flight"),
             test_metric(server, "weightd_computations_pending"), test_metric(server, "weightd_work_bytes"));
}

void test_alive(const struct test_server *server, double within_seconds)
{
    struct test_answer answer;
    double begin = test_seconds();
    test_get(server, "/livez", &answer);
    double took = test_seconds() - begin;
    if (answer.status != 200)
        fail_msg("/livez: %d after %.3f s", answer.status, took);
    test_answer_free(&answer);
    if (took > within_seconds * (test_is_sanitized() ? 10 : 1))
        fail_msg("/livez took %.3f s", took);
}

bool test_allow_descriptors(unsigned n)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return false;
    if (limit.rlim_cur >= n)
        return true;
    limit.rlim_cur = n;
    limit.rlim_max = limit.rlim_max < n ? n : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

int test_ask(const struct test_server *server, const char *target, const char *header)
{
    char request[2048];
    int fd = test_connect(server);
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, header);
    assert_true(n > 0 && (size_t)n < sizeof request);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    return fd;
}

void test_reset(int fd)
{
    const struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

/* Read until the blank line; what came of the body already is counted. */
static bool read_head(int fd, char *head, size_t cap, size_t *body_bytes)
{
    size_t n = 0;
    char *end = NULL;
    while (!end && n < cap - 1) {
        ssize_t got = recv(fd, head + n, cap - 1 - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
        head[n] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    *body_bytes = end ? n - (size_t)(end + 4 - head) : 0;
    return end;
}

int test_drop_answer(int fd, uint64_t *length)
{
    static _Thread_local char dropped[256 * 1024];
    char head[8192];
    size_t got;
    *length = 0;
    if (!read_head(fd, head, sizeof head, &got))
        return 0;
    const char *field = strcasestr(head, "\r\nContent-Length:");
    uint64_t want = field ? strtoull(field + 17, NULL, 10) : 0;
    for (*length = got; *length < want;) {
        uint64_t left = want - *length;
        ssize_t n = recv(fd, dropped, left < sizeof dropped ? (size_t)left : sizeof dropped, 0);
        if (n <= 0)
            return 0;
        *length += (uint64_t)n;
    }
    int status = atoi(head + 9);
    return status == 503 && !strcasestr(head, "\r\nRetry-After:") ? 0 : status;
}
