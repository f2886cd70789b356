/* see plan.h */
#include "model/plan.h"

#include <stdlib.h>

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
    *plan = (struct srv_plan){0};
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static bool is_draw(enum srv_rule_scheme scheme)
{
    return scheme == SRV_RULE_NORMAL || scheme == SRV_RULE_UNIFORM || scheme == SRV_RULE_TRUNC_NORMAL;
}

static bool is_fill(enum srv_rule_scheme scheme)
{
    return scheme == SRV_RULE_ZEROS || scheme == SRV_RULE_ONES || scheme == SRV_RULE_CONSTANT;
}

/* Words of the generator that n numbers take, in f32. Fewer than 16 normals come in pairs: four words a pair, and a second
 * one that is left over is used first the next time. */
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

/* ---- the constructor, and the walk after it ---------------------------------------------------------------------- */

static uint32_t next(const struct planner *p, uint32_t i)
{
    return p->event[i].end ? p->event[i].end : i + 1;
}

static void initialize(struct planner *p, uint32_t from, uint32_t to);

static void make_module(struct planner *p, uint32_t i);

static void make(struct planner *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i = next(p, i))
        if (p->event[i].end && p->event[i].first)
            make_module(p, i);
    for (int late = 0; late < 2; late++)
        for (uint32_t i = from; i < to; i = next(p, i)) {
            const struct srv_event *e = &p->event[i];
            if (e->end && !e->first && !late)
                make_module(p, i);
            else if (!e->end && e->late == late && e->has_made)
                apply(p, e->state, &e->made, !e->has_generic && !e->has_init && !e->has_last);
        }
}

static void make_module(struct planner *p, uint32_t i)
{
    make(p, i + 1, p->event[i].end);
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
        const struct srv_rule *rule = e->has_last ? &e->last : e->has_init ? &e->init : &e->made;
        if (!e->end && !is_draw(rule->scheme) && !is_fill(rule->scheme) && p->table->state[e->state].tie == SRV_NO_TIE)
            push(p, (struct srv_step){.rule = *rule,
                                      .to = e->state,
                                      .was = SRV_NO_TENSOR,
                                      .n = p->table->shape[p->table->state[e->state].shape].n_elems});
    }
}

bool srv_plan_make(struct srv_plan *plan, const struct srv_table *table, const struct srv_log *log,
                   struct wi_error *err)
{
    struct planner p = {.plan = plan, .table = table, .event = log->event, .err = err};
    make(&p, 0, log->n);
    initialize(&p, 0, log->n);
    compute(&p, log->n);
    if (p.failed)
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
    return !p.failed;
}
