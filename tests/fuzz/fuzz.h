/* fuzz.h - a fuzz target: one property of one parser.
 *
 * A target is a file fuzz_*.c with the function libFuzzer calls and the seeds it starts from. `make fuzz` runs every
 * target under libFuzzer (clang); replay.c is a main that runs the seeds and some thousand mutations of them in the
 * ordinary tests, with any compiler. A property that does not hold aborts. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends with NULL. Seeds are texts; "\x00" cannot stand in one, mutations add it. */
extern const char *const fuzz_seeds[];

#define FUZZ_CHECK(condition)                                                              \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

#endif
