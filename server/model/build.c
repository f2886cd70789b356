/* see build.h */
#include "model/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/path.h"

#define STEPS 4000000u /* items looked at; what has no tensors must end, too */

struct builder {
    struct srv_table *table;
    const struct srv_filled *model, *adapter;
    enum srv_dtype dtype;
    struct srv_log *log;         /* NULL: nobody asks for the order of draws */
    uint32_t module;             /* in the log, the module that is walked; UINT32_MAX: the model itself */
    struct srv_path state, file; /* names of the module that is walked: in memory, in files */
    bool base;                   /* an adapter is built, and the tensor of its base is saved with it */
    uint32_t copy_of;            /* of the module that is entered next */
    uint64_t order;              /* likewise */
    uint32_t steps;
    struct wi_error *err;
};

/* The module being walked: values of its arguments and counters, and the item that made it. */
struct frame {
    struct srv_value locals[SRV_LOCALS_MAX];
    const struct srv_filled *filled;
    const struct srv_arch_item *maker; /* NULL: none */
    const struct frame *maker_frame;
};

static struct srv_env env_of(const struct frame *frame)
{
    return (struct srv_env){frame->filled->globals, frame->locals};
}

static bool enter(struct builder *b, const struct srv_arch_item *item, const struct frame *frame)
{
    const struct srv_pattern *saved = item->saved.n ? &item->saved : &item->name;
    return srv_path_pattern(&b->state, &item->name, env_of(frame), b->err) &&
           srv_path_pattern(&b->file, saved, env_of(frame), b->err);
}

/* ---- the log of the walk ----------------------------------------------------------------------------------------- */

static bool log_event(struct builder *b, struct srv_event event)
{
    struct srv_log *log = b->log;
    if (log->n == log->room) {
        uint32_t room = log->room ? 2 * log->room : 256;
        struct srv_event *grown = realloc(log->event, room * sizeof *grown);
        if (!grown) {
            wi_fail(b->err, WI_E_TOO_LARGE, "", "no memory");
            return false;
        }
        log->event = grown;
        log->room = room;
    }
    log->event[log->n++] = event;
    return true;
}

static const struct srv_override *find_override(const struct frame *frame, const char *tensor, bool tie);

static bool log_rule(struct builder *b, const struct srv_rule_expr *rule, struct srv_env env, struct srv_rule *out,
                     bool *has)
{
    *has = rule->given;
    return !rule->given || srv_rule_eval(rule, env, out, b->err);
}

static bool log_tensor(struct builder *b, const struct srv_arch_item *item, const struct frame *frame,
                       uint64_t zero_row)
{
    const struct srv_tensor_spec *spec = item->tensor;
    const struct srv_override *override = find_override(frame, item->name.part[0].text, false);
    struct srv_event event = {.state = b->table->n_state - 1, .late = spec->late, .turn = item->turn};
    if (!log_rule(b, &spec->made, env_of(frame), &event.made, &event.has_made) ||
        !log_rule(b, &spec->generic, env_of(frame), &event.generic, &event.has_generic) ||
        !log_rule(b, &spec->init, env_of(frame), &event.init, &event.has_init) ||
        (override && !log_rule(b, &override->rule, env_of(frame->maker_frame), &event.last, &event.has_last)))
        return false;
    event.made.zero_row = event.init.zero_row = event.last.zero_row = zero_row;
    return log_event(b, event);
}

/* ---- tensors ----------------------------------------------------------------------------------------------------- */

/* The sizes that one expression of a shape stands for: a number is one, a list is one each. */
static bool add_dimensions(struct builder *b, const struct srv_expr *expr, struct srv_env env, struct srv_shape *shape)
{
    struct srv_value value;
    if (!srv_expr_eval(expr, env, &value, b->err))
        return false;
    const bool list = value.type == SRV_VALUE_LIST || value.type == SRV_VALUE_REPEAT;
    for (uint32_t i = 0; i < (list ? value.n : 1); i++) {
        struct srv_value size = list ? srv_value_element(value, i) : value;
        const char *wrong = size.type != SRV_VALUE_INT   ? "is no whole number"
                            : size.i == 0                ? "is 0"
                            : size.i < 0                 ? "is negative"
                            : shape->rank == WI_RANK_MAX ? "has more than 8 dimensions"
                                                         : NULL;
        if (wrong) {
            wi_fail(b->err, WI_E_PARAM_CONFLICT, expr->field, "%q of the tensor %q %s", expr->text, b->state.text,
                    wrong);
            return false;
        }
        shape->dim[shape->rank++] = (uint64_t)size.i;
    }
    return true;
}

