/* expression_derive.c - derivatives and substitution
 *
 * The derivative of a function is the text of the op row whose formula is that function alone: exp's is in row exp. So the table
 * is the only place where a derivative is written down.
 * Holds: a condition is never differentiated, and a choice stays one: (c ? a : b)' = c ? a' : b'. With a product of both branches
 * instead, 0 * inf would make NaN. Read next: core/expression_op.c. SPDX-License-Identifier: MIT
 */
#include "core/expression.h"

#include "core/error.h"

/* Terms are trees with shared parts; what has been answered once is remembered for the length of one question. */
enum { MEMORY = 256 };
typedef struct question {
    int from[MEMORY], to[MEMORY];
    lun_name name;   /* derivative with respect to it */
    const int *with; /* substitution */
} question;

static int *slot(question *q, int id)
{
    int at = id % MEMORY;
    if (q->from[at] != id) {
        q->from[at] = id;
        q->to[at] = 0;
    }
    return &q->to[at];
}

/* ---- substitution ---- */

static int replace(question *q, int id)
{
    const lun_term *t = lun_term_get(id);
    if (t->kind == LUN_TERM_NUMBER) return id;
    if (t->kind == LUN_TERM_NAME) return q->with[t->what] ? q->with[t->what] : id;
    if (*slot(q, id)) return *slot(q, id);
    int arg[3] = {0}, n = lun_term_arity(t);
    for (int i = 0; i < n; i++)
        if (!(arg[i] = replace(q, t->arg[i]))) return 0;
    int result = t->kind == LUN_TERM_CALL ? lun_term_simple_call((lun_function)t->what, arg[0], arg[1])
                                          : lun_term_simple((lun_term_kind)t->kind, arg[0], arg[1], arg[2]);
    return *slot(q, id) = result;
}

int lun_expression_replace(int id, const int with[LUN_NAME_COUNT])
{
    question q = {.with = with};
    return id ? replace(&q, id) : 0;
}

bool lun_expression_mentions(int id, lun_name name)
{
    if (!id) return false;
    const lun_term *t = lun_term_get(id);
    if (t->kind == LUN_TERM_NAME) return t->what == name;
    for (int i = 0; i < lun_term_arity(t); i++)
        if (lun_expression_mentions(t->arg[i], name)) return true;
    return false;
}

/* ---- derivatives ---- */

const lun_op *lun_function_row(lun_function f, bool two)
{
    int plain = lun_term_call(f, lun_term_name(LUN_NAME_x), two ? lun_term_name(LUN_NAME_y) : 0);
    char text[64];
    lun_expression_text(plain, text, sizeof text);
    for (int id = 0; id < lun_op_count(); id++) {
        const lun_op *row = lun_op_at(id);
        if (row->family != (two ? LUN_FAMILY_BINARY : LUN_FAMILY_UNARY) || !row->dx) continue;
        const char *a = text, *b = row->formula;
        while (*a && *a == *b) a++, b++;
        if (!*a && !*b) return row;
    }
    lun_fail(LUN_E_GRADIENT, NULL, "no row of the op table says what the derivative of %s is", lun_function_name(f));
    return NULL;
}

/* df/d(argument k) at the arguments of `call`. */
static int function_derivative(int call, int k)
{
    const lun_term *t = lun_term_get(call);
    bool two = lun_term_arity(t) == 2;
    const lun_op *row = lun_function_row((lun_function)t->what, two);
    int d = row ? lun_expression_read(k ? row->dy : row->dx) : 0;
    int with[LUN_NAME_COUNT] = {[LUN_NAME_x] = t->arg[0], [LUN_NAME_y] = two ? t->arg[1] : call, [LUN_NAME_z] = two ? call : 0};
    return lun_expression_replace(d, with);
}

static int derive(question *q, int id);

static int derive_call(question *q, int id, const lun_term *t)
{
    int sum = lun_term_number(0);
    for (int k = 0; k < lun_term_arity(t) && sum; k++) {
        int inner = derive(q, t->arg[k]);
        if (!inner) return 0;
        if (inner == lun_term_number(0)) continue; /* functions of constants need no derivative */
        sum = lun_term_simple(LUN_TERM_ADD, sum, lun_term_simple(LUN_TERM_MUL, inner, function_derivative(id, k), 0), 0);
    }
    return sum;
}

/* (a / b)' = a'/b - (a / b) b' / b */
static int derive_quotient(int id, int b, int da, int db)
{
    int back = lun_term_simple(LUN_TERM_DIV, lun_term_simple(LUN_TERM_MUL, id, db, 0), b, 0);
    return lun_term_simple(LUN_TERM_SUB, lun_term_simple(LUN_TERM_DIV, da, b, 0), back, 0);
}

static int derive_sum_or_product(question *q, int id, const lun_term *t)
{
    int a = t->arg[0], b = t->arg[1], da = derive(q, a), db = derive(q, b);
    if (t->kind == LUN_TERM_MUL)
        return lun_term_simple(LUN_TERM_ADD, lun_term_simple(LUN_TERM_MUL, da, b, 0), lun_term_simple(LUN_TERM_MUL, a, db, 0), 0);
    if (t->kind == LUN_TERM_DIV) return derive_quotient(id, b, da, db);
    return lun_term_simple((lun_term_kind)t->kind, da, db, 0);
}

static int derive_new(question *q, int id, const lun_term *t)
{
    switch ((lun_term_kind)t->kind) {
    case LUN_TERM_NAME: return lun_term_number(t->what == q->name);
    case LUN_TERM_NEGATE: return lun_term_simple(LUN_TERM_NEGATE, derive(q, t->arg[0]), 0, 0);
    case LUN_TERM_ADD: case LUN_TERM_SUB: case LUN_TERM_MUL: case LUN_TERM_DIV: return derive_sum_or_product(q, id, t);
    case LUN_TERM_CHOOSE: return lun_term_simple(LUN_TERM_CHOOSE, t->arg[0], derive(q, t->arg[1]), derive(q, t->arg[2]));
    case LUN_TERM_CALL: return derive_call(q, id, t);
    default: return lun_term_number(0); /* numbers and truth values */
    }
}

static int derive(question *q, int id)
{
    if (!*slot(q, id)) {
        int d = derive_new(q, id, lun_term_get(id));
        *slot(q, id) = d;
        return d;
    }
    return *slot(q, id);
}

int lun_expression_derivative(int id, lun_name name)
{
    question q = {.name = name};
    return id ? derive(&q, id) : 0;
}
