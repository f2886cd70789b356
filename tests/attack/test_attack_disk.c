/* The disk tier and sudden death: the server is killed in the middle of writing, again and again, and its files are
 * damaged. Afterwards every answer has the right bytes, and torn files are removed. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"
#include "support/server.h"
#include "support/watch.h"

#define TARGETS 12
#define SIDE 800 /* the cost per byte grows with it: well beyond SRV_DISK_MIN_NS_PER_BYTE */

static char dir[64];
static uint8_t *right[TARGETS]; /* the bytes of each target */

static void target_of(unsigned i, char target[64])
{
    snprintf(target, 64, "/orthogonal/%ux%u.bin?seed=%u", SIDE, SIDE, i);
}

static SETUP(start)
{
    snprintf(dir, sizeof dir, "/tmp/weightd-disk-XXXXXX");
    assert_non_null(mkdtemp(dir));
    struct test_server *server = test_server_start(NULL);
    for (unsigned i = 0; i < TARGETS; i++) {
        char target[64];
        struct test_answer answer;
        target_of(i, target);
        test_get(server, target, &answer);
        assert_int_equal(answer.status, 200);
        assert_int_equal(answer.length, SIDE * SIDE * 4);
        right[i] = answer.body;
        free(answer.head);
    }
    test_server_stop(server);
    return 0;
}

static TEARDOWN(stop)
{
    char command[96];
    for (unsigned i = 0; i < TARGETS; i++)
        free(right[i]);
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command);
}

/* Little memory, so that it is the disk that answers. */
static struct test_server *start_on_disk(void)
{
    return test_server_start(ARGS("--cache-dir", dir, "--cache-bytes", "1M", "--log", "off"));
}

/* Calls f for every file of the folder; returns how many there are. */
static unsigned each_file(void (*f)(const char *path, unsigned i))
{
    unsigned n = 0;
    DIR *folder = opendir(dir);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[512];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        if (stat(path, &info) || !S_ISREG(info.st_mode) || info.st_size == 0)
            continue;
        if (f)
            f(path, n);
        n++;
    }
    closedir(folder);
    return n;
}

/* True: the answer was there and right. False: there was none (the server is being killed). A wrong one fails. */
static bool check(struct test_server *server, unsigned i)
{
    char target[64];
    struct test_answer answer;
    target_of(i, target);
    test_get(server, target, &answer);
    bool whole = answer.status == 200 && answer.length == SIDE * SIDE * 4;
    if (whole && memcmp(answer.body, right[i], answer.length))
        fail_msg("wrong bytes for %s", target);
    test_answer_free(&answer);
    return whole;
}

/* Kill the server, so that it cannot tidy up. */
static void *kill_soon(void *arg)
{
    struct test_server *server = arg;
    usleep(10000 + (useconds_t)(rand() % 150000));
    kill(server->pid, SIGKILL);
    return NULL;
}

static void reap(struct test_server *server)
{
    char command[96];
    waitpid(server->pid, NULL, 0);
    snprintf(command, sizeof command, "rm -r %s", server->dir);
    assert_int_equal(system(command), 0);
    free(server);
}

/* A server that is not killed answers everything, and soon from disk. Its writer leaves out values when it has no time,
 * so that may take more than one life. */
static void check_disk_gets_whole(void)
{
    for (int life = 0; life < 10; life++) {
        struct test_server *server = start_on_disk();
        for (unsigned i = 0; i < TARGETS; i++)
            assert_true(check(server, i));
        bool whole = test_metric(server, "weightd_disk_hits_total") == TARGETS &&
                     test_metric(server, "weightd_computed_total") == 0 &&
                     test_metric(server, "weightd_disk_errors_total") == 0;
        test_calm_down(server);
        test_server_stop(server);
        if (whole)
            return;
    }
    fail_msg("the disk tier does not recover");
}

TEST(test_killed_again_and_again)
{
    double until = test_seconds() + test_soak_seconds();
    unsigned rounds = 0, answers = 0;
    while (rounds < 12 || test_seconds() < until) {
        pthread_t killer;
        struct test_server *server = start_on_disk();
        assert_int_equal(pthread_create(&killer, NULL, kill_soon, server), 0);
        for (unsigned i = rounds % 7; i < TARGETS; i++)
            answers += check(server, i);
        pthread_join(killer, NULL);
        reap(server);
        rounds++;
    }
    check_disk_gets_whole();
    print_message("%u rounds, %u answers, %u files\n", rounds, answers, each_file(NULL));
}

