/* see expr.h: the compiler, a recursive descent that emits code. */
#include "model/expr_private.h"

#include <string.h>

struct parser {
    const char *text, *at, *end;
    const struct srv_scope *scope;
    struct srv_arena *arena;
    struct wi_error *err;
    const char *field;
    struct srv_op op[SRV_EXPR_OPS];
    unsigned n, depth;
    bool failed;
};

static void fail(struct parser *p, const char *what)
{
    if (!p->failed)
        wi_fail(p->err, WI_E_PARAM_VALUE, "", "%s at character %u of the expression %q", what,
                (uint64_t)(p->at - p->text) + 1, p->text);
    p->failed = true;
}

static struct srv_op *emit(struct parser *p, enum srv_opcode code)
{
    if (p->n == SRV_EXPR_OPS) {
        fail(p, "too long");
        p->n = 0; /* the code is thrown away */
    }
    struct srv_op *op = &p->op[p->n++];
    *op = (struct srv_op){.code = (uint8_t)code};
    return op;
}

static void skip_blanks(struct parser *p)
{
    while (p->at < p->end && *p->at == ' ')
        p->at++;
}

static bool take(struct parser *p, const char *token)
{
    size_t len = strlen(token);
    skip_blanks(p);
    if ((size_t)(p->end - p->at) < len || memcmp(p->at, token, len) != 0)
        return false;
    p->at += len;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void conditional(struct parser *p);

static void number(struct parser *p)
{
    const char *from = p->at;
    bool real = false;
    while (p->at < p->end && (is_digit(*p->at) || *p->at == '.' || *p->at == 'e' ||
                              ((*p->at == '-' || *p->at == '+') && p->at > from && p->at[-1] == 'e')))
        real |= !is_digit(*p->at++);
    size_t len = (size_t)(p->at - from);
    struct srv_value value = {.type = real ? SRV_VALUE_REAL : SRV_VALUE_INT};
    uint64_t whole = 0;
    if (real ? !wi_decimal_parse(from, len, &value.real)
             : !wi_decimal_parse_u64(from, len, &whole) || whole > INT64_MAX)
        fail(p, "no number");
    if (!real)
        value.i = (int64_t)whole;
    emit(p, OP_CONSTANT)->constant = value;
}

static void text_constant(struct parser *p)
{
    const char *from = ++p->at;
    while (p->at < p->end && *p->at != '\'')
        p->at++;
    if (p->at == p->end) {
        fail(p, "a text without its end");
        return;
    }
    const char *copy = srv_arena_text(p->arena, from, (size_t)(p->at++ - from));
    if (!copy)
        fail(p, "no memory");
    emit(p, OP_CONSTANT)->constant = (struct srv_value){.type = SRV_VALUE_TEXT, .text = copy};
}

/* [1, 2, 3]: a list of whole numbers */
static void list_constant(struct parser *p)
{
    struct srv_value *list = srv_arena_alloc(p->arena, SRV_EXPR_LIST * sizeof *list);
    uint32_t n = 0;
    for (p->at++; list && n < SRV_EXPR_LIST && !take(p, "]"); n++) {
        uint64_t whole = 0;
        const char *from = (take(p, n ? "," : ""), skip_blanks(p), p->at);
        while (p->at < p->end && is_digit(*p->at))
            p->at++;
        if (!wi_decimal_parse_u64(from, (size_t)(p->at - from), &whole) || whole > UINT32_MAX) {
            fail(p, "no whole number");
            return;
        }
        list[n] = (struct srv_value){.type = SRV_VALUE_INT, .i = (int64_t)whole};
    }
    if (!list || n == SRV_EXPR_LIST)
        fail(p, "a list that is too long");
    emit(p, OP_CONSTANT)->constant = (struct srv_value){.type = SRV_VALUE_LIST, .n = n, .list = list};
}

static bool function(struct parser *p, const char *name, size_t len)
{
    static const struct {
        const char *name;
        enum srv_opcode code;
        unsigned arguments;
    } functions[] = {{"sqrt", OP_SQRT, 1},   {"rsqrt", OP_RSQRT, 1}, {"min", OP_MIN, 2}, {"max", OP_MAX, 2},
                     {"has", OP_HAS, 2},     {"len", OP_LEN, 1},     {"f32", OP_F32, 1}, {"int", OP_INT, 1},
                     {"sides", OP_SIDES, 2}, {"prod", OP_PROD, 1}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) != len || memcmp(functions[i].name, name, len) != 0)
            continue;
        for (unsigned a = 0; a < functions[i].arguments; a++) {
            if (a && !take(p, ","))
                fail(p, "an argument is missing");
            conditional(p);
        }
        if (!take(p, ")"))
            fail(p, "no ) after the arguments");
        emit(p, functions[i].code);
        return true;
    }
    return false;
}

