/* expr.h - the expressions of architecture files: "hidden_size / num_attention_heads", "i >= first_dense ? 1 : 0".
 *
 * Text is compiled once, with every name resolved, and evaluated any number of times.
 *   values    whole numbers (64 bits, signed), reals (double), texts ('basic'), lists ([1, 2]), null; truth is 0 and 1
 *   operators ?: || && == != < <= > >= + - * / % unary - !, list[i]; && || ?: evaluate only what they need
 *   functions sqrt(x), rsqrt(x) = x^-0.5, min(a, b), max(a, b), has(list, x), len(list), f32(x) rounds to float,
 *             int(x) drops the fraction, sides(x, n) is a list of n numbers as it is, or a number n times; prod(list)
 * Whole numbers are exact: overflow is an error, and so is a division that leaves a remainder. An operation with one
 * real operand is real. Results do not depend on the machine: only sqrt and fma of libm are used.
 *
 * Errors name the first config field that the expression uses, or nothing. Memory: compiled code lies in the arena.
 * Threads: compiled expressions are read-only. */
#ifndef SRV_MODEL_EXPR_H
#define SRV_MODEL_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/arena.h"
#include "base/error.h"
#include "wi.h"

enum srv_value_type {
    SRV_VALUE_NULL,
    SRV_VALUE_INT,
    SRV_VALUE_REAL,
    SRV_VALUE_TEXT,
    SRV_VALUE_LIST,
    SRV_VALUE_REPEAT /* a list of n times the whole number i */
};

struct srv_value {
    enum srv_value_type type;
    uint32_t n; /* LIST and REPEAT: elements */
    union {
        int64_t i;
        double real;
        const char *text;
        const struct srv_value *list;
    };
};

/* Names an expression may use: globals (config fields, then derived values) and locals (arguments, loop counters). */
#define SRV_LOCALS_MAX 24
struct srv_scope {
    const char *const *globals;
    const char *locals[SRV_LOCALS_MAX];
    unsigned n_globals, n_fields, n_locals; /* the first n_fields globals are config fields */
};

/* What an expression is evaluated with: one value per name of the scope. */
struct srv_env {
    const struct srv_value *globals, *locals;
};

struct srv_expr {
    const struct srv_op *op; /* NULL: no expression */
    const char *text;        /* as written */
    const char *field;       /* the first config field used, or "" */
    uint32_t n;
};

/* Compile all of text[0, len). False: the error says where. */
bool srv_expr_compile(struct srv_arena *arena, const char *text, size_t len, const struct srv_scope *scope,
                      struct srv_expr *out, struct wi_error *err);

bool srv_expr_eval(const struct srv_expr *expr, struct srv_env env, struct srv_value *out, struct wi_error *err);
/* The same, for a result that must be a whole number >= 0, a finite number, or a truth (null and 0 are false). */
bool srv_expr_uint(const struct srv_expr *expr, struct srv_env env, uint64_t *out, struct wi_error *err);
bool srv_expr_real(const struct srv_expr *expr, struct srv_env env, double *out, struct wi_error *err);
bool srv_expr_true(const struct srv_expr *expr, struct srv_env env, bool *out, struct wi_error *err);

bool srv_value_equal(struct srv_value a, struct srv_value b);
/* Element i < n of a LIST or a REPEAT. */
struct srv_value srv_value_element(struct srv_value list, uint32_t i);

#endif
