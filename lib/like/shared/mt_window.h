/* mt_window.h - MT19937 words through a window, for loops that take them in batches.
 *
 * The window holds the words that were drawn but not used, so that a batch can end anywhere. */
#ifndef WI_LIKE_SHARED_MT_WINDOW_H
#define WI_LIKE_SHARED_MT_WINDOW_H

#include <string.h>

#include "like/shared/mt19937.h"

#define WI_WINDOW (4 * WI_MT_WORDS)

struct wi_words {
    struct wi_mt mt;
    uint32_t at, end; /* words[at..end) are drawn and unused */
    uint32_t words[WI_WINDOW + 16];
};

static inline void wi_words_start(struct wi_words *w)
{
    w->at = w->end = 0;
}

/* Make at least n <= WI_WINDOW words available and return the first; all of words[at..end) may be read. */
static inline const uint32_t *wi_words_peek(struct wi_words *w, uint32_t n)
{
    if (w->end - w->at < n) {
        uint32_t left = w->end - w->at, more = WI_WINDOW - left;
        memmove(w->words, w->words + w->at, left * sizeof *w->words);
        wi_mt_draw(&w->mt, w->words + left, more);
        w->at = 0;
        w->end = left + more;
    }
    return w->words + w->at;
}

/* Leave out n words. */
static inline void wi_words_skip(struct wi_words *w, uint64_t n)
{
    uint32_t left = w->end - w->at;
    if (n <= left) {
        w->at += (uint32_t)n;
        return;
    }
    w->at = w->end;
    wi_mt_skip(&w->mt, n - left);
}

static inline uint32_t wi_words_next(struct wi_words *w)
{
    uint32_t word = *wi_words_peek(w, 1);
    w->at++;
    return word;
}

#endif
