/* lines.h - known answers as text: lines of blank-separated fields, '#' starts a comment line. */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdint.h>

enum { LINES_FIELDS = 40 };

struct line {
    const char *path;
    unsigned number;           /* from 1 */
    unsigned n;                /* fields */
    char *field[LINES_FIELDS]; /* valid until the next line */
};

/* Calls `each` for every line that is neither empty nor a comment; returns how many there were. Ends the program if the
 * file cannot be read or a line is too long. */
unsigned lines_read(const char *path, void (*each)(const struct line *, void *), void *context);

/* Hexadecimal digits as bytes; returns how many bytes, 0 if there is anything else. */
size_t lines_bytes(const char *hex, uint8_t *out, size_t cap);

#endif
