/* see expr.h: the evaluation of compiled expressions. */
#include <math.h>
#include <string.h>

#include "model/expr_private.h"

struct machine {
    const struct srv_expr *expr;
    struct wi_error *err;
};

static bool fail(const struct machine *m, const char *what)
{
    wi_fail(m->err, WI_E_PARAM_CONFLICT, m->expr->field, "%q: %s", m->expr->text, what);
    return false;
}

static bool is_number(struct srv_value v)
{
    return v.type == SRV_VALUE_INT || v.type == SRV_VALUE_REAL;
}

static double as_real(struct srv_value v)
{
    return v.type == SRV_VALUE_INT ? (double)v.i : v.real;
}

static bool is_true(struct srv_value v)
{
    return v.type != SRV_VALUE_NULL && !(v.type == SRV_VALUE_INT && v.i == 0) &&
           !(v.type == SRV_VALUE_REAL && v.real == 0.0) && !(v.type == SRV_VALUE_LIST && v.n == 0);
}

bool srv_value_equal(struct srv_value a, struct srv_value b)
{
    if (is_number(a) && is_number(b))
        return a.type == SRV_VALUE_INT && b.type == SRV_VALUE_INT ? a.i == b.i : as_real(a) == as_real(b);
    if (a.type != b.type)
        return false;
    return a.type == SRV_VALUE_NULL || (a.type == SRV_VALUE_TEXT && strcmp(a.text, b.text) == 0);
}

static struct srv_value whole(int64_t i)
{
    return (struct srv_value){.type = SRV_VALUE_INT, .i = i};
}

static struct srv_value real(double r)
{
    return (struct srv_value){.type = SRV_VALUE_REAL, .real = r};
}

static bool whole_arithmetic(const struct machine *m, enum srv_opcode code, int64_t a, int64_t b, int64_t *out)
{
    if ((code == OP_DIV || code == OP_MOD) && (b <= 0 || a < 0))
        return fail(m, "division by what is not positive, or of what is negative");
    if (code == OP_DIV && a % b != 0)
        return fail(m, "the division leaves a remainder");
    if (code == OP_DIV || code == OP_MOD) {
        *out = code == OP_DIV ? a / b : a % b;
        return true;
    }
    bool over = code == OP_ADD   ? __builtin_add_overflow(a, b, out)
                : code == OP_SUB ? __builtin_sub_overflow(a, b, out)
                                 : __builtin_mul_overflow(a, b, out);
    return !over || fail(m, "the result does not fit into 64 bits");
}

static bool arithmetic(const struct machine *m, enum srv_opcode code, struct srv_value *a, struct srv_value b)
{
    if (!is_number(*a) || !is_number(b))
        return fail(m, "an operand is no number");
    if (a->type == SRV_VALUE_INT && b.type == SRV_VALUE_INT)
        return whole_arithmetic(m, code, a->i, b.i, &a->i);
    double x = as_real(*a), y = as_real(b);
    if (code == OP_MOD || (code == OP_DIV && y == 0.0))
        return fail(m, "division by zero, or a remainder of reals");
    *a = real(code == OP_ADD ? x + y : code == OP_SUB ? x - y : code == OP_MUL ? x * y : x / y);
    return true;
}

static bool comparison(const struct machine *m, enum srv_opcode code, struct srv_value *a, struct srv_value b)
{
    if (code == OP_EQ || code == OP_NE) {
        *a = whole(srv_value_equal(*a, b) == (code == OP_EQ));
        return true;
    }
    if (!is_number(*a) || !is_number(b))
        return fail(m, "an operand is no number");
    bool both = a->type == SRV_VALUE_INT && b.type == SRV_VALUE_INT;
    double x = as_real(*a), y = as_real(b);
    bool less = both ? a->i < b.i : x < y, more = both ? a->i > b.i : x > y;
    *a = whole(code == OP_LT ? less : code == OP_GT ? more : code == OP_LE ? !more : !less);
    return true;
}

/* x^-0.5, correctly rounded but for ties too close to tell: one Newton step with the residual in twice the
 * precision. */
static double inverse_root(double x)
{
    double y = 1.0 / sqrt(x);
    double square = y * y, rest = fma(y, y, -square);
    double residual = fma(-x, square, 1.0) - x * rest;
    return fma(0.5 * y, residual, y);
}

static bool root(const struct machine *m, enum srv_opcode code, struct srv_value *a)
{
    double x = is_number(*a) ? as_real(*a) : -1;
    if (!(x > 0))
        return fail(m, "a root of what is not positive");
    *a = real(code == OP_SQRT ? sqrt(x) : inverse_root(x));
    return true;
}

static bool list_operation(const struct machine *m, enum srv_opcode code, struct srv_value *a, struct srv_value b)
{
    if (a->type != SRV_VALUE_LIST)
        return fail(m, "no list");
    if (code == OP_LEN) {
        *a = whole(a->n);
        return true;
    }
    if (code == OP_HAS) {
        bool found = false;
        for (uint32_t i = 0; i < a->n; i++)
            found |= srv_value_equal(a->list[i], b);
        *a = whole(found);
        return true;
    }
    if (b.type != SRV_VALUE_INT || b.i < 0 || b.i >= (int64_t)a->n)
        return fail(m, "the list has no such element");
    *a = a->list[b.i];
    return true;
}

/* A list of b numbers as it is; a whole number b times. */
static bool sides(const struct machine *m, struct srv_value *a, struct srv_value b)
{
    if (b.type != SRV_VALUE_INT || b.i < 0 || b.i > WI_RANK_MAX)
        return fail(m, "no number of sides");
    if (a->type == SRV_VALUE_INT)
        *a = (struct srv_value){.type = SRV_VALUE_REPEAT, .n = (uint32_t)b.i, .i = a->i};
    bool good = a->type == SRV_VALUE_REPEAT || a->type == SRV_VALUE_LIST;
    return (good && a->n == b.i) || fail(m, "must be a whole number, or a list of one for every side");
}

