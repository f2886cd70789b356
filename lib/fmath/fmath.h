/* fmath.h - log, exp, sin and their kin, with the same bits on every machine.
 *
 * Each function returns what glibc returns on an x86-64 CPU with FMA, bit for bit, so that streams which go through a
 * framework's libm can be repeated anywhere. log, exp, pow, sin, cos and the f32 forms of log, exp, sin, cos: the
 * published algorithms behind glibc 2.28 and later. log1p, erf and their f32 forms: the fdlibm algorithms, which later
 * releases of glibc replace one by one; log1p is the variant built for FMA. Checked against glibc 2.36
 * (`make check-libm`); the known answers in tests/vectors/fmath.txt come from there.
 *
 * Domains: all values, except where said. Errors: none; infinities and NaN as in C, errno and flags are not touched.
 * Threads: pure. For loops there are inline forms in f64.h and f32.h. */
#ifndef WI_FMATH_FMATH_H
#define WI_FMATH_FMATH_H

double wi_log(double x);
double wi_log1p(double x);
double wi_exp(double x);
double wi_pow(double x, double y); /* x normal and positive, result normal */
double wi_sin(double x);           /* |x| < 1e8 */
double wi_cos(double x);           /* |x| < 1e8 */
double wi_erf(double x);

float wi_logf(float x);
float wi_log1pf(float x);
float wi_expf(float x);
float wi_sinf(float x); /* |x| < 120 */
float wi_cosf(float x); /* |x| < 120 */
float wi_erff(float x);

#endif
