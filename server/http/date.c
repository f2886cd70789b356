/* see date.h */
#include "http/date.h"

#include <stdio.h>
#include <string.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "ThuFriSatSunMonTueWed"; /* 1 January 1970 was a Thursday */

struct date {
    unsigned year, month, day, hour, minute, second; /* month and day from 1 on */
};

/* ---- the calendar ---------------------------------------------------------------------------------------------- */

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

/* Days from 1 January of the year 0 to that of the given one. */
static int64_t days_before(unsigned year)
{
    unsigned last = year ? year - 1 : 0;
    return year ? (int64_t)year * 365 + last / 4 - last / 100 + last / 400 + 1 : 0;
}

static int64_t seconds_of(const struct date *date)
{
    int64_t n = days_before(date->year) - days_before(1970) + date->day - 1;
    for (unsigned month = 1; month < date->month; month++)
        n += days_of(date->year, month);
    return ((n * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
}

/* A second of 60 is a leap second. */
static bool exists(const struct date *date)
{
    return date->day >= 1 && date->day <= days_of(date->year, date->month) && date->hour < 24 && date->minute < 60 &&
           date->second <= 60;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

void srv_date_write(int64_t time, char text[SRV_DATE_CAP])
{
    unsigned second = (unsigned)(time % 86400), year = 1970, month = 1;
    int64_t n = time / 86400, left = n;
    for (; left >= (is_leap(year) ? 366 : 365); year++)
        left -= is_leap(year) ? 366 : 365;
    for (; left >= days_of(year, month); month++)
        left -= days_of(year, month);
    snprintf(text, SRV_DATE_CAP, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + n % 7 * 3, (unsigned)left % 31 + 1,
             months + (size_t)(month - 1) * 3, year % 10000, second / 3600 % 24, second / 60 % 60, second % 60);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* Each function moves *text past what it reads. False: something else stands there. */

static bool word(const char **text, const char *expected)
{
    size_t len = strlen(expected);
    bool found = !strncmp(*text, expected, len);
    *text += found ? len : 0;
    return found;
}

/* Exactly n digits. */
static bool number(const char **text, unsigned n, unsigned *value)
{
    for (*value = 0; n; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *value = *value * 10 + (unsigned)(**text - '0');
    }
    return true;
}

static bool month(const char **text, unsigned *value)
{
    for (*value = 1; *value <= 12; (*value)++)
        if (!strncmp(*text, months + (size_t)(*value - 1) * 3, 3)) {
            *text += 3;
            return true;
        }
    return false;
}

static bool day_name(const char **text, bool whole)
{
    static const char *const rests[] = {"rsday", "day", "urday", "day", "day", "sday", "nesday"};
    for (unsigned i = 0; i < 7; i++)
        if (!strncmp(*text, days + (size_t)i * 3, 3)) {
            *text += 3;
            return !whole || word(text, rests[i]);
        }
    return false;
}

static bool clock_time(const char **text, struct date *date)
{
    return number(text, 2, &date->hour) && word(text, ":") && number(text, 2, &date->minute) && word(text, ":") &&
           number(text, 2, &date->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool imf_fixdate(const char *text, struct date *date)
{
    return day_name(&text, false) && word(&text, ", ") && number(&text, 2, &date->day) && word(&text, " ") &&
           month(&text, &date->month) && word(&text, " ") && number(&text, 4, &date->year) && word(&text, " ") &&
           clock_time(&text, date) && word(&text, " GMT") && !*text;
}

/* Sunday, 06-Nov-94 08:49:37 GMT */
static bool rfc850_date(const char *text, struct date *date)
{
    bool good = day_name(&text, true) && word(&text, ", ") && number(&text, 2, &date->day) && word(&text, "-") &&
                month(&text, &date->month) && word(&text, "-") && number(&text, 2, &date->year) && word(&text, " ") &&
                clock_time(&text, date) && word(&text, " GMT") && !*text;
    date->year += date->year < 77 ? 2000 : 1900;
    return good;
}

/* Sun Nov  6 08:49:37 1994 */
static bool asctime_date(const char *text, struct date *date)
{
    if (!day_name(&text, false) || !word(&text, " ") || !month(&text, &date->month) || !word(&text, " "))
        return false;
    bool one_digit = word(&text, " ");
    return number(&text, one_digit ? 1 : 2, &date->day) && word(&text, " ") && clock_time(&text, date) &&
           word(&text, " ") && number(&text, 4, &date->year) && !*text;
}

bool srv_date_read(const char *text, int64_t *time)
{
    static bool (*const forms[])(const char *text, struct date *date) = {imf_fixdate, rfc850_date, asctime_date};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct date date;
        if (!forms[i](text, &date))
            continue;
        *time = exists(&date) ? seconds_of(&date) : 0;
        return exists(&date);
    }
    return false;
}
