/* server/base/log.h: lines of the log; no client can forge one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <jansson.h>

#include "base/log.h"
#include "support/test.h"

static char path[64];

static SETUP(make_path)
{
    strcpy(path, "/tmp/weightd-log-XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    return fd < 0;
}

static TEARDOWN(remove_path)
{
    return unlink(path);
}

/* What one request is logged as. */
static void log_one(enum srv_log_format format, const struct srv_log_request *request, char *out, size_t cap)
{
    assert_int_equal(truncate(path, 0), 0);
    struct srv_log *log = srv_log_open(format, path);
    assert_non_null(log);
    srv_log_request(log, request);
    srv_log_close(log);
    FILE *file = fopen(path, "r");
    size_t n = fread(out, 1, cap - 1, file);
    fclose(file);
    out[n] = '\0';
}

static const struct srv_log_request plain = {.client = "10.0.0.1",
                                             .method = "GET",
                                             .target = "/init?shape=3",
                                             .route = "/init",
                                             .status = 200,
                                             .body_bytes = 12,
                                             .ns = 1500000,
                                             .cache = "weightd; hit",
                                             .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                             .request_id = "abc"};

TEST(test_text)
{
    char line[4096];
    log_one(SRV_LOG_TEXT, &plain, line, sizeof line);
    assert_string_equal(strchr(line, ' '), " 10.0.0.1 \"GET /init?shape=3\" 200 12 0.001500 weightd; hit "
                                           "trace=0af7651916cd43dd8448eb211c80319c id=abc\n");
    log_one(SRV_LOG_OFF, &plain, line, sizeof line);
    assert_string_equal(line, "");
}

TEST(test_json)
{
    char line[4096];
    log_one(SRV_LOG_JSON, &plain, line, sizeof line);
    json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(doc);
    assert_string_equal(json_string_value(json_object_get(doc, "target")), "/init?shape=3");
    assert_int_equal(json_integer_value(json_object_get(doc, "status")), 200);
    assert_string_equal(json_string_value(json_object_get(doc, "cache")), "weightd; hit");
    assert_string_equal(json_string_value(json_object_get(doc, "trace_id")), "0af7651916cd43dd8448eb211c80319c");
    json_decref(doc);
}

/* Whatever stands in a request: one line, and valid JSON. */
TEST(test_nothing_is_forged)
{
    static const char *const evil[] = {
        "\"}\n{\"status\":200", "a\nb", "a\rb", "\\", "\\\"", "\x1b[2J", "\xff\xfe", "\xc3\xa9", "\x7f", "%s%n", "",
    };
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
        for (int format = SRV_LOG_TEXT; format <= SRV_LOG_JSON; format++) {
            char line[8192];
            struct srv_log_request request = plain;
            request.target = request.method = request.request_id = request.traceparent = evil[i];
            log_one((enum srv_log_format)format, &request, line, sizeof line);
            assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
            for (const char *p = line; p[1]; p++)
                assert_true(*p >= ' ' && *p <= '~');
            if (format != SRV_LOG_JSON)
                continue;
            json_t *doc = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(doc);
            json_decref(doc);
        }
}

TEST(test_long_targets_are_cut)
{
    char target[8193], line[16384];
    memset(target, '"', sizeof target - 1);
    target[sizeof target - 1] = '\0';
    struct srv_log_request request = plain;
    request.target = target;
    log_one(SRV_LOG_TEXT, &request, line, sizeof line);
    assert_true(strlen(line) < 4096 && line[strlen(line) - 1] == '\n');
}

TEST(test_traceparent)
{
    /* clang-format off */
    static const char *const bad[] = {
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[4096];
        struct srv_log_request request = plain;
        request.traceparent = bad[i];
        log_one(SRV_LOG_TEXT, &request, line, sizeof line);
        assert_null(strstr(line, "trace="));
    }
}

TEST(test_events)
{
    char line[1024];
    for (int format = SRV_LOG_OFF; format <= SRV_LOG_JSON; format++) {
        assert_int_equal(truncate(path, 0), 0);
        struct srv_log *log = srv_log_open((enum srv_log_format)format, path);
        srv_log_event(log, "the disk is %s", "full\n");
        FILE *file = fopen(path, "r"); /* written at once */
        assert_non_null(fgets(line, sizeof line, file));
        fclose(file);
        assert_non_null(strstr(line, "the disk is full\\u000a"));
        srv_log_close(log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_nothing_is_forged),
        cmocka_unit_test(test_long_targets_are_cut),
        cmocka_unit_test(test_traceparent),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
