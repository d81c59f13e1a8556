/* expression.h - the formulas of the op table as trees: read, printed, differentiated, evaluated
 *
 * A term is an operation on other terms and is known by a small number. Terms are interned: equal terms have equal ids, so equal
 * texts do, and a shared subexpression is one term. The names that stand for inputs are x, y, g and z, in this order; p0, p1 and
 * p2 are a row's number attributes. From a term come values (lun_expression_value), second derivatives of op rows
 * (core/expression_op.c), block programs (core/expression_program.h), and source text for compilers (lun_expression_text).
 * Holds: ids live as long as the process; 0 means "failed before" and passes through every function here, as NULL does elsewhere.
 * Read next: core/expression_read.c, core/expression_derive.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_EXPRESSION_H
#define LUN_CORE_EXPRESSION_H
#include "core/op.h"

/* Functions that formulas may call, with the number of their arguments. */
#define LUN_FUNCTIONS(X)                                                                                        \
    X(exp, 1) X(log, 1) X(log1p, 1) X(expm1, 1) X(sqrt, 1) X(tanh, 1) X(erf, 1) X(sin, 1) X(cos, 1) X(tan, 1) X(fabs, 1)  \
    X(floor, 1) X(ceil, 1) X(rint, 1) X(trunc, 1) X(asin, 1) X(acos, 1) X(atan, 1) X(sinh, 1) X(cosh, 1)        \
    X(asinh, 1) X(acosh, 1) X(atanh, 1) X(erfc, 1) X(lgamma, 1) X(cbrt, 1) X(exp2, 1) X(log2, 1) X(log10, 1)    \
    X(erfcx, 1) X(erfinv, 1) X(ndtri, 1) X(log_ndtr, 1) X(digamma, 1) X(i0, 1) X(i0e, 1) X(i1, 1) X(i1e, 1)     \
    X(j0, 1) X(j1, 1) X(y0, 1) X(y1, 1) X(truncdiv, 2) X(copysign, 2) X(nextafter, 2) X(polygamma, 2)           \
    X(zeta, 2) X(gammainc, 2) X(gammaincc, 2) X(gammaslope, 2)                                                                  \
    X(pow, 2) X(floordiv, 2) X(floormod, 2) X(atan2, 2) X(hypot, 2) X(fmod, 2)
typedef enum {
#define X(name, arguments) LUN_FUNCTION_##name,
    LUN_FUNCTIONS(X)
#undef X
    LUN_FUNCTION_COUNT
} lun_function;

/* Names in formulas. */
typedef enum { LUN_NAME_x, LUN_NAME_y, LUN_NAME_g, LUN_NAME_z, LUN_NAME_p0, LUN_NAME_p1, LUN_NAME_p2, LUN_NAME_COUNT } lun_name;
enum { LUN_EXPRESSION_INPUTS = 4 };

/* Operations with a sign, loosest first: id, sign, how tightly it binds */
#define LUN_SIGNS(X)                                                                                            \
    X(OR, "||", 2) X(AND, "&&", 3) X(EQ, "==", 4) X(NE, "!=", 4) X(LE, "<=", 5) X(GE, ">=", 5) X(LT, "<", 5)    \
    X(GT, ">", 5) X(ADD, "+", 6) X(SUB, "-", 6) X(MUL, "*", 7) X(DIV, "/", 7)
typedef enum {
    LUN_TERM_NUMBER, LUN_TERM_NAME, LUN_TERM_NEGATE, LUN_TERM_NOT,
#define X(id, sign, binds) LUN_TERM_##id,
    LUN_SIGNS(X)
#undef X
    LUN_TERM_CHOOSE, /* arg[0] ? arg[1] : arg[2] */
    LUN_TERM_CALL,   /* of function `what` */
    LUN_TERM_KINDS
} lun_term_kind;

typedef struct lun_term {
    uint8_t kind, what; /* what: which name or function */
    int arg[3];         /* 0 where there is none */
    double value;       /* of a NUMBER */
} lun_term;

/* The term with this id; the address stays. */
const lun_term *lun_term_get(int id);
/* Terms exactly as said; 0 after lun_fail, or when an argument is 0. */
int lun_term_number(double value);
int lun_term_name(lun_name name);
int lun_term_make(lun_term_kind kind, int a, int b, int c);
int lun_term_call(lun_function f, int a, int b); /* b 0 for functions of one argument */
/* The same, but simpler where a number allows it: 0 * a, 1 * a, a + 0, two numbers, equal branches ... */
int lun_term_simple(lun_term_kind kind, int a, int b, int c);
int lun_term_simple_call(lun_function f, int a, int b);
/* How many arguments an operation has. */
int lun_term_arity(const lun_term *t);
const char *lun_function_name(lun_function f);

/* Reads a formula, as in core/ops/math.def; 0 after lun_fail. */
int lun_expression_read(const char *text);
/* Writes a text that reads as the same id; at most `room` bytes with the final 0, cut off where it does not fit. */
char *lun_expression_text(int id, char *buffer, size_t room);
/* d(id)/d(name), simplified, branch by branch: cond ? a : b gives cond ? a' : b'. */
int lun_expression_derivative(int id, lun_name name);
/* `id` with names exchanged for terms: with[n] stands for name n; 0 keeps it. */
int lun_expression_replace(int id, const int with[LUN_NAME_COUNT]);
bool lun_expression_mentions(int id, lun_name name);
/* The row that says what f is: its formula is f(x) or f(x, y) and nothing else; NULL after lun_fail. */
const lun_op *lun_function_row(lun_function f, bool two);
/* The value for given values of the names. */
double lun_expression_value(int id, const double *names);

/* The op `expression`: a formula over tensors (LUN_NONE where it does not mention the name), which broadcast. */
lun_tensor *lun_expression_apply(int formula, int n, lun_tensor **inputs);
/* g * d(row)/d(argument `which`), as an expression that can be differentiated again any number of times. x and y are as the row's
 * derivative text names them: of a one-argument row, y is its result (LUN_NONE where not saved). */
lun_tensor *lun_row_gradient_graph(const lun_op *row, int which, lun_tensor *g, lun_tensor *x, lun_tensor *y,
                                   const lun_params *p);
#endif
