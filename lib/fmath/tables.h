/* tables.h - the tables of f64.h and f32.h.
 *
 * Facts, not choices: they are the tables of the published algorithms (Arm optimized routines for log, exp, pow and
 * their f32 forms; the IBM accurate library for sin and cos), and a result depends on every bit of them. */
#ifndef WI_FMATH_TABLES_H
#define WI_FMATH_TABLES_H

#include <stdint.h>

struct wi_log_entry {
    double invc; /* about 1/c for the centre c of the subinterval */
    double logc; /* log(c) */
};

struct wi_exp_entry {
    uint64_t tail;  /* bits of the double that 2^(i/128) lost */
    uint64_t scale; /* bits of 2^(i/128), minus i << 45 */
};

struct wi_pow_log_entry {
    double invc, logc, logctail; /* log(c) = logc + logctail */
};

extern const struct wi_log_entry wi_log_table[128];
extern const struct wi_exp_entry wi_exp_table[128];
extern const double wi_sincos_table[440]; /* sin, its tail, cos, its tail at i/128, i = 0..109 */
extern const struct wi_log_entry wi_logf_table[16];
extern const uint64_t wi_expf_table[32];
extern const struct wi_pow_log_entry wi_pow_log_table[128];

#endif
