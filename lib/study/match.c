/* Which scheme is this? See match.h. */
#include "match.h"

#include <string.h>

#include "fmath/f64.h"
#include "wi.h"

#define WITHIN 4.0          /* standard errors */
#define UNIFORM_MAX 1.767   /* sqrt(3), and 2 % for a std that was measured */
#define TRUNCATED_MAX 2.319 /* 2 / WI_TRUNCATED_STD, and 2 % */
#define SAME 1e-9           /* relative */
/* Numbers of 8 bits round the largest value up by as much as an eighth: up to here it may be of the kind before. */
#define UNIFORM_AT_MOST 1.96
#define TRUNCATED_AT_MOST 2.56
static const char *const kind_names[] = {"any", "uniform", "truncated", "normal"};
/* Of a normal cut at two standard deviations: E z^4 / (E z^2)^2. */
static const double kurtosis[] = {3.0, 1.8, 2.3655365, 3.0};

const char *wi_match_kind_name(enum wi_match_kind kind)
{
    return kind_names[kind];
}

static enum wi_match_kind kind_of(double ratio)
{
    return ratio <= UNIFORM_MAX ? WI_MATCH_UNIFORM : ratio <= TRUNCATED_MAX ? WI_MATCH_TRUNCATED : WI_MATCH_NORMAL;
}

