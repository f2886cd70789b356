/* http/date.h: every form, the calendar, and what is no date. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http/date.h"
#include "support/test.h"

TEST(test_forms)
{
    static const struct {
        const char *text;
        int64_t time;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Wed Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
        {"Thu, 01 Jan 2026 00:00:00 GMT", 1767225600},
        {"Thursday, 01-Jan-26 00:00:00 GMT", 1767225600},
        {"Saturday, 01-Jan-77 00:00:00 GMT", 220924800},
        {"Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Tue, 30 Jun 2015 23:59:60 GMT", 1435708800},
        {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t time = 42;
        if (!srv_date_read(rows[i].text, &time) || time != rows[i].time)
            fail_msg("%s: %lld", rows[i].text, (long long)time);
    }
}

/* Every day of 1970 to 2109, and the last of 9999, as the C library writes them. */
TEST(test_both_ways)
{
    for (int64_t day = 0; day < 51136; day++) {
        time_t time = (time_t)(day < 51135 ? day * 86400 + day * 7919 % 86400 : 253402300799);
        char text[SRV_DATE_CAP], expected[SRV_DATE_CAP];
        int64_t again;
        struct tm parts;
        strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&time, &parts));
        srv_date_write(time, text);
        assert_string_equal(text, expected);
        assert_true(srv_date_read(text, &again));
        assert_int_equal(again, time);
    }
}

TEST(test_no_dates)
{
    /* clang-format off */
    static const char *const texts[] = {
        "", "0", "now", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Tue, 29 Feb 1900 00:00:00 GMT", "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov 06 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT", "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:3", "Sunday", "Sund", "Sun, -6 Nov 1994 08:49:37 GMT", "\xff",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int64_t time;
        if (srv_date_read(texts[i], &time))
            fail_msg("%s is a date", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_no_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
