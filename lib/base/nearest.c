/* see nearest.h, and wi_nearest in wi.h */
#include "base/nearest.h"

#include <string.h>

#include "wi.h"

enum { NAME_CAP = 40 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

static bool same(char a, char b)
{
    char low = a >= 'A' && a <= 'Z' ? (char)(a - 'A' + 'a') : a;
    return low == b || a == b;
}

/* Edit distance in which a swap of neighbours counts 1 (optimal string alignment). The distance to a prefix of b counts
 * too, plus 1, so that half of a name is near the name. Case is ignored. Both texts are shorter than NAME_CAP. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned d[3][NAME_CAP + 1] = {{0}};
    for (unsigned j = 0; j <= nb; j++)
        d[0][j] = j;
    for (unsigned i = 1; i <= na; i++) {
        unsigned *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= nb; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) && above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    const unsigned *last = d[na % 3];
    unsigned best = last[nb];
    for (unsigned j = 0; j < nb; j++)
        best = last[j] + 1 < best ? last[j] + 1 : best;
    return best;
}

struct wi_near wi_near_to(const char *name, size_t len)
{
    return (struct wi_near){.name = name, .len = len, .farthest = (unsigned)((len + 1) / 3)};
}

void wi_near_offer(struct wi_near *near, const char *candidate, size_t len)
{
    if (near->len == 0 || near->len >= NAME_CAP || len >= NAME_CAP)
        return;
    unsigned d = distance(near->name, near->len, candidate, len);
    if (d < near->farthest || (d == near->farthest && !near->best)) {
        near->best = candidate;
        near->best_len = len;
        near->farthest = d;
    }
}

void wi_near_offer_words(struct wi_near *near, const char *words)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        wi_near_offer(near, words, n);
        words += n;
        words += *words == ' ';
    }
}

const char *wi_nearest(const char *name, size_t len, const char *(*at)(unsigned i))
{
    struct wi_near near = wi_near_to(name, len);
    const char *candidate;
    for (unsigned i = 0; (candidate = at(i)); i++)
        wi_near_offer(&near, candidate, strlen(candidate));
    return near.best;
}
