/* see server.h */
#include "support/test.h"
#include "support/server.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 32

static const char *program(void)
{
    static char absolute[4096];
    const char *name = getenv("WEIGHTD");
    assert_non_null(realpath(name ? name : "build/weightd", absolute));
    return absolute;
}

/* fork and exec; standard output goes to out, standard error to err. */
static pid_t spawn(const char *const *first, const char *const *args, const char *dir, int out, int err)
{
    const char *argv[ARGS_MAX] = {program()};
    size_t n = 1;
    for (; first && *first && n < ARGS_MAX - 1; first++)
        argv[n++] = *first;
    for (; args && *args && n < ARGS_MAX - 1; args++)
        argv[n++] = *args;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        if (!dir || chdir(dir) == 0)
            execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

/* The first line of the server's standard output, within ten seconds. */
static void read_line(int fd, char *line, size_t cap)
{
    size_t n = 0;
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    while (n < cap - 1 && poll(&poller, 1, 10000) == 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
        n++;
    line[n] = '\0';
}

struct test_server *test_server_start(const char *const *args)
{
    static const char *const port[] = {"--port", "0", "--host", "*", NULL};
    struct test_server *server = calloc(1, sizeof *server);
    char line[256], path[96];
    int out[2];
    assert_non_null(server);
    snprintf(server->dir, sizeof server->dir, "/tmp/weightd-test-XXXXXX");
    assert_non_null(mkdtemp(server->dir));
    snprintf(path, sizeof path, "%s/stderr", server->dir);
    int err = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_APPEND, 0600);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    server->pid = spawn(port, args, server->dir, out[1], err);
    close(out[1]);
    close(err);
    read_line(out[0], line, sizeof line);
    close(out[0]);
    const char *url = strstr(line, "http");
    if (!url)
        fail_msg("weightd did not start: \"%s\"", line);
    server->port = (uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10);
    snprintf(server->url, sizeof server->url, "%.*s127.0.0.1:%u", (int)(strstr(url, "//") + 2 - url), url,
             server->port);
    return server;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

int test_server_wait(struct test_server *server)
{
    int status = 0;
    pid_t done = 0;
    for (int i = 0; i < 6000 && done == 0; i++) {
        done = waitpid(server->pid, &status, WNOHANG);
        if (done == 0)
            usleep(10000);
    }
    if (done == 0) {
        kill(server->pid, SIGKILL);
        waitpid(server->pid, &status, 0);
    }
    int code = done > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code != 0) {
        char command[128];
        snprintf(command, sizeof command, "cat %s/stderr >&2", server->dir);
        if (system(command))
            fprintf(stderr, "no standard error to show\n");
    }
    nftw(server->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(server);
    return code;
}

void test_server_stop(struct test_server *server)
{
    kill(server->pid, SIGTERM);
    assert_int_equal(test_server_wait(server), 0);
}

int test_run(const char *const *args, char *out, size_t cap)
{
    int fds[2], status = 0;
    size_t n = 0;
    ssize_t got = 0;
    char dropped[4096];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = spawn(NULL, args, NULL, fds[1], fds[1]);
    close(fds[1]);
    do {
        bool room = out && n < cap - 1;
        got = read(fds[0], room ? out + n : dropped, room ? cap - 1 - n : sizeof dropped);
        n += room && got > 0 ? (size_t)got : 0;
    } while (got > 0 || (got < 0 && errno == EINTR));
    close(fds[0]);
    if (out)
        out[n] = '\0';
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- client ---------------------------------------------------------------------------------------------------- */

struct bytes {
    uint8_t *data;
    size_t length, cap;
};

/* Grows by doubling: a reallocation per piece would copy a large body thousands of times. */
static size_t append(char *data, size_t size, size_t n, void *user)
{
    struct bytes *bytes = user;
    if (bytes->length + n * size + 1 > bytes->cap) {
        size_t cap = 2 * (bytes->length + n * size) + 1;
        uint8_t *larger = realloc(bytes->data, cap);
        if (!larger)
            return 0;
        bytes->data = larger;
        bytes->cap = cap;
    }
    memcpy(bytes->data + bytes->length, data, n * size);
    bytes->length += n * size;
    bytes->data[bytes->length] = '\0';
    return n * size;
}

void test_send(const struct test_server *server, const char *method, const char *target, const char *const *headers,
               const void *content, size_t n, struct test_answer *answer)
{
    struct bytes head = {0}, body = {0};
    struct curl_slist *list = NULL;
    long status = 0;
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    for (; headers && *headers; headers++)
        list = curl_slist_append(list, *headers);
    curl_easy_setopt(curl, CURLOPT_URL, server->url);
    curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, target);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (content) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, content);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)n);
    }
    curl_easy_setopt(curl, CURLOPT_NOBODY, (long)!strcmp(method, "HEAD"));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK)
        print_message("%s %s: %s\n", method, target, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    answer->status = code == CURLE_OK ? (int)status : 0;
    answer->head = (char *)head.data;
    answer->body = body.data;
    answer->length = body.length;
}

void test_request(const struct test_server *server, const char *method, const char *target, const char *const *headers,
                  struct test_answer *answer)
{
    test_send(server, method, target, headers, NULL, 0, answer);
}

void test_get(const struct test_server *server, const char *target, struct test_answer *answer)
{
    test_request(server, "GET", target, NULL, answer);
}

int test_status(const struct test_server *server, const char *target, const char *header)
{
    struct test_answer answer;
    test_request(server, "GET", target, header ? ARGS(header) : NULL, &answer);
    int status = answer.status;
    test_answer_free(&answer);
    return status;
}

void test_answer_free(struct test_answer *answer)
{
    free(answer->head);
    free(answer->body);
    *answer = (struct test_answer){0};
}

const char *test_field(const struct test_answer *answer, const char *name)
{
    static char value[4096];
    size_t len = strlen(name);
    for (const char *line = answer->head; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncasecmp(line, name, len) || line[len] != ':')
            continue;
        line += len + 1;
        line += strspn(line, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r\n"), line);
        return value;
    }
    return NULL;
}

bool test_body_has(const struct test_answer *answer, const char *text)
{
    return answer->body && memmem(answer->body, answer->length, text, strlen(text));
}

void test_write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

int test_connect(const struct test_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    const struct timeval timeout = {.tv_sec = 5};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

size_t test_raw(const struct test_server *server, const char *bytes, size_t n, int wait_ms, char *out, size_t cap,
                bool *closed)
{
    int fd = test_connect(server);
    size_t got = 0;
    bool end = false;
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
    while (sent >= 0 && got < cap - 1 && poll(&poller, 1, wait_ms) == 1) {
        ssize_t r = recv(fd, out + got, cap - 1 - got, 0);
        if (r <= 0) {
            end = true;
            break;
        }
        got += (size_t)r;
    }
    out[got] = '\0';
    if (closed)
        *closed = end || sent < 0;
    close(fd);
    return got;
}
