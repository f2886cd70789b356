/* match.h - which scheme is this? From the shape of a weight tensor, the standard deviation of its values and the
 * largest of them.
 *
 * The standard deviation of n values of a distribution with kurtosis k is known to std * sqrt((k - 1) / (4 n)), so that
 * schemes are far apart for all but small tensors. Candidates are the native schemes in both layouts, plain and
 * truncated; the default of torch's Linear; and normals of std 0.02 and of 0.02 / sqrt(2 layers), as transformers have
 * them. Schemes that give the same numbers are all named. So are those of the kind before, where the largest value is no more
 * above theirs than rounding to 8 bits can put it.
 * Memory: nothing is allocated. Threads: pure. */
#ifndef WI_MATCH_H
#define WI_MATCH_H

#include "status.h"
#include "tables.h"
#include "tensor.h"

WI_API_BEGIN

/* What largest / std tells: at most sqrt(3), at most 2.274, or more. */
enum wi_match_kind { WI_MATCH_ANY, WI_MATCH_UNIFORM, WI_MATCH_TRUNCATED, WI_MATCH_NORMAL };
const char *wi_match_kind_name(enum wi_match_kind kind); /* "uniform" */

struct wi_measured {
    unsigned rank;
    uint64_t shape[WI_RANK_MAX];
    double std;     /* > 0 */
    double largest; /* of the magnitudes; 0: not known */
};
enum wi_match_kind wi_match_kind(const struct wi_measured *measured);

#define WI_MATCH_QUERY_MAX 256
#define WI_MATCH_MAX 48
struct wi_match {
    char query[WI_MATCH_QUERY_MAX]; /* of /init, "scheme=he_normal&shape=256,128" */
    double std;                     /* by the formula */
    double off_by_sd;               /* by how many standard errors the measured std is larger */
};

/* Write what agrees within 4 standard errors, the nearest first; returns how many, at most WI_MATCH_MAX. */
unsigned wi_match(const struct wi_measured *measured, struct wi_match out[WI_MATCH_MAX]);
/* The scheme that always fits: normal, uniform or truncated with the std that was measured. */
void wi_match_closest(const struct wi_measured *measured, struct wi_match *out);

WI_API_END

#endif
