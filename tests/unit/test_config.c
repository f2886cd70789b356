/* server/config.h: the options, walked by table, and bad values, which are refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "help.h"
#include "hint.h"
#include "support/test.h"

static const char *env_name, *env_value;

static const char *environment(const char *name)
{
    return env_name && !strcmp(name, env_name) ? env_value : NULL;
}

static bool read_words(struct srv_config *config, char *error, const char *const *words)
{
    char *argv[8] = {(char *)(uintptr_t) "weightd"};
    int argc = 1;
    for (; words && *words && argc < 8; words++)
        argv[argc++] = (char *)(uintptr_t)*words;
    *error = '\0';
    return srv_config_read(config, argc, argv, environment, error, 512);
}

TEST(test_defaults)
{
    struct srv_config config;
    char error[512];
    assert_true(read_words(&config, error, NULL));
    assert_int_equal(config.command, SRV_SERVE);
    assert_int_equal(config.port, 8080);
    assert_string_equal(config.bind, "127.0.0.1");
    assert_int_equal(config.max_bytes, 1 << 30);
}

TEST(test_values)
{
    static const struct {
        const char *option, *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"--port", "0", true, 0},
        {"--port", "65535", true, 65535},
        {"--port", "65536", false, 0},
        {"--port", "-1", false, 0},
        {"--port", "", false, 0},
        {"--port", "80K", false, 0},
        {"--port", "8080 ", false, 0},
        {"--port", "18446744073709551617", false, 0},
        {"--max-bytes", "1", true, 1},
        {"--max-bytes", "0", false, 0},
        {"--max-bytes", "3K", true, 3072},
        {"--max-bytes", "3M", true, 3 << 20},
        {"--max-bytes", "2T", true, (uint64_t)2 << 40},
        {"--max-bytes", "2t", false, 0},
        {"--max-bytes", "2KB", false, 0},
        {"--max-bytes", "K", false, 0},
        {"--max-bytes", "18446744073709551615T", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_config config;
        char error[512], joined[128];
        const char *two[8] = {rows[i].option, rows[i].text}, *one[8] = {joined};
        snprintf(joined, sizeof joined, "%s=%s", rows[i].option, rows[i].text);
        for (int form = 0; form < 2; form++) {
            bool good = read_words(&config, error, form ? one : two);
            if (good != rows[i].good)
                fail_msg("%s: %s", joined, error);
            if (!good) {
                assert_non_null(strstr(error, rows[i].option));
                assert_non_null(strstr(error, "allowed:"));
                continue;
            }
            assert_int_equal(strcmp(rows[i].option, "--port") ? config.max_bytes : config.port, rows[i].value);
        }
    }
}

TEST(test_bind)
{
    static const char *const good[] = {"0.0.0.0", "::", "::1", "10.1.2.3", "localhost", "[::1]", "[::]"};
    static const char *const bad[] = {"", "example.org", "1.2.3", "1.2.3.4.5", "[::1", "[1.2.3.4]", "[]"};
    struct srv_config config;
    char error[512];
    for (size_t i = 0; i < 7; i++) {
        assert_true(read_words(&config, error, (const char *[]){"--bind", good[i], NULL}));
        assert_false(read_words(&config, error, (const char *[]){"--bind", bad[i], NULL}));
    }
}

/* The environment sets, the command line wins, an empty variable counts as unset, a bad one is named. */
TEST(test_environment)
{
    struct srv_config config;
    char error[512];
    env_name = "WEIGHTD_MAX_BYTES";
    env_value = "5M";
    assert_true(read_words(&config, error, NULL));
    assert_int_equal(config.max_bytes, 5 << 20);
    assert_true(read_words(&config, error, (const char *[]){"--max-bytes", "7", NULL}));
    assert_int_equal(config.max_bytes, 7);
    env_value = "";
    assert_true(read_words(&config, error, NULL));
    assert_int_equal(config.max_bytes, 1 << 30);
    env_value = "much";
    assert_false(read_words(&config, error, NULL));
    assert_non_null(strstr(error, "WEIGHTD_MAX_BYTES"));
    env_name = NULL;
}

