/* see revision.h */
#include "hub/revision.h"

#include <string.h>

#include "wi.h"

enum { SEED = 0, DTYPE = 8, ALG = 9, IDENTITY = 10, CHECK = 16, COMMIT_BYTES = 20 };

static const struct {
    const char *name;
    enum srv_dtype dtype;
} dtypes[] = {
    {"f32", SRV_DTYPE_F32},
    {"f16", SRV_DTYPE_F16},
    {"bf16", SRV_DTYPE_BF16},
    {"f64", SRV_DTYPE_F64},
};
#define N_DTYPES (sizeof dtypes / sizeof *dtypes)

const char *srv_hub_revision_dtype_at(unsigned i)
{
    return i < N_DTYPES ? dtypes[i].name : NULL;
}

static bool find_dtype(const char *text, enum srv_dtype *out)
{
    for (size_t i = 0; i < N_DTYPES; i++)
        if (!strcmp(dtypes[i].name, text)) {
            *out = dtypes[i].dtype;
            return true;
        }
    return false;
}

static bool is_main(const char *text)
{
    return !strcmp(text, "main") || !strcmp(text, "HEAD") || !strcmp(text, "refs/heads/main");
}

/* A number without a sign or a leading zero; moves *text behind it. */
static bool read_number(const char **text, uint64_t *out)
{
    const char *p = *text;
    uint64_t n = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(n, UINT64_C(10), &n) || __builtin_add_overflow(n, (uint64_t)(*p - '0'), &n))
            return false;
    const bool good = p > *text && (**text != '0' || p == *text + 1);
    *text = p;
    *out = n;
    return good;
}

bool srv_hub_revision_read(const char *text, enum srv_dtype own, struct srv_hub_revision *out)
{
    static const char tags[] = "refs/tags/";
    *out = (struct srv_hub_revision){.dtype = own};
    if (is_main(text))
        return true;
    if (!strncmp(text, tags, sizeof tags - 1))
        text += sizeof tags - 1;
    if (find_dtype(text, &out->dtype))
        return true;
    if (strncmp(text, "seed-", 5))
        return false;
    text += 5;
    if (!read_number(&text, &out->seed))
        return false;
    return !*text || (*text == '-' && find_dtype(text + 1, &out->dtype));
}

/* The digest at the end of a commit. */
static void check_of(const uint8_t commit[COMMIT_BYTES], const uint8_t identity[SRV_SHA256_BYTES],
                     uint8_t digest[SRV_SHA256_BYTES])
{
    struct srv_sha256 sha;
    srv_sha256_init(&sha);
    srv_sha256_add(&sha, commit, CHECK);
    srv_sha256_add(&sha, identity, SRV_SHA256_BYTES);
    srv_sha256_end(&sha, digest);
}

void srv_hub_commit(struct srv_hub_revision revision, const uint8_t identity[SRV_SHA256_BYTES],
                    char out[SRV_HUB_COMMIT_CHARS])
{
    uint8_t commit[COMMIT_BYTES], digest[SRV_SHA256_BYTES];
    for (unsigned i = 0; i < 8; i++)
        commit[SEED + i] = (uint8_t)(revision.seed >> (56 - 8 * i));
    commit[DTYPE] = (uint8_t)revision.dtype;
    commit[ALG] = WI_ALG;
    memcpy(commit + IDENTITY, identity, CHECK - IDENTITY);
    check_of(commit, identity, digest);
    memcpy(commit + CHECK, digest, COMMIT_BYTES - CHECK);
    srv_hex(commit, COMMIT_BYTES, out);
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool srv_hub_commit_read(const char *text, const uint8_t identity[SRV_SHA256_BYTES], struct srv_hub_revision *out)
{
    uint64_t seed = 0;
    char right[SRV_HUB_COMMIT_CHARS];
    if (strlen(text) != SRV_HUB_COMMIT_CHARS - 1)
        return false;
    for (unsigned i = 0; i < SRV_HUB_COMMIT_CHARS - 1; i++)
        if (digit(text[i]) < 0)
            return false;
    for (unsigned i = 0; i < 16; i++)
        seed = seed << 4 | (uint64_t)digit(text[2 * SEED + i]);
    *out = (struct srv_hub_revision){
        seed, (enum srv_dtype)(digit(text[2 * (size_t)DTYPE]) << 4 | digit(text[2 * (size_t)DTYPE + 1]))};
    if (out->dtype > SRV_DTYPE_FLOAT)
        return false;
    srv_hub_commit(*out, identity, right);
    return !strcmp(text, right);
}
