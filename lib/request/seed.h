/* seed.h - seeds that are no unsigned 64-bit integer: -1, a list 1,2,3, more than 64 bits. See struct wi_seed. */
#ifndef WI_REQUEST_SEED_H
#define WI_REQUEST_SEED_H

#include "base/text.h"
#include "wi.h"

/* Read a seed that is no PLAIN one; low: its low 64 bits, of a list those of its first element. False: it is none. A
 * list has commas, at least one, which may stand at its end: "5," is a list of one. WI_SEED_WORDS words at most. */
bool wi_seed_read(const char *text, size_t len, struct wi_seed *seed, uint64_t *low);

/* As wi_seed_read takes it, in one spelling. */
#define WI_SEED_TEXT (12 * WI_SEED_WORDS + 24)
void wi_seed_write(struct wi_text *t, const struct wi_seed *seed, uint64_t low);

#endif