static void make_old(const char *path, unsigned i)
{
    const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    (void)i;
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

/* How many entries a server knows once it has listed the folder, where TARGETS are at least. */
static unsigned listed_entries(struct test_server *server)
{
    double n = 0;
    for (int i = 0; i < 500 && n < TARGETS; i++) {
        usleep(10000);
        n = test_metric(server, "weightd_disk_entries");
    }
    usleep(100000);
    return (unsigned)test_metric(server, "weightd_disk_entries");
}

/* Unfinished files of dead servers are removed by the next server, once they are too old to be written to. */
TEST(test_torn_files_go_away)
{
    unsigned torn = 0;
    for (unsigned round = 0; round < 40 && torn == 0; round++) {
        struct test_server *server =
            test_server_start(ARGS("--cache-dir", dir, "--cache-bytes", "64M", "--log", "off"));
        char target[64];
        snprintf(target, sizeof target, "/orthogonal/1000x1000?seed=%u", 100 + round);
        unsigned before = each_file(NULL);
        int fd = test_ask(server, target, "");
        for (int i = 0; i < 20000 && each_file(NULL) == before; i++)
            usleep(50);
        kill(server->pid, SIGKILL);
        close(fd);
        reap(server);
        server = start_on_disk();
        torn = each_file(NULL) - listed_entries(server);
        test_server_stop(server);
    }
    assert_true(torn > 0); /* killed while it wrote */
    each_file(make_old);
    struct test_server *server = start_on_disk();
    unsigned entries = listed_entries(server);
    assert_int_equal(each_file(NULL), entries);
    print_message("%u torn, %u entries\n", torn, entries);
    test_server_stop(server);
}

static void flip(const char *path, unsigned i)
{
    struct stat info;
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &info), 0);
    uint8_t byte;
    off_t at = i % 3 == 0 ? (off_t)(i * 7) % info.st_size : (off_t)((uint64_t)rand() % (uint64_t)info.st_size);
    if (i % 4 == 3) {
        assert_int_equal(ftruncate(fd, at), 0);
    } else {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (uint8_t)(1u << i % 8);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
}

/* A bit of every file is flipped, or the file cut short: right bytes all the same, made anew; then the disk is good
 * again. */
TEST(test_flipped_bits)
{
    for (unsigned round = 0; round < test_scale(4, 60); round++) {
        check_disk_gets_whole();
        unsigned files = each_file(flip);
        struct test_server *server = start_on_disk();
        for (unsigned i = 0; i < TARGETS; i++)
            assert_true(check(server, i));
        assert_true(files >= TARGETS);
        assert_true(test_metric(server, "weightd_disk_hits_total") <= TARGETS / 2);
        assert_true(test_metric(server, "weightd_disk_errors_total") >= TARGETS / 2);
        test_calm_down(server);
        test_server_stop(server);
    }
    check_disk_gets_whole();
}

static void check_status(struct test_server *server, const char *target, const char *want)
{
    struct test_answer answer;
    test_get(server, target, &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(test_field(&answer, "Cache-Status"), want);
    test_answer_free(&answer);
}

/* Cache-Status tells the truth about both tiers. */
TEST(test_cache_status)
{
    static const char digest[] = "/normal/1024x1024.sha256?seed=1", body[] = "/normal/1024x16?seed=1";
    struct test_server *server = start_on_disk();
    check_status(server, digest, "weightd; fwd=uri-miss; stored");
    check_status(server, digest, "weightd; hit");
    check_status(server, body, "weightd; fwd=uri-miss; stored");
    check_status(server, body, "weightd; hit");
    check_status(server, "/normal/1024x1024?seed=1", "weightd; fwd=bypass; detail=streamed");
    test_server_stop(server);
    server = start_on_disk();
    check_status(server, digest, "weightd; hit; detail=disk");
    check_status(server, digest, "weightd; hit");
    if (!test_is_sanitized()) /* where it is not cheap, and on disk */
        check_status(server, body, "weightd; fwd=uri-miss; stored");
    test_server_stop(server);
    server = test_server_start(ARGS("--cache-bytes", "0", "--log", "off"));
    check_status(server, digest, "weightd; fwd=uri-miss");
    test_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test(test_torn_files_go_away),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_cache_status),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
