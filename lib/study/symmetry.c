/* The experiment of equal units: see symmetry.h. */
#include "symmetry.h"

#include <string.h>

#include "fmath/f64.h"
#include "study/elementary.h"

#define UNITS WI_SYMMETRY_UNITS
#define POINTS 4
#define DISTINCT 1e-6

static const double inputs[POINTS][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, wanted[POINTS] = {0, 1, 1, 0};

/* The network, or a gradient of the same shape. */
struct net {
    double first[2][UNITS], bias[UNITS], second[UNITS], out_bias;
};

/* Cross-entropy of a logit: log(1 + exp(-|x|)) and what is on the wrong side, without overflow. */
static double cross_entropy(double logit, double want)
{
    const struct wi_elementary *f = wi_elementary();
    const double wrong = want > 0 ? -logit : logit;
    return f->log1p(f->exp(-wi_abs_f64(logit))) + (wrong > 0 ? wrong : 0);
}

/* Add the gradient of a point; returns its loss. */
static double add_point(const struct wi_activation *activation, const struct net *net, unsigned point,
                        struct net *gradient)
{
    const double *const x = inputs[point];
    double z[UNITS], h[UNITS], slope[UNITS], logit = net->out_bias;
    for (unsigned u = 0; u < UNITS; u++)
        z[u] = x[0] * net->first[0][u] + x[1] * net->first[1][u] + net->bias[u];
    wi_activate(activation, z, UNITS, h, slope);
    for (unsigned u = 0; u < UNITS; u++)
        logit += h[u] * net->second[u];
    const double error = (1 / (1 + wi_elementary()->exp(-logit)) - wanted[point]) / POINTS;
    gradient->out_bias += error;
    for (unsigned u = 0; u < UNITS; u++) {
        const double back = error * net->second[u] * slope[u];
        gradient->second[u] += error * h[u];
        gradient->bias[u] += back;
        gradient->first[0][u] += back * x[0];
        gradient->first[1][u] += back * x[1];
    }
    return cross_entropy(logit, wanted[point]) / POINTS;
}

static double gradient_of(const struct wi_activation *activation, const struct net *net, struct net *gradient)
{
    double loss = 0;
    *gradient = (struct net){.out_bias = 0};
    for (unsigned point = 0; point < POINTS; point++)
        loss += add_point(activation, net, point, gradient);
    return loss;
}

static void step(struct net *net, const struct net *gradient)
{
    for (unsigned u = 0; u < UNITS; u++) {
        net->first[0][u] -= WI_SYMMETRY_RATE * gradient->first[0][u];
        net->first[1][u] -= WI_SYMMETRY_RATE * gradient->first[1][u];
        net->bias[u] -= WI_SYMMETRY_RATE * gradient->bias[u];
        net->second[u] -= WI_SYMMETRY_RATE * gradient->second[u];
    }
    net->out_bias -= WI_SYMMETRY_RATE * gradient->out_bias;
}

static double largest_of(const struct net *gradient)
{
    double most = 0;
    for (unsigned u = 0; u < UNITS; u++) {
        const double sizes[] = {gradient->first[0][u], gradient->first[1][u], gradient->second[u]};
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
            most = wi_abs_f64(sizes[i]) > most ? wi_abs_f64(sizes[i]) : most;
    }
    return most;
}

static void record(const struct net *net, double loss, unsigned at, struct wi_symmetry *out)
{
    out->loss[at] = loss;
    for (unsigned u = 0; u < UNITS; u++) {
        out->path[u][at][0] = net->first[0][u];
        out->path[u][at][1] = net->first[1][u];
    }
}

/* A unit counts if no unit before it has its weights. */
static unsigned count_distinct(const struct net *net)
{
    unsigned distinct = 0;
    for (unsigned u = 0; u < UNITS; u++) {
        bool is_new = true;
        for (unsigned v = 0; v < u; v++)
            is_new = is_new && (wi_abs_f64(net->first[0][u] - net->first[0][v]) > DISTINCT ||
                                wi_abs_f64(net->first[1][u] - net->first[1][v]) > DISTINCT);
        distinct += is_new;
    }
    return distinct;
}

void wi_symmetry_run(const struct wi_activation *activation, const double first[2 * WI_SYMMETRY_UNITS],
                     const double second[WI_SYMMETRY_UNITS], struct wi_symmetry *out)
{
    struct net net = {.out_bias = 0}, gradient;
    const unsigned every = WI_SYMMETRY_STEPS / (WI_SYMMETRY_POINTS - 1);
    memcpy(net.first, first, sizeof net.first);
    memcpy(net.second, second, sizeof net.second);
    for (unsigned i = 0; i <= WI_SYMMETRY_STEPS; i++) {
        const double loss = gradient_of(activation, &net, &gradient);
        if (i == 0)
            out->first_gradient = largest_of(&gradient);
        if (i % every == 0)
            record(&net, loss, i / every, out);
        step(&net, &gradient);
    }
    out->distinct = count_distinct(&net);
}
