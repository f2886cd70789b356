/* see plan.h */
#include "model/plan.h"

#include <stdlib.h>
#include <string.h>

struct planner {
    struct srv_plan *plan;
    const struct srv_table *table;
    struct srv_event *event;
    struct wi_error *err;
    bool failed;
};

void srv_plan_free(struct srv_plan *plan)
{
    free(plan->step);
    free(plan->copy);
    free(plan->lives);
    *plan = (struct srv_plan){0};
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static bool is_draw(enum srv_rule_scheme scheme)
{
    return scheme == SRV_RULE_NORMAL || scheme == SRV_RULE_UNIFORM || scheme == SRV_RULE_TRUNC_NORMAL ||
           scheme == SRV_RULE_SCALED_NORMAL;
}

static bool is_fill(enum srv_rule_scheme scheme)
{
    return scheme == SRV_RULE_ZEROS || scheme == SRV_RULE_ONES || scheme == SRV_RULE_CONSTANT;
}

/* Words of the generator that n numbers take, in f32. Fewer than 16 normals come in pairs: four words a pair, and a
 * second one that is left over is used first the next time. */
static uint64_t words_of(struct srv_plan *plan, enum srv_rule_scheme scheme, uint64_t n)
{
    if (scheme == SRV_RULE_UNIFORM)
        return n;
    if (n >= 16)
        return n + (n % 16 ? 16 : 0);
    uint64_t left = n - (plan->spare && n > 0);
    plan->spare = plan->spare && n == 0 ? true : left % 2;
    return 4 * ((left + 1) / 2);
}

static void push(struct planner *p, struct srv_step step)
{
    struct srv_plan *plan = p->plan;
    if (plan->n == plan->room && !p->failed) {
        uint32_t room = plan->room ? 2 * plan->room : 256;
        struct srv_step *grown = realloc(plan->step, room * sizeof *grown);
        p->failed = !grown;
        plan->step = grown ? grown : plan->step;
        plan->room = grown ? room : plan->room;
    }
    if (p->failed)
        return;
    step.at = plan->words;
    if (is_draw(step.rule.scheme))
        plan->words += words_of(plan, step.rule.scheme, step.n);
    step.before = step.to == SRV_NO_TENSOR ? SRV_NO_TENSOR : plan->lives[step.to];
    if (step.to != SRV_NO_TENSOR)
        plan->lives[step.to] = plan->n;
    plan->step[plan->n++] = step;
}

/* One rule on one tensor; live: nothing is written to it afterwards. Fills that do not live are left out, and what is
 * computed comes at the end. */
static void apply(struct planner *p, uint32_t state, const struct srv_rule *rule, bool live)
{
    const struct srv_state_row *row = &p->table->state[state];
    const struct srv_shape *shape = &p->table->shape[row->shape];
    bool own = row->tie == SRV_NO_TIE;
    live = live && own;
    if (!is_draw(rule->scheme) && !(is_fill(rule->scheme) && live))
        return;
    push(p, (struct srv_step){.rule = *rule,
                              .to = live ? state : SRV_NO_TENSOR,
                              .was = !live && own ? state : SRV_NO_TENSOR,
                              .n = shape->n_elems});
    if (!live || rule->zero_row == SRV_NO_ROW)
        return;
    uint64_t width = shape->n_elems / shape->dim[0];
    struct srv_rule zeros = {.scheme = SRV_RULE_ZEROS, .zero_row = SRV_NO_ROW};
    push(p, (struct srv_step){
                .rule = zeros, .to = state, .was = SRV_NO_TENSOR, .n = width, .first = rule->zero_row * width});
}

/* What lived on a row lives no longer: draws fill nothing, fills are nothing. */
static void forget(struct srv_plan *plan, uint32_t state)
{
    for (uint32_t i = plan->lives[state]; i != SRV_NO_TENSOR; i = plan->step[i].before) {
        plan->step[i].to = SRV_NO_TENSOR;
        plan->step[i].was = state;
    }
    plan->lives[state] = SRV_NO_TENSOR;
}

bool srv_plan_again(struct srv_plan *plan, const struct srv_table *table, uint32_t state, const struct srv_rule *rule)
{
    struct planner p = {.plan = plan, .table = table};
    if (table->state[state].tie == SRV_NO_TIE)
        forget(plan, state);
    apply(&p, state, rule, true);
    return !p.failed;
}

static const struct srv_rule *last_rule(const struct srv_event *e)
{
    return e->has_last ? &e->last : e->has_init ? &e->init : &e->made;
}

/* ---- copies, and matrices that are drawn again -------------------------------------------------------------------- */

static void add_copy(struct planner *p, uint32_t from, uint32_t to)
{
    struct srv_plan *plan = p->plan;
    if (plan->n_copies == plan->copies_room && !p->failed) {
        uint32_t room = plan->copies_room ? 2 * plan->copies_room : 64;
        struct srv_copy *grown = realloc(plan->copy, room * sizeof *grown);
        p->failed = !grown;
        plan->copy = grown ? grown : plan->copy;
        plan->copies_room = grown ? room : plan->copies_room;
    }
    if (!p->failed)
        plan->copy[plan->n_copies++] = (struct srv_copy){from, to};
}

/* The module i is a copy: its events follow each other as those of its original do. */
static void copy_module(struct planner *p, uint32_t i)
{
    const uint32_t from = p->event[i].copy_of;
    for (uint32_t k = i + 1; k < p->event[i].end; k++) {
        const struct srv_event *e = &p->event[k];
        if (e->end)
            p->event[k].done = true;
        else if (e->state == SRV_NO_STATE)
            continue;
        else if (is_draw(last_rule(e)->scheme))
            add_copy(p, p->event[from + (k - i)].state, e->state);
        else
            apply(p, e->state, last_rule(e), true);
    }
    p->event[i].done = true;
}

struct srv_rule srv_rule_xavier(const struct srv_shape *shape)
{
    uint64_t receptive = 1;
    for (uint32_t d = 2; d < shape->rank; d++)
        receptive *= shape->dim[d];
    double fans = (double)(shape->dim[1] * receptive) + (double)(shape->dim[0] * receptive);
    double bound = __builtin_sqrt(3.0) * __builtin_sqrt(2.0 / fans);
    return (struct srv_rule){.scheme = SRV_RULE_UNIFORM, .p = {-bound, bound}, .zero_row = SRV_NO_ROW};
}

static void xavier(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if (p->event[i].end || p->event[i].state == SRV_NO_STATE || p->failed)
            continue;
        const struct srv_shape *shape = &p->table->shape[p->table->state[p->event[i].state].shape];
        if (shape->rank < 2)
            continue;
        struct srv_rule rule = srv_rule_xavier(shape);
        p->failed = !srv_plan_again(p->plan, p->table, p->event[i].state, &rule);
    }
}

