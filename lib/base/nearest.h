/* nearest.h - "did you mean": the candidate nearest to a name by edit distance. wi_nearest in wi.h does it for a list.
 *
 *     struct wi_near near = wi_near_to(name, len);
 *     wi_near_offer(&near, "he_normal", 9);
 *     near.best: NULL when no candidate is near; the first of several equally near ones */
#ifndef WI_BASE_NEAREST_H
#define WI_BASE_NEAREST_H

#include <stddef.h>

struct wi_near {
    const char *name;
    size_t len;
    const char *best; /* borrowed from the offer, not terminated */
    size_t best_len;
    unsigned farthest; /* the largest edit distance that still counts */
};

struct wi_near wi_near_to(const char *name, size_t len);
void wi_near_offer(struct wi_near *near, const char *candidate, size_t len);
/* All words of a blank-separated list. */
void wi_near_offer_words(struct wi_near *near, const char *words);

#endif
