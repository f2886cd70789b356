/* see lines.h */
#include "support/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned lines_read(const char *path, void (*each)(const struct line *, void *), void *context)
{
    static char text[4096];
    struct line line = {.path = path};
    unsigned seen = 0;
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        exit(1);
    }
    while (fgets(text, sizeof text, f)) {
        char *save = NULL;
        line.number++;
        if (!strchr(text, '\n')) {
            fprintf(stderr, "%s:%u: line too long\n", path, line.number);
            exit(1);
        }
        line.n = 0;
        for (char *p = strtok_r(text, " \t\n", &save); p && line.n < LINES_FIELDS; p = strtok_r(NULL, " \t\n", &save))
            line.field[line.n++] = p;
        if (line.n == 0 || line.field[0][0] == '#')
            continue;
        each(&line, context);
        seen++;
    }
    fclose(f);
    return seen;
}

size_t lines_bytes(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = strlen(hex) / 2;
    if (strlen(hex) % 2 || n > cap)
        return 0;
    for (size_t i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], 0}, *end;
        out[i] = (uint8_t)strtoul(digits, &end, 16);
        if (*end)
            return 0;
    }
    return n;
}
