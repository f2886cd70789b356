/* "Did you mean": see wi_nearest in wi.h. */
#include <string.h>

#include "wi.h"

enum { NAME_CAP = 40 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edit distance with swaps of neighbours (optimal string alignment), or one more than that to the best beginning of b, so
 * that half a name is near the whole. Both texts are shorter than NAME_CAP. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned d[3][NAME_CAP + 1] = {{0}};
    for (unsigned j = 0; j <= nb; j++)
        d[0][j] = j;
    for (unsigned i = 1; i <= na; i++) {
        unsigned *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= nb; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    const unsigned *last = d[na % 3];
    unsigned best = last[nb];
    for (unsigned j = 0; j < nb; j++)
        best = last[j] + 1 < best ? last[j] + 1 : best;
    return best;
}

const char *wi_nearest(const char *name, size_t len, const char *(*at)(unsigned i))
{
    const char *best = NULL, *candidate;
    if (len == 0 || len >= NAME_CAP)
        return NULL;
    unsigned best_distance = (unsigned)len / 3 + 1;
    for (unsigned i = 0; (candidate = at(i)); i++) {
        size_t n = strlen(candidate);
        if (n >= NAME_CAP)
            continue;
        unsigned d = distance(name, len, candidate, n);
        if (d < best_distance || (d == best_distance && !best)) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}
