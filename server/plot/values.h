/* values.h - the numbers of a plan as f64, in a maker. */
#ifndef SRV_PLOT_VALUES_H
#define SRV_PLOT_VALUES_H

#include "cache/job.h"
#include "base/sha256.h"
#include "study.h"
#include "wi.h"

/* A plan that can be read. */
struct srv_values {
    const struct wi_plan *plan;
    struct wi_body body;
    struct srv_job *keep;   /* the matrix that had to be built; NULL: none */
    struct srv_sha256 *sha; /* what is read is added to it; NULL, as init leaves it: nothing is */
    uint8_t header[WI_HEADER_MAX];
};

/* Prepare; builds the matrix that a whole-matrix scheme needs. Deinit in any case. */
enum srv_code srv_values_init(struct srv_values *values, const struct srv_making *making, const struct wi_plan *plan);
void srv_values_deinit(struct srv_values *values);
/* Elements [first, first + n) of the plan's slice. Anything but SRV_OK: it has not so many, or its matrix is not there; what
 * is in out then says nothing. */
enum srv_code srv_values_read(struct srv_values *values, uint64_t first, size_t n, double *out);

/* Read the first n elements in pieces and add them to the moments; or where bins is not NULL, count them in n bins. */
struct srv_bins {
    double low, high;
    unsigned n;
    uint64_t *count;
};
enum srv_code srv_values_count(struct srv_values *values, const struct srv_making *making, uint64_t n,
                               struct wi_moments *moments, const struct srv_bins *bins);

#endif
