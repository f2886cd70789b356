/* A configuration that cannot serve: --check-config and the start say which option, which file and why, and leave
 * nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cert.h"
#include "support/server.h"
#include "support/test.h"

static char dir[] = "/tmp/weightd-check-XXXXXX";
static char cert[64], key[64], other_cert[64], other_key[64], none[64], in_none[64], folder[64];

static const char *in_dir(char path[64], const char *name)
{
    snprintf(path, 64, "%s/%s", dir, name);
    return path;
}

static SETUP(make_files)
{
    assert_non_null(mkdtemp(dir));
    test_make_certificate(in_dir(cert, "cert"), in_dir(key, "key"), 1);
    test_make_certificate(in_dir(other_cert, "cert2"), in_dir(other_key, "key2"), 2);
    in_dir(none, "none");
    in_dir(in_none, "none/none");
    in_dir(folder, "folder");
    return 0;
}

static TEARDOWN(remove_files)
{
    const char *const files[] = {cert, key, other_cert, other_key};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(unlink(files[i]), 0);
    return rmdir(dir); /* nothing else was left in it */
}

static void expect(const char *const *args, int code, const char *const *said)
{
    char out[2048];
    int got = test_run(args, out, sizeof out);
    for (; *said; said++)
        if (!strstr(out, *said))
            fail_msg("%s is missing in: %s", *said, out);
    if (got != code)
        fail_msg("exit code %d: %s", got, out);
}

struct fault {
    const char *option, *value, *option2, *value2;
    const char *reason; /* said beside option and value */
    bool only_checked;  /* the server starts in spite of it */
};

TEST(test_faults)
{
    const struct fault faults[] = {
        {"--log-file", in_none, "--log", "text", "No such file", false},
        {"--log-file", "/dev/null/log", "--log", "text", "Not a directory", false},
        {"--cache-dir", in_none, "--log", "text", "No such file", true},
        {"--cache-dir", cert, "--log", "text", "Not a directory", true},
        {"--token-file", "/dev/null", "--log", "text", "no token", false},
        {"--tls-cert", key, "--tls-key", key, "no certificate", false},
        {"--tls-key", cert, "--tls-cert", cert, "no key", false},
        {"--tls-key", other_key, "--tls-cert", cert, "not the key of", false},
        {"--tls-cert", "/dev/null", "--tls-key", "/dev/null", "no certificate", false},
        {"--tls-cert", none, "--tls-key", key, "No such file", false},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct fault *f = &faults[i];
        expect(ARGS("--check-config", f->option, f->value, f->option2, f->value2), 1,
               ARGS(f->option, f->value, f->reason));
        if (!f->only_checked)
            expect(ARGS("--port", "0", f->option, f->value, f->option2, f->value2), 1,
                   ARGS(f->option, f->value, f->reason));
    }
    expect(ARGS("--check-config", "--bind", "192.0.2.1"), 1, ARGS("--bind", "192.0.2.1", "assign"));
}

/* What is made to look whether it can be made is removed again. */
TEST(test_good)
{
    expect(ARGS("--check-config", "--log-file", none, "--cache-dir", folder, "--tls-cert", cert, "--tls-key", key), 0,
           ARGS("good"));
    assert_int_equal(access(none, F_OK), -1);
    assert_int_equal(access(folder, F_OK), -1);
    struct test_server *server = test_server_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%u", server->port);
    expect(ARGS("--check-config", "--port", port), 0, ARGS("good"));
    test_server_stop(server);
}

/* A variable that sets no option: an error for --check-config, a line in the log of a server. */
TEST(test_variables)
{
    char path[128], text[1024] = "";
    setenv("WEIGHTD_PROT", "3", 1);
    expect(ARGS("--check-config"), 1, ARGS("WEIGHTD_PROT", "did you mean WEIGHTD_PORT?"));
    struct test_server *server = test_server_start(ARGS("--log", "off"));
    snprintf(path, sizeof path, "%s/stderr", server->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "WEIGHTD_PROT sets no option, did you mean WEIGHTD_PORT?"));
    test_server_stop(server);
    unsetenv("WEIGHTD_PROT");
    setenv("WEIGHTD_URL", "http://127.0.0.1:8080", 1); /* what clients read is no option that was misspelt */
    setenv("WEIGHTD_IMAGE", "weightd", 1);
    expect(ARGS("--check-config"), 0, ARGS("good"));
    unsetenv("WEIGHTD_IMAGE");
    unsetenv("WEIGHTD_URL");
    setenv("WEIGHTD_PORT_8080_TCP", "tcp://10.0.0.1:8080", 1); /* as Kubernetes sets it */
    setenv("WEIGHTD_PORT", "tcp://10.0.0.1:8080", 1);
    expect(ARGS("--check-config"), 0, ARGS("WEIGHTD_PORT", "address of a service", "good"));
    expect(ARGS("--print-config"), 0, ARGS("WEIGHTD_PORT=8080"));
    unsetenv("WEIGHTD_PORT_8080_TCP");
    unsetenv("WEIGHTD_PORT");
    expect(ARGS("--check-config"), 0, ARGS("good"));
}

/* --healthcheck says whom it asked and what came. */
TEST(test_healthcheck_says_why)
{
    struct test_server *server = test_server_start(NULL);
    char port[16];
    snprintf(port, sizeof port, "%u", server->port);
    expect(ARGS("--healthcheck", "--port", port, "--tls-cert", cert, "--tls-key", key), 1,
           ARGS("https://127.0.0.1:", "/readyz", "no TLS handshake"));
    test_server_stop(server);
    expect(ARGS("--healthcheck", "--port", port), 1, ARGS("http://127.0.0.1:", port, "/readyz: Connection refused"));
}

/* get logs what it answered, but only where a file was named for that. */
TEST(test_get_log_file)
{
    char line[512] = "";
    expect(ARGS("get", "--log-file", none, "/foo/2"), 1, ARGS("there is no scheme"));
    expect(ARGS("get", "/init?scheme=zeros&shape=2&format=json"), 0, ARGS("{\"name\""));
    FILE *file = fopen(none, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, " - \"GET /foo/2\" 400 "));
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_int_equal(unlink(none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),       cmocka_unit_test(test_good),
        cmocka_unit_test(test_variables),    cmocka_unit_test(test_healthcheck_says_why),
        cmocka_unit_test(test_get_log_file),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