/* ---- the constructor, and the walk after it ---------------------------------------------------------------------- */

static uint32_t next(const struct planner *p, uint32_t i)
{
    return p->event[i].end ? p->event[i].end : i + 1;
}

/* The least order above `after` of the modules in [from, to); false: there is none. */
static bool next_order(const struct planner *p, uint32_t from, uint32_t to, uint64_t *after)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = from; i < to; i = next(p, i))
        if (p->event[i].end && p->event[i].order > *after && p->event[i].order < least)
            least = p->event[i].order;
    *after = least;
    return least != UINT64_MAX;
}

static void initialize(struct planner *p, uint32_t from, uint32_t to);

static void make_module(struct planner *p, uint32_t i);

static void make_tensor(struct planner *p, const struct srv_event *e)
{
    if (e->state == SRV_NO_STATE)
        push(p, (struct srv_step){.rule = e->made, .to = SRV_NO_TENSOR, .was = SRV_NO_TENSOR, .n = e->n});
    else
        apply(p, e->state, &e->made, !e->has_generic && !e->has_init && !e->has_last);
}

static void make(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i = next(p, i))
        if (p->event[i].end && p->event[i].first)
            make_module(p, i);
    for (int late = 0; late < 2; late++) {
        for (uint32_t i = from; i < to; i = next(p, i)) {
            const struct srv_event *e = &p->event[i];
            if (e->end && !e->first && e->order == 0 && !late)
                make_module(p, i);
            else if (!e->end && e->late == late && e->has_made)
                make_tensor(p, e);
        }
        for (uint64_t order = 0; !late && next_order(p, from, to, &order);)
            for (uint32_t i = from; i < to; i = next(p, i))
                if (p->event[i].end && p->event[i].order == order)
                    make_module(p, i);
    }
}

