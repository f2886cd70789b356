/* date.h - HTTP dates (RFC 9110 section 5.6.7). Pure: no clock, no locale, no memory. */
#ifndef SRV_HTTP_DATE_H
#define SRV_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define SRV_DATE_CAP 30 /* "Thu, 01 Jan 2026 00:00:00 GMT" and its end */

/* Write a time, in seconds since 1970, years 1970 to 9999, as an IMF-fixdate. */
void srv_date_write(int64_t time, char text[SRV_DATE_CAP]);

/* Read any of the three forms, and nothing around it, as seconds since 1970; before 1970 they are negative. Years of
 * two digits are those of 1977 to 2076. False: not a date, or one that no calendar has. The day of the week must be a
 * name, and need not be the right one. */
bool srv_date_read(const char *text, int64_t *time);

#endif