struct srv_value srv_value_element(struct srv_value list, uint32_t i)
{
    return list.type == SRV_VALUE_REPEAT ? whole(list.i) : list.list[i];
}

static bool product_of(const struct machine *m, struct srv_value *a)
{
    struct srv_value product = whole(1);
    if (a->type != SRV_VALUE_REPEAT && a->type != SRV_VALUE_LIST)
        return fail(m, "no list");
    for (uint32_t i = 0; i < a->n; i++)
        if (!arithmetic(m, OP_MUL, &product, srv_value_element(*a, i)))
            return false;
    *a = product;
    return true;
}

static bool smaller_or_larger(const struct machine *m, enum srv_opcode code, struct srv_value *a, struct srv_value b)
{
    struct srv_value first = *a;
    if (!comparison(m, OP_LT, a, b))
        return false;
    *a = is_true(*a) == (code == OP_MIN) ? first : b;
    return true;
}

static bool negate(const struct machine *m, struct srv_value *a)
{
    if (a->type == SRV_VALUE_REAL)
        *a = real(-a->real);
    else if (a->type == SRV_VALUE_INT && a->i != INT64_MIN)
        a->i = -a->i;
    else
        return fail(m, "no number to negate");
    return true;
}

/* One operation on the top of the stack: a for one operand, a and b for two. */
static bool operate(const struct machine *m, enum srv_opcode code, struct srv_value *a, struct srv_value b)
{
    switch (code) {
    case OP_NEGATE:
        return negate(m, a);
    case OP_NOT:
        *a = whole(!is_true(*a));
        return true;
    case OP_TRUTH:
        *a = whole(is_true(*a));
        return true;
    case OP_F32:
        if (!is_number(*a))
            return fail(m, "no number");
        *a = real((double)(float)as_real(*a));
        return true;
    case OP_INT:
        if (!is_number(*a) || !(as_real(*a) >= 0 && as_real(*a) < 1e15))
            return fail(m, "no number from 0 to 10^15");
        *a = whole((int64_t)as_real(*a));
        return true;
    case OP_SQRT:
    case OP_RSQRT:
        return root(m, code, a);
    case OP_MIN:
    case OP_MAX:
        return smaller_or_larger(m, code, a, b);
    case OP_SIDES:
        return sides(m, a, b);
    case OP_PROD:
        return product_of(m, a);
    case OP_LEN:
    case OP_HAS:
    case OP_INDEX:
        return list_operation(m, code, a, b);
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        return arithmetic(m, code, a, b);
    default:
        return comparison(m, code, a, b);
    }
}

static bool takes_one(enum srv_opcode code)
{
    return code == OP_NEGATE || code == OP_NOT || code == OP_TRUTH || code == OP_SQRT || code == OP_RSQRT ||
           code == OP_LEN || code == OP_F32 || code == OP_INT || code == OP_PROD;
}

bool srv_expr_eval(const struct srv_expr *expr, struct srv_env env, struct srv_value *out, struct wi_error *err)
{
    const struct machine m = {expr, err};
    struct srv_value stack[4 * SRV_EXPR_DEPTH + 8];
    unsigned top = 0; /* values on the stack; the parser's depth bounds it */
    for (uint32_t pc = 0; pc < expr->n; pc++) {
        const struct srv_op *op = &expr->op[pc];
        switch (op->code) {
        case OP_CONSTANT:
            stack[top++] = op->constant;
            break;
        case OP_GLOBAL:
            stack[top++] = env.globals[op->slot];
            break;
        case OP_LOCAL:
            stack[top++] = env.locals[op->slot];
            break;
        case OP_JUMP:
            pc = op->slot - 1u;
            break;
        case OP_JUMP_FALSE:
            if (!is_true(stack[--top]))
                pc = op->slot - 1u;
            break;
        case OP_AND:
        case OP_OR:
            if (is_true(stack[top - 1]) == (op->code == OP_OR)) {
                stack[top - 1] = whole(op->code == OP_OR);
                pc = op->slot - 1u;
            } else {
                top--;
            }
            break;
        default:
            if (!takes_one(op->code))
                top--;
            if (!operate(&m, op->code, &stack[top - 1], stack[top]))
                return false;
        }
        if (top >= sizeof stack / sizeof *stack - 1)
            return fail(&m, "too deep");
    }
    *out = stack[0];
    return true;
}

bool srv_expr_uint(const struct srv_expr *expr, struct srv_env env, uint64_t *out, struct wi_error *err)
{
    struct srv_value value;
    if (!srv_expr_eval(expr, env, &value, err))
        return false;
    if (value.type != SRV_VALUE_INT || value.i < 0)
        return fail(&(struct machine){expr, err}, "must be a whole number of at least 0");
    *out = (uint64_t)value.i;
    return true;
}

bool srv_expr_real(const struct srv_expr *expr, struct srv_env env, double *out, struct wi_error *err)
{
    struct srv_value value;
    if (!srv_expr_eval(expr, env, &value, err))
        return false;
    if (!is_number(value) || !isfinite(as_real(value)))
        return fail(&(struct machine){expr, err}, "must be a finite number");
    *out = as_real(value);
    return true;
}

bool srv_expr_true(const struct srv_expr *expr, struct srv_env env, bool *out, struct wi_error *err)
{
    struct srv_value value;
    if (!srv_expr_eval(expr, env, &value, err))
        return false;
    *out = is_true(value);
    return true;
}