static bool eval_shape(struct builder *b, const struct srv_expr *expr, unsigned rank, struct srv_env env, uint32_t *out)
{
    struct srv_shape shape = {.rank = 0};
    for (unsigned i = 0; i < rank; i++)
        if (!add_dimensions(b, &expr[i], env, &shape))
            return false;
    return srv_table_shape(b->table, &shape, b->state.text, out, b->err);
}

static const struct srv_override *find_override(const struct frame *frame, const char *tensor, bool tie)
{
    const struct srv_arch_item *maker = frame->maker;
    for (unsigned i = 0; maker && i < maker->n_override; i++)
        if (strcmp(maker->override[i].tensor, tensor) == 0 && (maker->override[i].tie != NULL) == tie)
            return &maker->override[i];
    return NULL;
}

static bool eval_rule(struct builder *b, const struct srv_arch_item *item, const struct frame *frame, uint32_t shape,
                      uint32_t *out)
{
    const struct srv_tensor_spec *spec = item->tensor;
    const struct srv_override *override = find_override(frame, item->name.part[0].text, false);
    struct srv_rule rule;
    bool good = override           ? srv_rule_eval(&override->rule, env_of(frame->maker_frame), &rule, b->err)
                : spec->init.given ? srv_rule_eval(&spec->init, env_of(frame), &rule, b->err)
                                   : srv_rule_eval(&spec->made, env_of(frame), &rule, b->err);
    struct srv_value row = {.type = SRV_VALUE_NULL};
    if (!good || (spec->zero_row.op && !srv_expr_eval(&spec->zero_row, env_of(frame), &row, b->err)))
        return false;
    if (row.type == SRV_VALUE_INT) {
        const struct srv_shape *s = &b->table->shape[shape];
        if (row.i < 0 || s->rank == 0 || (uint64_t)row.i >= s->dim[0]) {
            wi_fail(b->err, WI_E_PARAM_CONFLICT, spec->zero_row.field, "the tensor %q has no row %q", b->state.text,
                    spec->zero_row.text);
            return false;
        }
        rule.zero_row = (uint64_t)row.i;
    }
    return srv_table_rule(b->table, &rule, out, b->err);
}

/* The row whose storage the tensor shares, or SRV_NO_TIE. */
static bool eval_tie(struct builder *b, const struct srv_arch_item *item, const struct frame *frame, uint32_t *out)
{
    const struct srv_override *override = find_override(frame, item->name.part[0].text, true);
    bool tied = override != NULL;
    *out = SRV_NO_TIE;
    if (tied && frame->maker->tied.op && !srv_expr_true(&frame->maker->tied, env_of(frame->maker_frame), &tied, b->err))
        return false;
    if (!tied)
        return true;
    size_t len = strlen(override->tie);
    for (uint32_t i = 0; i < b->table->n_state; i++)
        if (b->table->state[i].name_len == len &&
            memcmp(b->table->names + b->table->state[i].name, override->tie, len) == 0) {
            *out = i;
            return true;
        }
    wi_fail(b->err, WI_E_PARAM_CONFLICT, "", "%q is tied to a tensor that is not there", b->state.text);
    return false;
}

static bool add_pieces(struct builder *b, const struct srv_split *split, struct frame *frame, struct srv_file_row row)
{
    uint64_t count, first, step, whole = b->table->shape[row.shape].n_elems;
    size_t left = b->file.len;
    if (!srv_expr_uint(&split->loop.count, env_of(frame), &count, b->err) ||
        !srv_expr_uint(&split->first, env_of(frame), &first, b->err) ||
        !srv_expr_uint(&split->step, env_of(frame), &step, b->err) ||
        !eval_shape(b, split->shape, split->rank, env_of(frame), &row.shape))
        return false;
    uint64_t size = b->table->shape[row.shape].n_elems;
    for (uint64_t i = 0; i < count; i++, first += step) {
        if (first > whole || size > whole - first) {
            wi_fail(b->err, WI_E_PARAM_CONFLICT, "split", "a piece of %q ends outside it", b->state.text);
            return false;
        }
        row.first = first;
        frame->locals[split->loop.local] = (struct srv_value){.type = SRV_VALUE_INT, .i = (int64_t)i};
        if (!srv_path_pattern(&b->file, &split->name, env_of(frame), b->err) ||
            !srv_table_add_file(b->table, b->file.text, b->file.len, row, b->err))
            return false;
        row.group = b->table->file[b->table->n_file - 1].group;
        srv_path_cut(&b->file, left);
    }
    return true;
}

