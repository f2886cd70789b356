/* A main for fuzz targets without libFuzzer: every seed, then mutations of them (the same ones in every run).
 *
 *     fuzz_request [COUNT]        run the seeds and COUNT mutations (default 20000)
 *     fuzz_request --seeds DIR    write the seeds as files, for libFuzzer */
#include <string.h>

#include "fuzz/fuzz.h"

enum { INPUT_MAX = 600 };

static uint64_t random_state = 88172645463325252u;

static size_t below(size_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % n);
}

static size_t n_seeds(void)
{
    size_t n = 0;
    while (fuzz_seeds[n])
        n++;
    return n;
}

/* An exact-size copy, so that a sanitizer sees a read beyond the end. */
static void run(const uint8_t *bytes, size_t n)
{
    uint8_t *input = malloc(n + (n == 0));
    if (!input)
        abort();
    memcpy(input, bytes, n);
    LLVMFuzzerTestOneInput(input, n);
    free(input);
}

static size_t insert(uint8_t *at, size_t n, const void *bytes, size_t k)
{
    if (n + k > INPUT_MAX)
        return n;
    size_t where = below(n + 1);
    memmove(at + where + k, at + where, n - where);
    memcpy(at + where, bytes, k);
    return n + k;
}

/* One small change: flip, set, remove, double, splice from another seed, or a token that parsers stumble over. */
static size_t mutate(uint8_t *at, size_t n)
{
    /* clang-format off */
    static const char *const tokens[] = {"0", "-1", "18446744073709551615", "18446744073709551616", "%00", "%", "&", "=",
                                         ",", ":", ";q=0", "e999", "0x", "\xff", "\r\n", "\"", "*", "W/", "bytes=", "-"};
    /* clang-format on */
    const char *token = tokens[below(sizeof tokens / sizeof *tokens)], *seed = fuzz_seeds[below(n_seeds())];
    uint8_t byte = (uint8_t)below(256);
    size_t where = n ? below(n) : 0, len = n ? 1 + below(n - where) : 0, seed_at = below(strlen(seed) + 1);
    switch (below(6)) {
    case 0:
        if (n)
            at[where] ^= (uint8_t)(1 << below(8));
        return n;
    case 1:
        return insert(at, n, &byte, 1);
    case 2:
        memmove(at + where, at + where + len, n - where - len);
        return n - len;
    case 3: {
        uint8_t part[INPUT_MAX];
        memcpy(part, at + where, len);
        return insert(at, n, part, len);
    }
    case 4:
        return insert(at, n, seed + seed_at, strlen(seed) - seed_at);
    default:
        return insert(at, n, token, strlen(token));
    }
}

static void write_seeds(const char *dir)
{
    for (size_t i = 0; fuzz_seeds[i]; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/seed-%zu", dir, i);
        FILE *file = fopen(path, "wb");
        if (!file || fputs(fuzz_seeds[i], file) < 0 || fclose(file) != 0) {
            perror(path);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        write_seeds(argv[2]);
        return 0;
    }
    long count = argc > 1 ? atol(argv[1]) : 20000;
    for (size_t i = 0; fuzz_seeds[i]; i++)
        run((const uint8_t *)fuzz_seeds[i], strlen(fuzz_seeds[i]));
    for (long i = 0; i < count; i++) {
        uint8_t input[INPUT_MAX];
        const char *seed = fuzz_seeds[below(n_seeds())];
        size_t n = strlen(seed);
        memcpy(input, seed, n);
        for (size_t changes = 1 + below(6); changes; changes--)
            n = mutate(input, n);
        run(input, n);
    }
    printf("%zu seeds, %ld mutations\n", n_seeds(), count);
    return 0;
}
