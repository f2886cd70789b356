/* see token.h */
#include "ops/token.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "base/sha256.h"

#define TOKENS_MAX 4096
#define LINE_MAX 1024

struct digest {
    uint8_t bytes[SRV_SHA256_BYTES];
};

struct srv_tokens {
    pthread_rwlock_t lock;
    struct digest *digests;
    size_t n;
};

struct srv_tokens *srv_tokens_open(void)
{
    struct srv_tokens *tokens = calloc(1, sizeof *tokens);
    if (tokens)
        pthread_rwlock_init(&tokens->lock, NULL);
    return tokens;
}

void srv_tokens_close(struct srv_tokens *tokens)
{
    if (!tokens)
        return;
    pthread_rwlock_destroy(&tokens->lock);
    free(tokens->digests);
    free(tokens);
}

bool srv_tokens_are_exposed(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && (file.st_mode & S_IROTH);
}

/* One line without its end: false when it is neither a token nor a digest. */
static bool read_line(const char *line, struct digest *digest)
{
    if (!strncmp(line, "sha256:", 7))
        return strlen(line) == 7 + 2 * SRV_SHA256_BYTES && srv_hex_read(line + 7, digest->bytes, SRV_SHA256_BYTES);
    for (const char *p = line; *p; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    srv_sha256(line, strlen(line), digest->bytes);
    return true;
}

static size_t read_file(FILE *file, struct digest *digests, char *error, size_t cap)
{
    char line[LINE_MAX];
    size_t n = 0;
    for (unsigned number = 1; fgets(line, sizeof line, file); number++) {
        size_t len = strlen(line);
        bool whole = len < sizeof line - 1 || line[len - 1] == '\n';
        while (len && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' ' || line[len - 1] == '\t'))
            line[--len] = '\0';
        if (len == 0 || *line == '#')
            continue;
        if (!whole || n == TOKENS_MAX || !read_line(line, &digests[n])) {
            snprintf(error, cap, "line %u is no token (visible ASCII, at most %d bytes) and no sha256:HEX", number,
                     LINE_MAX - 2);
            return 0;
        }
        n++;
    }
    if (n == 0)
        snprintf(error, cap, "there is no token in it");
    return n;
}

bool srv_tokens_load(struct srv_tokens *tokens, const char *path, char *error, size_t cap)
{
    FILE *file = fopen(path, "re");
    struct digest *digests = file ? malloc(TOKENS_MAX * sizeof *digests) : NULL;
    snprintf(error, cap, "%s", strerror(errno));
    size_t n = digests ? read_file(file, digests, error, cap) : 0;
    if (file)
        fclose(file);
    if (n == 0) {
        free(digests);
        return false;
    }
    struct digest *fewer = realloc(digests, n * sizeof *digests);
    digests = fewer ? fewer : digests;
    pthread_rwlock_wrlock(&tokens->lock);
    struct digest *old = tokens->digests;
    tokens->digests = digests;
    tokens->n = n;
    pthread_rwlock_unlock(&tokens->lock);
    free(old);
    return true;
}

bool srv_tokens_allow(struct srv_tokens *tokens, const char *authorization)
{
    struct digest asked;
    if (!authorization || strncasecmp(authorization, "Bearer ", 7))
        return false;
    authorization += 7 + strspn(authorization + 7, " ");
    srv_sha256(authorization, strlen(authorization), asked.bytes);
    unsigned found = 0;
    pthread_rwlock_rdlock(&tokens->lock);
    for (size_t i = 0; i < tokens->n; i++) {
        unsigned difference = 0;
        for (size_t k = 0; k < sizeof asked.bytes; k++)
            difference |= (unsigned)(asked.bytes[k] ^ tokens->digests[i].bytes[k]);
        found |= (difference - 1) >> 31; /* 1 when there was no difference */
    }
    pthread_rwlock_unlock(&tokens->lock);
    return found;
}
