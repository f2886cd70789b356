/* wi_cat - bodies by libwi alone, for scripts.
 *
 *     wi_cat '/init?scheme=normal&shape=3'         the body to standard output
 *     wi_cat --vectors < requests                  a line "sha256 bytes request" for every line; comments are kept
 *
 * Before the numbers of a version are frozen, known answers are made again by
 *     awk '/^#/ {print; next} {print $NF}' tests/vectors/requests.txt | build/tests/wi_cat --vectors > new */
#include "support/body.h"
#include "support/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_vector(const char *request)
{
    size_t n;
    char digest[65];
    uint8_t *bytes = body_bytes(request, &n);
    sha256_hex(bytes, n, digest);
    printf("%s %zu %s\n", digest, n, request);
    free(bytes);
}

static int vectors(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] == 0 || line[0] == '#')
            puts(line);
        else
            print_vector(line);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: wi_cat REQUEST | wi_cat --vectors < requests\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "--vectors") == 0)
        return vectors();
    size_t n;
    uint8_t *bytes = body_bytes(argv[1], &n);
    size_t written = fwrite(bytes, 1, n, stdout);
    free(bytes);
    return written == n && fflush(stdout) == 0 ? 0 : 1;
}
