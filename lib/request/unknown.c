/* see unknown.h */
#include "request/unknown.h"

#include <string.h>

#include "base/fail.h"
#include "base/names.h"
#include "base/nearest.h"
#include "base/text.h"

enum { WORD_CAP = 48, MEANT_MAX = 4 };

/* Words of other programs for what a scheme of ours draws. */
static const struct {
    const char *words, *name;
    /* clang-format off */
} foreign[] = {
    /* clang-format on */
    {"randn standard_normal", "normal"},
    {"rand random_sample", "uniform"},
    {"msra", "he_normal"},
    {"xavier_normal_", "glorot_normal"}, /* torch's has the variance 2 / (fan_in + fan_out) */
};

/* What the name can mean: names and aliases of the table. */
struct meant {
    struct wi_near names[MEANT_MAX]; /* of which best and best_len are used */
    unsigned n;
};

static void add(struct meant *meant, const char *name, size_t len)
{
    if (meant->n < MEANT_MAX)
        meant->names[meant->n++] = (struct wi_near){.best = name, .best_len = len};
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t without(const char *word, size_t len, const char *end)
{
    size_t n = strlen(end);
    return len > n && memcmp(word + len - n, end, n) == 0 ? len - n : len;
}

/* The name in small letters, without the modules before it: torch.nn.init.xavier_normal_ is xavier_normal_. */
static size_t tidy(const char *name, char word[WORD_CAP])
{
    size_t len = 0;
    for (const char *dot; (dot = strchr(name, '.'));)
        name = dot + 1;
    for (const char *at = name; *at && len < WORD_CAP - 1; at++)
        word[len++] = small(*at);
    word[len] = 0;
    return len;
}

/* The name without a usual ending: he_init, Xavier Initialization, uniform_. */
static size_t stem(const char *word, size_t len)
{
    static const char *const ends[] = {"initialization", "initializer", "init", "_", "-", " "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        len = without(word, len, ends[i]);
    return without(word, without(word, len, "_"), " ");
}

/* The words of the list that begin with word and an underscore. */
static void offer_continued(struct meant *meant, const char *list, const char *word, size_t len)
{
    for (size_t n; *list; list += n, list += *list == ' ') {
        n = strcspn(list, " ");
        if (n > len && list[len] == '_' && memcmp(list, word, len) == 0)
            add(meant, list, n);
    }
}

static const struct wi_scheme_info *row(const struct wi_like_info *like, unsigned i)
{
    return wi_like_scheme_at(like, i);
}

static void find_meant(struct meant *meant, const struct wi_like_info *like, const char *name)
{
    char word[WORD_CAP];
    size_t len = tidy(name, word);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (wi_named("", foreign[i].words, word, len) &&
            wi_like_scheme_find(like, foreign[i].name, strlen(foreign[i].name)))
            add(meant, foreign[i].name, strlen(foreign[i].name));
    len = stem(word, len);
    if (meant->n || len == 0)
        return;
    const struct wi_scheme_info *info = wi_like_scheme_find(like, word, len);
    if (info)
        add(meant, info->name, strlen(info->name));
    for (unsigned i = 0; !info && i < like->n_schemes; i++) {
        offer_continued(meant, row(like, i)->name, word, len);
        offer_continued(meant, row(like, i)->aliases, word, len);
    }
}

static void find_nearest(struct meant *meant, const struct wi_like_info *like, const char *name)
{
    struct wi_near near = wi_near_to(name, strlen(name));
    for (unsigned i = 0; i < like->n_schemes; i++) {
        wi_near_offer_words(&near, row(like, i)->name);
        wi_near_offer_words(&near, row(like, i)->aliases);
    }
    if (near.best)
        add(meant, near.best, near.best_len);
}

/* "a", "a and b", "a, b and c" */
static void put_meant(struct wi_text *t, const struct meant *meant)
{
    for (unsigned i = 0; i < meant->n; i++) {
        wi_text_str(t, i == 0 ? "" : i + 1 == meant->n ? " and " : ", ");
        wi_text_bytes(t, meant->names[i].best, meant->names[i].best_len);
    }
}

static void allow_schemes(const struct wi_like_info *like, struct wi_error *err)
{
    char buf[640];
    struct wi_text t = wi_text_in(buf, sizeof buf);
    for (unsigned i = 0; i < like->n_schemes; i++) {
        wi_text_str(&t, i ? ", " : "");
        wi_text_str(&t, row(like, i)->name);
    }
    wi_text_end(&t);
    wi_error_allow(err, buf);
}

enum wi_status wi_unknown_scheme(const struct wi_like_info *like, const char *name, struct wi_error *err)
{
    struct meant meant = {.n = 0};
    char names[160], nearest[sizeof err->nearest];
    struct wi_text all = wi_text_in(names, sizeof names), first = wi_text_in(nearest, sizeof nearest);
    find_meant(&meant, like, name);
    const bool several = meant.n > 1;
    if (meant.n == 0)
        find_nearest(&meant, like, name);
    if (several) {
        wi_text_str(&all, "; there are ");
        put_meant(&all, &meant);
    }
    wi_text_end(&all);
    if (like == wi_like_at(0))
        wi_fail(err, WI_E_PARAM_UNKNOWN, "scheme", "there is no scheme '%q'%s", name, names);
    else
        wi_fail(err, WI_E_PARAM_UNKNOWN, "scheme", "like=%s has no scheme '%q'%s", like->name, name, names);
    allow_schemes(like, err);
    if (meant.n)
        wi_text_bytes(&first, meant.names[0].best, meant.names[0].best_len);
    wi_text_end(&first);
    wi_error_near(err, nearest);
    return WI_E_PARAM_UNKNOWN;
}
