/* wi_cat - bodies by libwi alone, for scripts.
 *
 *     wi_cat '/init?scheme=normal&shape=3'   the body on standard output
 *     wi_cat --vectors < requests            for every line "sha256 bytes request"; comments are kept
 *     wi_cat --ask < requests                "ok BYTES EXACTNESS" and that many bytes, or "error CODE TEXT", for every line;
 *                                            answers each line before it reads the next
 *
 * Before the numbers of a version are frozen, known answers are made again by
 *     awk '/^#/ {print; next} {print $NF}' tests/vectors/requests.txt | build/tests/wi_cat --vectors > new */
#include "support/body.h"
#include "support/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_body(const char *request)
{
    size_t n;
    uint8_t *bytes = body_bytes(request, &n);
    fwrite(bytes, 1, n, stdout);
    free(bytes);
}

static void print_vector(const char *request)
{
    if (request[0] == 0 || request[0] == '#') {
        puts(request);
        return;
    }
    size_t n;
    char digest[SHA256_HEX_CAP];
    uint8_t *bytes = body_bytes(request, &n);
    sha256_hex(bytes, n, digest);
    printf("%s %zu %s\n", digest, n, request);
    free(bytes);
}

static void answer(const char *request)
{
    struct wi_plan plan;
    struct wi_error err = {0};
    enum wi_status status = body_plan(&plan, request, &err);
    if (status == WI_OK) {
        const char *exactness = plan.part.tensor.exactness == WI_EXACT ? "exact" : "approximate";
        printf("ok %llu %s\n", (unsigned long long)plan.total_bytes, exactness);
        print_body(request);
    } else {
        printf("error %s %s\n", wi_status_slug(status), err.text);
    }
    fflush(stdout);
}

static void each_line(void (*print)(const char *request))
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        print(line);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: wi_cat REQUEST | wi_cat --vectors < requests | wi_cat --ask < requests\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "--vectors") == 0)
        each_line(print_vector);
    else if (strcmp(argv[1], "--ask") == 0)
        each_line(answer);
    else
        print_body(argv[1]);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