static bool constant_name(struct parser *p, const char *name, size_t len)
{
    static const struct {
        const char *name;
        struct srv_value value;
    } constants[] = {{"null", {.type = SRV_VALUE_NULL}},
                     {"true", {.type = SRV_VALUE_INT, .i = 1}},
                     {"false", {.type = SRV_VALUE_INT, .i = 0}}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (strlen(constants[i].name) == len && memcmp(constants[i].name, name, len) == 0) {
            emit(p, OP_CONSTANT)->constant = constants[i].value;
            return true;
        }
    return false;
}

static bool variable(struct parser *p, const char *name, size_t len)
{
    const struct srv_scope *scope = p->scope;
    for (unsigned i = scope->n_locals; i-- > 0;)
        if (strlen(scope->locals[i]) == len && memcmp(scope->locals[i], name, len) == 0) {
            emit(p, OP_LOCAL)->slot = (uint16_t)i;
            return true;
        }
    for (unsigned i = 0; i < scope->n_globals; i++)
        if (strlen(scope->globals[i]) == len && memcmp(scope->globals[i], name, len) == 0) {
            emit(p, OP_GLOBAL)->slot = (uint16_t)i;
            if (!*p->field && i < scope->n_fields)
                p->field = scope->globals[i];
            return true;
        }
    return false;
}

static void name(struct parser *p)
{
    const char *from = p->at;
    while (p->at < p->end && (is_letter(*p->at) || is_digit(*p->at) || *p->at == '.'))
        p->at++;
    size_t len = (size_t)(p->at - from);
    if (take(p, "(")) {
        if (!function(p, from, len))
            fail(p, "an unknown function ends");
    } else if (!constant_name(p, from, len) && !variable(p, from, len)) {
        fail(p, "an unknown name ends");
    }
}

static void primary(struct parser *p)
{
    skip_blanks(p);
    if (p->failed || ++p->depth > SRV_EXPR_DEPTH) {
        fail(p, "too deep");
        return;
    }
    if (p->at == p->end)
        fail(p, "something is missing");
    else if (is_digit(*p->at))
        number(p);
    else if (*p->at == '\'')
        text_constant(p);
    else if (*p->at == '[')
        list_constant(p);
    else if (is_letter(*p->at))
        name(p);
    else if (take(p, "(")) {
        conditional(p);
        if (!take(p, ")"))
            fail(p, "no )");
    } else
        fail(p, "no value");
    while (!p->failed && take(p, "[")) {
        conditional(p);
        if (!take(p, "]"))
            fail(p, "no ]");
        emit(p, OP_INDEX);
    }
    p->depth--;
}

static void unary(struct parser *p)
{
    bool negate = take(p, "-");
    skip_blanks(p);
    bool not = !negate && p->at < p->end && *p->at == '!' && take(p, "!");
    primary(p);
    if (negate || not )
        emit(p, negate ? OP_NEGATE : OP_NOT);
}

struct operator
{
    const char *token;
    enum srv_opcode code;
};

/* operand { operator operand }, for the n operators of one level; once: at most one of them. */
static void level(struct parser *p, void (*operand)(struct parser *), const struct operator* row, size_t n, bool once)
{
    operand(p);
    for (size_t i = 0; i < n && !p->failed;) {
        if (!take(p, row[i].token)) {
            i++;
            continue;
        }
        operand(p);
        emit(p, row[i].code);
        i = once ? n : 0;
    }
}

static void product(struct parser *p)
{
    static const struct operator row[] = {{"*", OP_MUL}, {"/", OP_DIV}, {"%", OP_MOD}};
    level(p, unary, row, 3, false);
}

static void sum(struct parser *p)
{
    static const struct operator row[] = {{"+", OP_ADD}, {"-", OP_SUB}};
    level(p, product, row, 2, false);
}

static void comparison(struct parser *p)
{
    static const struct operator row[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<=", OP_LE},
                                          {">=", OP_GE}, {"<", OP_LT},  {">", OP_GT}};
    level(p, sum, row, 6, true);
}

static void lazy(struct parser *p, void (*operand)(struct parser *), const char *token, enum srv_opcode code)
{
    operand(p);
    while (!p->failed && take(p, token)) {
        unsigned jump = p->n;
        emit(p, code);
        operand(p);
        emit(p, OP_TRUTH);
        p->op[jump].slot = (uint16_t)p->n;
    }
}

static void conjunction(struct parser *p)
{
    lazy(p, comparison, "&&", OP_AND);
}

static void disjunction(struct parser *p)
{
    lazy(p, conjunction, "||", OP_OR);
}

static void conditional(struct parser *p)
{
    disjunction(p);
    if (p->failed || !take(p, "?"))
        return;
    unsigned otherwise = p->n;
    emit(p, OP_JUMP_FALSE);
    conditional(p);
    unsigned end = p->n;
    emit(p, OP_JUMP);
    if (!take(p, ":"))
        fail(p, "no : after ?");
    p->op[otherwise].slot = (uint16_t)p->n;
    conditional(p);
    p->op[end].slot = (uint16_t)p->n;
}

bool srv_expr_compile(struct srv_arena *arena, const char *text, size_t len, const struct srv_scope *scope,
                      struct srv_expr *out, struct wi_error *err)
{
    *out = (struct srv_expr){.text = srv_arena_text(arena, text, len), .field = ""};
    if (!out->text) {
        wi_fail(err, WI_E_TOO_LARGE, "", "no memory");
        return false;
    }
    struct parser p = {.text = out->text,
                       .at = out->text,
                       .end = out->text + len,
                       .scope = scope,
                       .arena = arena,
                       .err = err,
                       .field = ""};
    conditional(&p);
    skip_blanks(&p);
    if (!p.failed && p.at != p.end)
        fail(&p, "more than one expression");
    struct srv_op *op = p.failed ? NULL : srv_arena_alloc(arena, p.n * sizeof *op);
    if (!op)
        return false;
    memcpy(op, p.op, p.n * sizeof *op);
    out->op = op;
    out->n = p.n;
    out->field = p.field;
    return true;
}
