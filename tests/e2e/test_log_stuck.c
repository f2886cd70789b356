/* The log must never hold up an answer, nor the end: a pipe that nobody reads, and signals that other servers take. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

static char dir[32], path[64];

static SETUP(make_dir)
{
    strcpy(dir, "/tmp/weightd-log-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/log", dir);
    return 0;
}

static TEARDOWN(remove_dir)
{
    unlink(path);
    return rmdir(dir);
}

/* Requests with a line of about a kilobyte each, on one connection. */
static void ask_often(const struct test_server *server, unsigned n)
{
    char request[1200];
    uint64_t length;
    const int fd = test_connect(server);
    const int len = snprintf(request, sizeof request, "GET /livez?%0*d HTTP/1.1\r\nHost: a\r\n\r\n", 1000, 0);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(send(fd, request, (size_t)len, MSG_NOSIGNAL), len);
        assert_int_equal(test_drop_answer(fd, &length), 200);
    }
    close(fd);
}

/* Read the pipe until `word` has come, or nothing comes for five seconds. */
static bool flows(int fd, const char *word)
{
    static char text[1 << 20];
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    size_t n = 0;
    while (n < sizeof text - 1 && poll(&poller, 1, 5000) == 1) {
        const ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got <= 0)
            return false;
        text[n += (size_t)got] = '\0';
        if (strstr(text, word))
            return true;
    }
    return false;
}

TEST(test_a_pipe_that_nobody_reads)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    const int fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct test_server *server = test_server_start(ARGS("--threads", "2", "--log-file", path, "--drain-timeout", "5s"));
    ask_often(server, 1500);
    test_alive(server, 1);
    const double lost = test_metric(server, "weightd_log_lines_lost_total");
    assert_true(lost > 0 && lost < 1500);
    assert_true(flows(fifo, " lines of the log were lost"));
    ask_often(server, 1500);
    const double begin = test_seconds();
    kill(server->pid, SIGTERM);
    assert_int_equal(test_server_wait(server), 0);
    assert_true(test_seconds() - begin < 4);
    close(fifo);
}

static bool holds(const char *file, const char *word)
{
    char text[8192] = "";
    FILE *f = fopen(file, "r");
    if (f) {
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        fclose(f);
    }
    return strstr(text, word);
}

static bool comes(const char *file, const char *word)
{
    for (int i = 0; i < 200 && !holds(file, word); i++)
        usleep(20000);
    return holds(file, word);
}

/* What logrotate sends to nginx opens the log anew; no other signal of the kind ends the process. */
TEST(test_signals)
{
    char moved[80];
    snprintf(moved, sizeof moved, "%s.1", path);
    struct test_server *server = test_server_start(ARGS("--log-file", path));
    assert_int_equal(test_status(server, "/livez?first", NULL), 200);
    assert_true(comes(path, "?first")); /* a request is logged when its answer is sent: maybe after the client has it */
    assert_int_equal(rename(path, moved), 0);
    kill(server->pid, SIGUSR1);
    assert_true(holds(moved, "?first"));
    for (int i = 0; i < 200 && access(path, F_OK); i++)
        usleep(20000);
    assert_int_equal(test_status(server, "/livez?second", NULL), 200);
    assert_true(comes(path, "?second"));
    assert_false(holds(moved, "?second"));
    kill(server->pid, SIGUSR2);
    kill(server->pid, SIGALRM);
    usleep(100000);
    assert_int_equal(test_status(server, "/livez", NULL), 200);
    unlink(moved);
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_pipe_that_nobody_reads, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_signals, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