static bool add_tensor(struct builder *b, const struct srv_arch_item *item, struct frame *frame)
{
    const struct srv_tensor_spec *spec = item->tensor;
    struct srv_state_row state = {.buffer = spec->buffer, .saved = spec->saved, .base = b->base};
    size_t file_left = b->file.len, state_left = b->state.len;
    if (spec->n_split == 0 ? !enter(b, item, frame) : !srv_path_pattern(&b->state, &item->name, env_of(frame), b->err))
        return false;
    enum srv_dtype dtype = spec->dtype == SRV_DTYPE_FLOAT ? b->dtype : spec->dtype;
    state.dtype = (uint16_t)dtype;
    if (!eval_shape(b, spec->shape, spec->rank, env_of(frame), &state.shape) ||
        !eval_rule(b, item, frame, state.shape, &state.rule) || !eval_tie(b, item, frame, &state.tie) ||
        !srv_table_add_state(b->table, b->state.text, b->state.len, state, b->err))
        return false;
    if (b->log && spec->saved && !b->base && !log_tensor(b, item, frame, b->table->rule[state.rule].zero_row))
        return false;
    struct srv_file_row row = {.shape = state.shape, .rule = state.rule, .dtype = state.dtype, .group = SRV_NEW_GROUP};
    bool in_file = spec->saved && state.tie == SRV_NO_TIE;
    if (in_file && !spec->n_split && !srv_table_add_file(b->table, b->file.text, b->file.len, row, b->err))
        return false;
    for (unsigned i = 0; i < spec->n_split && in_file; i++)
        if (!add_pieces(b, &spec->split[i], frame, row))
            return false;
    srv_path_cut(&b->file, file_left);
    srv_path_cut(&b->state, state_left);
    return true;
}

/* ---- modules ----------------------------------------------------------------------------------------------------- */

static bool walk(struct builder *b, const struct srv_arch_item *items, unsigned n, struct frame *frame);

/* Arguments of a kind, into the frame of the new module; defaults may use the arguments before them. */
static bool pass_arguments(struct builder *b, const struct srv_arch_item *item, const struct frame *from,
                           struct frame *to)
{
    const struct srv_kind *kind = item->kind;
    for (unsigned i = 0; i < kind->n_params; i++) {
        bool given = item->args[i].op != NULL;
        const struct srv_expr *expr = given ? &item->args[i] : &kind->fallback[i];
        if (!srv_expr_eval(expr, given ? env_of(from) : env_of(to), &to->locals[i], b->err))
            return false;
    }
    return true;
}

static bool ends_in(const struct srv_path *path, const char *suffix)
{
    size_t len = strlen(suffix);
    return path->len >= len && memcmp(path->text + path->len - len, suffix, len) == 0 &&
           (path->len == len || path->text[path->len - len - 1] == '.');
}

static bool is_target(const struct builder *b)
{
    const struct srv_filled *adapter = b->adapter;
    for (unsigned i = 0; i < adapter->arch->n_fields; i++) {
        const struct srv_value *targets = &adapter->globals[i];
        if (strcmp(adapter->arch->fields[i].name, "target_modules") != 0 || targets->type != SRV_VALUE_LIST)
            continue;
        for (uint32_t k = 0; k < targets->n; k++)
            if (ends_in(&b->state, targets->list[k].text))
                return true;
    }
    return false;
}

/* peft saves the embedding that it adapts, too, as base_layer. */
static bool add_base(struct builder *b, const struct srv_kind *kind, const struct frame *frame)
{
    struct frame base = *frame;
    size_t state_left = b->state.len, file_left = b->file.len;
    b->base = true;
    bool good = srv_path_append(&b->state, ".base_layer", 11, b->err) &&
                srv_path_append(&b->file, ".base_layer", 11, b->err) && walk(b, kind->items, kind->n_items, &base);
    b->base = false;
    srv_path_cut(&b->state, state_left);
    srv_path_cut(&b->file, file_left);
    return good;
}

/* A module of torch, when an adapter is built: put the adapter's kind on it, with its first two arguments. */
static bool adapt(struct builder *b, const struct srv_kind *kind, const struct frame *frame)
{
    bool embedding = strcmp(kind->name, "Embedding") == 0;
    bool linear = strcmp(kind->name, "Linear") == 0 || strcmp(kind->name, "Conv1D") == 0;
    if ((!embedding && !linear) || !is_target(b))
        return true;
    const struct srv_kind *put = embedding ? b->adapter->arch->adapt_embedding : b->adapter->arch->adapt_linear;
    struct frame inner = {.filled = b->adapter};
    bool swapped = strcmp(kind->name, "Conv1D") == 0; /* Conv1D(out, in) */
    inner.locals[0] = frame->locals[swapped];
    inner.locals[1] = frame->locals[!swapped];
    if (embedding && !add_base(b, kind, frame))
        return false;
    return walk(b, put->items, put->n_items, &inner);
}

