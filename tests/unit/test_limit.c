/* server/ops/limit.h: buckets and connection counts, on a clock that the test sets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ops/limit.h"
#include "support/test.h"

#define SECOND UINT64_C(1000000000)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool no_random;

/* In the place of the C library's. */
ssize_t getrandom(void *bytes, size_t n, unsigned flags)
{
    return no_random ? -1 : syscall(SYS_getrandom, bytes, n, flags);
}

TEST(test_there_is_no_table_without_a_secret)
{
    const struct srv_limit_config config = {.connections = 1};
    no_random = true;
    assert_null(srv_limit_open(&config));
    no_random = false;
    struct srv_limit *limit = srv_limit_open(&config);
    assert_non_null(limit);
    srv_limit_close(limit);
}

static union address address(const char *text)
{
    union address a;
    memset(&a, 0, sizeof a);
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
        a.v4.sin_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
        a.v6.sin6_family = AF_INET6;
    }
    return a;
}

TEST(test_bucket)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.rate = 2, .burst = 5});
    union address a = address("10.0.0.1"), b = address("10.0.0.2");
    uint64_t now = 1000 * SECOND;
    for (int i = 0; i < 5; i++)
        assert_int_equal(srv_limit_request(limit, &a.any, now), 0);
    assert_int_equal(srv_limit_request(limit, &a.any, now), 1); /* half a second, in whole ones */
    assert_int_equal(srv_limit_request(limit, &b.any, now), 0); /* another address is not touched */
    now += SECOND / 2 - 1;
    assert_int_equal(srv_limit_request(limit, &a.any, now), 1);
    now += 1;
    assert_int_equal(srv_limit_request(limit, &a.any, now), 0);
    assert_int_equal(srv_limit_request(limit, &a.any, now), 1);
    now += 100 * SECOND; /* full again, and not fuller than full */
    for (int i = 0; i < 5; i++)
        assert_int_equal(srv_limit_request(limit, &a.any, now), 0);
    assert_int_equal(srv_limit_request(limit, &a.any, now), 1);
    srv_limit_close(limit);
}

/* Over any time, no more than burst + rate * time. */
TEST(test_long_run)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.rate = 7, .burst = 10});
    union address a = address("2001:db8::1");
    uint64_t allowed = 0;
    for (uint64_t now = SECOND; now < 61 * SECOND; now += SECOND / 100)
        allowed += srv_limit_request(limit, &a.any, now) == 0;
    assert_true(allowed >= 10 + 7 * 60 - 2 && allowed <= 10 + 7 * 60 + 1);
    srv_limit_close(limit);
}

TEST(test_connections)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.connections = 2, .burst = 1});
    union address a = address("10.0.0.1"), same = address("::ffff:10.0.0.1"), other = address("10.0.0.2");
    uint32_t ticket = srv_limit_connect(limit, &a.any);
    assert_true(ticket);
    assert_true(srv_limit_connect(limit, &same.any));
    assert_false(srv_limit_connect(limit, &a.any));
    assert_true(srv_limit_connect(limit, &other.any));
    srv_limit_disconnect(limit, 0);
    assert_false(srv_limit_connect(limit, &a.any));
    srv_limit_disconnect(limit, ticket);
    assert_true(srv_limit_connect(limit, &a.any));
    assert_false(srv_limit_connect(limit, &a.any));
    assert_int_equal(srv_limit_request(limit, &a.any, 0), 0); /* no rate: never limited */
    srv_limit_close(limit);
}

/* A /64 is one client, the next /64 is another. */
TEST(test_ipv6_prefix)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.connections = 1, .burst = 1});
    union address a = address("2001:db8:1:2::1"), b = address("2001:db8:1:2:ffff::9"), c = address("2001:db8:1:3::1");
    assert_true(srv_limit_connect(limit, &a.any));
    assert_false(srv_limit_connect(limit, &b.any));
    assert_true(srv_limit_connect(limit, &c.any));
    srv_limit_close(limit);
}

TEST(test_no_limit)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.burst = 1});
    union address a = address("10.0.0.1");
    for (int i = 0; i < 1000; i++) {
        assert_true(srv_limit_connect(limit, &a.any));
        assert_int_equal(srv_limit_request(limit, &a.any, 5), 0);
    }
    assert_true(srv_limit_connect(limit, NULL));
    srv_limit_close(limit);
}

/* A flood of addresses neither breaks anything nor frees a client in use from its limits. */
TEST(test_flood)
{
    struct srv_limit *limit = srv_limit_open(&(struct srv_limit_config){.connections = 3, .rate = 1, .burst = 2});
    union address a = address("10.0.0.1"), b = address("11.0.0.0");
    for (int i = 0; i < 3; i++)
        assert_true(srv_limit_connect(limit, &a.any));
    for (uint32_t i = 0; i < 200000; i++) {
        b.v4.sin_addr.s_addr = htonl(0x0b000000 + i);
        srv_limit_request(limit, &b.any, SECOND);
    }
    assert_false(srv_limit_connect(limit, &a.any));
    srv_limit_close(limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_long_run),
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_ipv6_prefix),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_there_is_no_table_without_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