enum wi_match_kind wi_match_kind(const struct wi_measured *measured)
{
    return measured->largest > 0 ? kind_of(measured->largest / measured->std) : WI_MATCH_ANY;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

struct query {
    char *text;
    size_t len;
};

static void put(struct query *query, const char *text)
{
    const size_t n = strlen(text);
    if (query->len + n < WI_MATCH_QUERY_MAX) {
        memcpy(query->text + query->len, text, n);
        query->len += n;
    }
    query->text[query->len] = '\0';
}

static void put_real(struct query *query, double value)
{
    char text[WI_DECIMAL_F64_MAX + 1];
    text[wi_decimal_f64(value, text)] = '\0';
    put(query, text);
}

static void put_shape(struct query *query, const struct wi_measured *measured)
{
    put(query, "&shape=");
    for (unsigned i = 0; i < measured->rank; i++) {
        char text[WI_DECIMAL_U64_MAX + 1];
        text[wi_decimal_u64(measured->shape[i], text)] = '\0';
        put(query, i ? "," : "");
        put(query, text);
    }
}

/* ---- candidates -------------------------------------------------------------------------------------------------- */

struct search {
    const struct wi_measured *measured;
    enum wi_match_kind kind;
    double n_elems;
    struct wi_match *out;
    unsigned n;
};

/* Keep the list in order of |off|; candidates of equal distance stay in the order in which they came. */
static void insert(struct search *search, const struct wi_match *match)
{
    unsigned at = search->n;
    const double off = wi_abs_f64(match->off_by_sd);
    while (at > 0 && wi_abs_f64(search->out[at - 1].off_by_sd) > off)
        at--;
    if (at == WI_MATCH_MAX)
        return;
    const unsigned last = search->n < WI_MATCH_MAX ? search->n++ : WI_MATCH_MAX - 1;
    memmove(&search->out[at + 1], &search->out[at], (last - at) * sizeof *match);
    search->out[at] = *match;
}

/* May numbers of that kind have this ratio of the largest to the std? */
static bool is_plausible(const struct search *search, enum wi_match_kind kind)
{
    const double ratio = search->measured->largest / search->measured->std;
    return search->kind == WI_MATCH_ANY || search->kind == kind ||
           (kind == WI_MATCH_UNIFORM && ratio <= UNIFORM_AT_MOST) ||
           (kind == WI_MATCH_TRUNCATED && search->kind == WI_MATCH_NORMAL && ratio <= TRUNCATED_AT_MOST);
}

/* The distance of a measured std from the one of a formula. */
static bool weigh(const struct search *search, enum wi_match_kind kind, double std, struct wi_match *match)
{
    if (!(std > 0) || !is_plausible(search, kind))
        return false;
    match->std = std;
    match->off_by_sd =
        (search->measured->std - std) / (std * __builtin_sqrt((kurtosis[kind] - 1) / (4 * search->n_elems)));
    return wi_abs_f64(match->off_by_sd) < WITHIN;
}

static bool plan_query(const char *query, struct wi_plan *plan)
{
    struct wi_request request;
    wi_request_init(&request);
    return wi_request_query(&request, query, NULL) == WI_OK && wi_plan_make(plan, &request, NULL, NULL) == WI_OK;
}

/* A request as a candidate. std_before: that of the same scheme in the other layout, which is not told twice. Returns
 * its std, 0 where it has none. */
static double consider(struct search *search, const char *head, const char *tail, double std_before)
{
    struct wi_match match;
    struct wi_plan plan;
    struct query query = {match.query, 0};
    put(&query, head);
    put_shape(&query, search->measured);
    put(&query, tail);
    if (!plan_query(match.query, &plan))
        return 0;
    const struct wi_tensor *t = &plan.part.tensor;
    if (!t->has_std || !(t->std > 0) || wi_abs_f64(t->std - std_before) <= SAME * t->std)
        return 0;
    if (weigh(search, t->has_bound ? kind_of(t->bound / t->std) : WI_MATCH_NORMAL, t->std, &match))
        insert(search, &match);
    return t->std;
}

/* A scheme that follows from the shape alone: in both layouts, plain and truncated. */
static void consider_scheme(struct search *search, const struct wi_scheme_info *scheme)
{
    char head[64];
    struct query query = {head, 0};
    put(&query, "scheme=");
    put(&query, scheme->name);
    const double std = consider(search, head, "", 0);
    consider(search, head, "&layout=oi", std);
    if (scheme->params & WI_P_BIT(WI_P_TRUNCATED)) {
        const double cut = consider(search, head, "&truncated=1", 0);
        consider(search, head, "&truncated=1&layout=oi", cut);
    }
}

static void consider_normal(struct search *search, double std, const char *tail)
{
    char head[64];
    struct query query = {head, 0};
    put(&query, "scheme=normal&std=");
    put_real(&query, std);
    consider(search, head, tail, 0);
}

/* To 12 decimals, so that the text stays readable. */
static double readable(double std)
{
    return (double)(uint64_t)(std * 1e12 + 0.5) / 1e12;
}

static void consider_transformers(struct search *search)
{
    static const unsigned layers[] = {6, 12, 24, 32, 36, 48, 80};
    consider_normal(search, 0.02, "");
    consider_normal(search, 0.02, "&truncated=1");
    for (unsigned i = 0; i < sizeof layers / sizeof *layers; i++)
        consider_normal(search, readable(0.02 / __builtin_sqrt(2.0 * layers[i])), "");
}

unsigned wi_match(const struct wi_measured *measured, struct wi_match out[WI_MATCH_MAX])
{
    struct search search = {.measured = measured, .kind = wi_match_kind(measured), .n_elems = 1, .out = out};
    const struct wi_scheme_info *scheme;
    for (unsigned i = 0; i < measured->rank; i++)
        search.n_elems *= (double)measured->shape[i];
    if (!(search.n_elems > 0))
        return 0;
    for (unsigned i = 0; (scheme = wi_scheme_at(i)); i++)
        if (!(scheme->params & (WI_P_BIT(WI_P_STD) | WI_P_BIT(WI_P_LOW) | WI_P_BIT(WI_P_VALUE))))
            consider_scheme(&search, scheme);
    consider(&search, "like=torch&scheme=linear_default", "", 0);
    consider_transformers(&search);
    return search.n;
}

void wi_match_closest(const struct wi_measured *measured, struct wi_match *out)
{
    struct query query = {out->query, 0};
    const enum wi_match_kind kind = wi_match_kind(measured);
    const double end = measured->std * 1.7320508075688772;
    *out = (struct wi_match){.std = measured->std};
    if (kind == WI_MATCH_UNIFORM) {
        put(&query, "scheme=uniform&low=");
        put_real(&query, -end);
        put(&query, "&high=");
        put_real(&query, end);
    } else {
        put(&query, "scheme=normal&std=");
        put_real(&query, measured->std);
    }
    put_shape(&query, measured);
    put(&query, kind == WI_MATCH_TRUNCATED ? "&truncated=1" : "");
}
