/* expr_private.h - compiled expressions: code for a stack machine. */
#ifndef SRV_MODEL_EXPR_PRIVATE_H
#define SRV_MODEL_EXPR_PRIVATE_H

#include "model/expr.h"

enum srv_opcode {
    OP_CONSTANT,
    OP_GLOBAL,
    OP_LOCAL,
    OP_NEGATE,
    OP_NOT,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_INDEX,
    OP_SQRT,
    OP_RSQRT,
    OP_MIN,
    OP_MAX,
    OP_HAS,
    OP_LEN,
    OP_F32,
    OP_SIDES,
    OP_PROD,
    OP_INT,
    OP_JUMP,       /* to `slot` */
    OP_JUMP_FALSE, /* pops the condition */
    OP_AND,        /* false: leave 0 and jump; true: pop */
    OP_OR,         /* true: leave 1 and jump; false: pop */
    OP_TRUTH       /* make the top 0 or 1 */
};

struct srv_op {
    uint8_t code;
    uint16_t slot; /* of GLOBAL and LOCAL; target of jumps */
    struct srv_value constant;
};

#define SRV_EXPR_OPS 192  /* of one expression */
#define SRV_EXPR_LIST 64  /* elements of a list in an expression */
#define SRV_EXPR_DEPTH 24 /* of parentheses, and of the stack */

#endif
