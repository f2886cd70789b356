/* symmetry.h - the experiment that shows why weights must differ: a network of 2 inputs, 8 hidden units and 1 output
 * learns exclusive-or.
 *
 *     h = phi(x W1 + b1),  p = 1 / (1 + exp(-(h W2 + b2))),  loss: the mean cross-entropy of the four points
 *
 * Biases begin at 0. Plain gradient descent, all four points at once. Units that begin equal get equal gradients, so they
 * stay equal for ever: the network has one hidden unit (Rumelhart et al. 1986). Where all weights are 0 and phi(0) is 0,
 * every gradient of a weight is 0 as well, and nothing is learned at all.
 * Memory: none is needed. Threads: pure. */
#ifndef WI_SYMMETRY_H
#define WI_SYMMETRY_H

#include "study.h"

WI_API_BEGIN

#define WI_SYMMETRY_UNITS 8
#define WI_SYMMETRY_STEPS 4000
#define WI_SYMMETRY_RATE 0.3
#define WI_SYMMETRY_POINTS 101 /* of a path: one every 40 steps, the first and the last among them */

struct wi_symmetry {
    double path[WI_SYMMETRY_UNITS][WI_SYMMETRY_POINTS][2]; /* incoming weights of each unit */
    double loss[WI_SYMMETRY_POINTS];
    double first_gradient; /* the largest magnitude in the first gradients of W1 and W2 */
    unsigned distinct;     /* units that differ from each other at the end, by more than 1e-6 in an incoming weight */
};
/* first: W1, 2 x 8, and second: W2, 8 x 1, row by row. */
void wi_symmetry_run(const struct wi_activation *activation, const double first[2 * WI_SYMMETRY_UNITS],
                     const double second[WI_SYMMETRY_UNITS], struct wi_symmetry *out);

WI_API_END

#endif
