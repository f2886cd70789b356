/* see qr.h */
#include "like/shared/qr.h"

/* The reflection that maps column k below row k to a multiple of e1: H = I - tau v v', v = (1, a[k+1..m][k]).
 * Returns R[k][k]. */
static double make_reflector(double *a, size_t m, size_t n, size_t k, double *tau)
{
    double alpha = a[k * n + k], sum = 0;
    for (size_t i = k + 1; i < m; i++)
        sum += a[i * n + k] * a[i * n + k];
    if (sum == 0) {
        *tau = 0;
        return alpha;
    }
    double norm = __builtin_sqrt(alpha * alpha + sum), beta = alpha > 0 ? -norm : norm;
    *tau = (beta - alpha) / beta;
    for (size_t i = k + 1; i < m; i++)
        a[i * n + k] /= alpha - beta;
    return beta;
}

void wi_qr_q(double *a, size_t m, size_t n, double *scratch)
{
    static wi_qr_reflect_fn *const reflect[] = WI_ISA_FNS(wi_qr_reflect);
    enum wi_isa level = wi_isa_level();
    double *tau = scratch, *w = scratch + n;
    for (size_t k = 0; k < n; k++) {
        double diagonal = make_reflector(a, m, n, k, &tau[k]);
        reflect[level](a + k * n + k, n, m - k, n - k - 1, tau[k], w);
        a[k * n + k] = diagonal;
    }
    for (size_t k = n; k-- > 0;) { /* the product of the reflections, last one first */
        double sign = a[k * n + k] < 0 ? -1.0 : 1.0;
        reflect[level](a + k * n + k, n, m - k, n - k - 1, tau[k], w);
        for (size_t i = 0; i < k; i++)
            a[i * n + k] = 0;
        for (size_t i = k + 1; i < m; i++)
            a[i * n + k] *= -tau[k] * sign;
        a[k * n + k] = (1 - tau[k]) * sign;
    }
}