static void make_module(struct planner *p, uint32_t i)
{
    if (p->event[i].copy_of != SRV_NO_COPY) {
        copy_module(p, i);
        return;
    }
    make(p, i + 1, p->event[i].end);
    if (p->event[i].xavier)
        xavier(p, i + 1, p->event[i].end);
    if (p->event[i].model) {
        initialize(p, i + 1, p->event[i].end);
        p->event[i].done = true;
    }
}

#define TURNS 4

static void own_tensors(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i = next(p, i))
        if (!p->event[i].end && p->event[i].has_generic)
            apply(p, p->event[i].state, &p->event[i].generic, !p->event[i].has_init && !p->event[i].has_last);
    for (unsigned turn = 0; turn < TURNS; turn++)
        for (uint32_t i = from; i < to; i = next(p, i)) {
            const struct srv_event *e = &p->event[i];
            if (!e->end && e->turn == turn && e->has_init)
                apply(p, e->state, &e->init, !e->has_last);
        }
}

/* Tensors of the modules in [from, to) that the module around them draws again. */
static void again(struct planner *p, uint32_t from, uint32_t to)
{
    for (unsigned turn = 0; turn < TURNS; turn++)
        for (uint32_t i = from; i < to; i = next(p, i))
            for (uint32_t k = i + 1; p->event[i].turn == turn && k < p->event[i].end; k = next(p, k))
                if (!p->event[k].end && p->event[k].has_last)
                    apply(p, p->event[k].state, &p->event[k].last, true);
}

static void initialize(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i = next(p, i))
        if (p->event[i].end && !p->event[i].done) {
            initialize(p, i + 1, p->event[i].end);
            p->event[i].done = true;
        }
    own_tensors(p, from, to);
    again(p, from, to);
}

static void compute(struct planner *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct srv_event *e = &p->event[i];
        const struct srv_rule *rule = last_rule(e);
        if (!e->end && e->state != SRV_NO_STATE && !is_draw(rule->scheme) && !is_fill(rule->scheme) &&
            p->table->state[e->state].tie == SRV_NO_TIE)
            push(p, (struct srv_step){.rule = *rule,
                                      .to = e->state,
                                      .was = SRV_NO_TENSOR,
                                      .n = p->table->shape[p->table->state[e->state].shape].n_elems});
    }
}

void srv_plan_settle(struct srv_plan *plan)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < plan->n; i++)
        if (plan->step[i].to != SRV_NO_TENSOR || is_draw(plan->step[i].rule.scheme))
            plan->step[kept++] = plan->step[i];
    plan->n = kept;
    free(plan->lives);
    plan->lives = NULL;
}

bool srv_plan_make(struct srv_plan *plan, const struct srv_table *table, const struct srv_log *log,
                   struct wi_error *err)
{
    struct planner p = {.plan = plan, .table = table, .event = log->event, .err = err};
    plan->lives = malloc((table->n_state + 1) * sizeof *plan->lives);
    if (!plan->lives) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    memset(plan->lives, 0xff, (table->n_state + 1) * sizeof *plan->lives); /* SRV_NO_TENSOR */
    make(&p, 0, log->n);
    initialize(&p, 0, log->n);
    compute(&p, log->n);
    if (p.failed)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    return !p.failed;
}