static bool walk_module(struct builder *b, const struct srv_arch_item *item, struct frame *frame)
{
    size_t state_left = b->state.len, file_left = b->file.len;
    bool good = enter(b, item, frame);
    const size_t own = b->state.len;
    bool logged = b->log && b->state.len > state_left; /* without a name it is part of the module around it */
    uint32_t event = logged ? b->log->n : 0, outer = b->module;
    b->module = logged ? event : outer;
    if (good && logged)
        good = log_event(b, (struct srv_event){.model = item->model,
                                               .first = item->first,
                                               .order = b->order,
                                               .turn = item->turn,
                                               .copy_of = b->copy_of,
                                               .kind = item->kind ? item->kind->name : ""});
    b->copy_of = SRV_NO_COPY;
    if (good && item->kind) {
        struct frame inner = {.filled = frame->filled, .maker = item, .maker_frame = frame};
        good =
            pass_arguments(b, item, frame, &inner) && (b->adapter && frame->filled != b->adapter && item->kind->torch
                                                           ? adapt(b, item->kind, &inner)
                                                           : walk(b, item->kind->items, item->kind->n_items, &inner));
    } else if (good) {
        good = walk(b, item->items, item->n_items, frame);
    }
    if (good && logged)
        b->log->event[event].end = b->log->n;
    b->module = outer;
    if (!good && b->log && !*b->log->failed)
        snprintf(b->log->failed, sizeof b->log->failed, "%.*s", (int)own, b->state.text);
    srv_path_cut(&b->state, state_left);
    srv_path_cut(&b->file, file_left);
    return good;
}

static bool log_dropped(struct builder *b, const struct srv_tensor_spec *spec, const struct frame *frame)
{
    struct srv_event event = {.state = SRV_NO_STATE, .late = true, .has_made = true, .n = 1};
    struct srv_shape shape = {.rank = 0};
    for (unsigned i = 0; i < spec->rank; i++)
        if (!add_dimensions(b, &spec->shape[i], env_of(frame), &shape))
            return false;
    for (uint32_t i = 0; i < shape.rank; i++)
        if (__builtin_mul_overflow(event.n, shape.dim[i], &event.n)) {
            wi_fail(b->err, WI_E_TOO_LARGE, "", "more is drawn and dropped than 64 bits count");
            return false;
        }
    return srv_rule_eval(&spec->made, env_of(frame), &event.made, b->err) && log_event(b, event);
}

static bool walk_once(struct builder *b, const struct srv_arch_item *item, struct frame *frame)
{
    bool wanted = true;
    if (++b->steps > STEPS) {
        wi_fail(b->err, WI_E_TOO_LARGE, "", "the model has too many modules");
        return false;
    }
    if (item->cond.op && !srv_expr_true(&item->cond, env_of(frame), &wanted, b->err))
        return false;
    if (!wanted)
        return true;
    if (item->resets && b->log && b->module != UINT32_MAX)
        b->log->event[b->module].model = true;
    if (item->xavier && b->log && b->module != UINT32_MAX)
        b->log->event[b->module].xavier = true;
    b->order = 0;
    if (item->dropped)
        return !b->log || log_dropped(b, item->dropped, frame);
    if (item->order.op && !srv_expr_uint(&item->order, env_of(frame), &b->order, b->err))
        return false;
    if (!item->tensor)
        return walk_module(b, item, frame);
    bool foreign = b->adapter && frame->filled != b->adapter && !b->base;
    return foreign || add_tensor(b, item, frame);
}

static bool walk(struct builder *b, const struct srv_arch_item *items, unsigned n, struct frame *frame)
{
    for (unsigned k = 0; k < n; k++) {
        const struct srv_arch_item *item = &items[k];
        uint64_t count = 1;
        if (item->loop.count.op && !srv_expr_uint(&item->loop.count, env_of(frame), &count, b->err))
            return false;
        const uint32_t first = b->log ? b->log->n : 0;
        for (uint64_t i = 0; i < count; i++) {
            b->copy_of = item->copies && i > 0 ? first : SRV_NO_COPY;
            if (item->loop.count.op)
                frame->locals[item->loop.local] = (struct srv_value){.type = SRV_VALUE_INT, .i = (int64_t)i};
            if (!walk_once(b, item, frame))
                return false;
        }
    }
    return true;
}

bool srv_build(struct srv_table *table, const struct srv_filled *model, const struct srv_filled *adapter,
               enum srv_dtype dtype, struct srv_log *log, struct wi_error *err)
{
    struct builder b = {.table = table,
                        .model = model,
                        .adapter = adapter,
                        .dtype = dtype,
                        .log = log,
                        .module = UINT32_MAX,
                        .copy_of = SRV_NO_COPY,
                        .err = err};
    struct frame frame = {.filled = model};
    static const char prefix[] = "base_model.model";
    if (adapter && (!srv_path_append(&b.state, prefix, sizeof prefix - 1, err) ||
                    !srv_path_append(&b.file, prefix, sizeof prefix - 1, err)))
        return false;
    return walk(&b, model->arch->items, model->arch->n_items, &frame) && srv_table_finish(table, err);
}