TEST(test_refused)
{
    static const struct {
        const char *words[4];
        const char *says;
        /* clang-format off */
    } rows[] = {
        /* clang-format on */
        {{"--prot", "80"}, "--port"},     {{"--max-byte=1"}, "--max-bytes"},
        {{"--port"}, "needs a value"},    {{"serve", "serve"}, "\"serve\""},
        {{"-p"}, "--port needs a value"}, {{"-pp", "9"}, "-pp"},
        {{"-p", "x"}, "allowed:"},        {{"get"}, "needs a target"},
        {{"get", "/a", "/b"}, "/b"},      {{"9000"}, "Did you mean --port 9000?"},
        {{"::1"}, "--bind ::1?"},         {{"port=9"}, "--port=9?"},
        {{"max-byte"}, "--max-bytes?"},   {{"gte"}, "Did you mean get?"},
        {{"/init"}, "get '/init'?"},      {{"-i"}, "unknown option -i"},
        {{"--"}, "unknown option"},       {{"--helpp"}, "--help"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_config config;
        char error[512];
        assert_false(read_words(&config, error, rows[i].words));
        if (!strstr(error, rows[i].says))
            fail_msg("row %zu: %s", i, error);
    }
}

TEST(test_commands)
{
    struct srv_config config;
    char error[512];
    assert_true(read_words(&config, error, (const char *[]){"get", "-i", "/init?a=b", "--max-bytes", "9", NULL}));
    assert_int_equal(config.command, SRV_GET);
    assert_string_equal(config.target, "/init?a=b");
    assert_true(config.include_headers);
    assert_true(read_words(&config, error, (const char *[]){"--port", "9", "--healthcheck", NULL}));
    assert_int_equal(config.command, SRV_HEALTHCHECK);
    assert_int_equal(config.port, 9);
    assert_true(read_words(&config, error, (const char *[]){"-h", NULL}));
    assert_int_equal(config.command, SRV_HELP);
    assert_null(config.target);
    assert_true(read_words(&config, error, (const char *[]){"-v", NULL}));
    assert_int_equal(config.command, SRV_VERSION);
    assert_true(read_words(&config, error, (const char *[]){"serve", "-p", "9", NULL}));
    assert_int_equal(config.command, SRV_SERVE);
    assert_int_equal(config.port, 9);
    assert_true(read_words(&config, error, (const char *[]){"get", "/x", "--help", NULL}));
    assert_int_equal(config.command, SRV_HELP);
    assert_string_equal(config.target, "get");
}

/* A service named weightd sets WEIGHTD_PORT, which is no port then; what is nearly such a variable is still refused. */
TEST(test_links)
{
    static const struct {
        const char *variable;
        bool is_link;
    } rows[] = {
        {"WEIGHTD_PORT=tcp://10.0.0.1:8080", true},
        {"WEIGHTD_PORT=9", false},
        {"WEIGHTD_SERVICE_HOST=10.0.0.1", true},
        {"WEIGHTD_PORT_8080_TCP_ADDR=10.0.0.1", true},
        {"WEIGHTD_PORTS=9", false},
        {"PATH=/bin", false},
    };
    struct srv_config config;
    char error[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *const variables[] = {(char *)(uintptr_t)rows[i].variable, NULL};
        assert_int_equal(srv_hint_links(variables, error, sizeof error), !rows[i].is_link);
        if (rows[i].is_link)
            assert_true(srv_hint_environment(variables, error, sizeof error));
    }
    env_name = "WEIGHTD_PORT";
    env_value = "tcp://10.0.0.1:8080";
    assert_true(read_words(&config, error, NULL));
    assert_int_equal(config.port, 8080);
    assert_false(srv_config_is_given(&config, "port"));
    env_value = "tcp:9";
    assert_false(read_words(&config, error, NULL));
    env_name = NULL;
}

/* Each topic names every option, or is about its word. */
TEST(test_topics)
{
    static const char *const whole[] = {NULL, "man", "bash"}, *const of_words[] = {"serve", "get", "models"};
    char text[32768], error[512], name[64];
    for (size_t i = 0; i < 6; i++) {
        const char *topic = i < 3 ? whole[i] : of_words[i - 3];
        memset(text, 0, sizeof text);
        FILE *out = fmemopen(text, sizeof text, "w");
        assert_true(srv_help(topic, out, error, sizeof error));
        fclose(out);
        for (unsigned k = 0; i < 3 && srv_config_word_at(k); k++) {
            const char *word = srv_config_word_at(k);
            size_t n = 0;
            for (const char *p = word; *p; p++)
                n += (size_t)snprintf(name + n, sizeof name - n, "%s%c", i == 1 && *p == '-' ? "\\" : "", *p);
            if (!strstr(text, name))
                fail_msg("%s does not name %s", topic ? topic : "help", name);
        }
        if (i >= 3)
            assert_non_null(strstr(text, topic));
    }
    assert_false(srv_help("gte", stdout, error, sizeof error));
    assert_non_null(strstr(error, "allowed: serve, get, models, man, bash"));
}

/* Every row can be read back from what --print-config prints, and --help names it. */
TEST(test_print_and_help)
{
    struct srv_config config, again;
    char error[512], printed[4096] = "", help[16384] = "";
    assert_true(read_words(&config, error, (const char *[]){"--max-bytes", "1536K", "--port", "0", NULL}));
    FILE *out = fmemopen(printed, sizeof printed, "w");
    srv_config_print(&config, out);
    fclose(out);
    out = fmemopen(help, sizeof help, "w");
    assert_true(srv_help(NULL, out, error, sizeof error));
    fclose(out);
    assert_non_null(strstr(printed, "WEIGHTD_MAX_BYTES=1536K\n"));
    assert_non_null(strstr(printed, "WEIGHTD_PORT=0\n"));
    size_t n = 0;
    for (char *line = strtok(printed, "\n"); line; line = strtok(NULL, "\n"), n++) {
        const struct srv_option *option = srv_option_at((unsigned)n);
        char flag[64];
        assert_non_null(option);
        snprintf(flag, sizeof flag, "--%s", option->name);
        assert_non_null(strstr(help, flag));
        *strchr(line, '=') = '\0';
        assert_non_null(strstr(help, line));
        env_name = line;
        env_value = line + strlen(line) + 1;
        assert_true(read_words(&again, error, NULL));
        bool is_text = option->type == SRV_OPT_ADDRESS || option->type == SRV_OPT_PATH || option->type == SRV_OPT_TEXT;
        if (!is_text)
            assert_memory_equal((char *)&again + option->offset, (char *)&config + option->offset, sizeof(uint64_t));
        env_name = NULL;
    }
    assert_null(srv_option_at((unsigned)n));
}

/* Every file that must be readable is missed, and an option that needs another one, too. */
TEST(test_check)
{
    const struct srv_option *option;
    struct srv_config config;
    char error[512], flag[64];
    unsigned checked = 0;
    assert_true(read_words(&config, error, NULL));
    assert_true(srv_config_check(&config, error, sizeof error));
    for (unsigned i = 0; (option = srv_option_at(i)); i++) {
        snprintf(flag, sizeof flag, "--%s", option->name);
        if (option->readable) {
            assert_true(read_words(&config, error, (const char *[]){flag, "/nothing/here", NULL}));
            assert_false(srv_config_check(&config, error, sizeof error));
            assert_non_null(strstr(error, "cannot read /nothing/here: "));
        }
        if (option->with) {
            assert_true(read_words(&config, error, (const char *[]){flag, "/dev/null", NULL}));
            assert_false(srv_config_check(&config, error, sizeof error));
            assert_non_null(strstr(error, option->with));
        }
        checked += option->readable;
    }
    assert_int_equal(checked, 4);
    assert_true(read_words(&config, error, (const char *[]){"--tls-key", "/dev/null", NULL}));
    assert_false(srv_config_check(&config, error, sizeof error));
    assert_true(read_words(&config, error, (const char *[]){"--tls-key=/dev/null", "--tls-cert=/dev/null", NULL}));
    assert_true(srv_config_check(&config, error, sizeof error));
}

/* On a loopback address other hosts are asked for by mistake, or by rebinding; elsewhere names cannot be known. */
TEST(test_hosts)
{
    static const struct {
        const char *words[3];
        bool any;
    } rows[] = {
        {{NULL}, false},
        {{"--bind=127.0.0.2"}, false},
        {{"--bind=localhost"}, false},
        {{"--bind=::1"}, false},
        {{"--bind=[::1]"}, false},
        {{"--bind=0.0.0.0"}, true},
        {{"--bind=::"}, true},
        {{"--bind=192.0.2.1"}, true},
        {{"--host=*"}, true},
        {{"--host=a.example"}, false},
        {{"--host=a.example", "--bind=0.0.0.0"}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct srv_config config;
        char error[512];
        assert_true(read_words(&config, error, rows[i].words));
        if (srv_config_any_host(&config) != rows[i].any)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),       cmocka_unit_test(test_values),  cmocka_unit_test(test_bind),
        cmocka_unit_test(test_environment),    cmocka_unit_test(test_refused), cmocka_unit_test(test_commands),
        cmocka_unit_test(test_print_and_help), cmocka_unit_test(test_check),   cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_links),          cmocka_unit_test(test_topics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
