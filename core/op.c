/* op.c - the op table, and reading what its rows say
 *
 * Holds: after lun_ops_start every row's argument text has become lun_arg entries; a malformed row fails start-up with its name.
 * Read next: core/params.c, core/apply.c. SPDX-License-Identifier: MIT
 */
#include "core/op.h"

#include "core/alloc.h"
#include "core/error.h"
#include "core/infer.h"
#include "core/op_id.h"
#include "core/params.h"
#include "core/ops/attention.h"
#include "core/ops/complex.h"
#include "core/ops/count.h"
#include "core/ops/create.h"
#include "core/ops/detection.h"
#include "core/ops/derive.h"
#include "core/ops/embedding.h"
#include "core/ops/decompose.h"
#include "core/ops/fft.h"
#include "core/ops/index.h"
#include "core/ops/layout.h"
#include "core/ops/linalg.h"
#include "core/ops/loss.h"
#include "core/ops/math.h"
#include "core/ops/nn.h"
#include "core/ops/norm.h"
#include "core/ops/optim.h"
#include "core/ops/pointwise.h"
#include "core/ops/random.h"
#include "core/ops/pieces.h"
#include "core/ops/place.h"
#include "core/ops/products.h"
#include "core/ops/recurrent.h"
#include "core/ops/reduce.h"
#include "core/ops/running.h"
#include "core/ops/sequence.h"
#include "core/ops/shape.h"
#include "core/ops/spatial.h"
#include "core/ops/views.h"
#include "core/ops/statistics.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Each flag is a bit of its own: then their sum is what they are together. */
#define EACH_FLAG(JOIN) \
    LUN_OP_VIEW JOIN LUN_OP_RANDOM JOIN LUN_OP_HIDDEN JOIN LUN_OP_NO_GRAD JOIN LUN_OP_CREATION JOIN LUN_OP_NO_INPLACE JOIN \
    LUN_OP_LUA_BOOLEAN JOIN LUN_OP_WRITES JOIN LUN_OP_NO_METHOD JOIN LUN_OP_NUMBERS_FIT JOIN LUN_OP_PIECES JOIN \
    LUN_OP_COMPLEX JOIN LUN_OP_MOVES JOIN LUN_OP_TAKES_EMPTY JOIN LUN_OP_WIDE_NUMBERS
_Static_assert((EACH_FLAG(+)) == (EACH_FLAG(|)), "two flags of a row are the same bit");
#undef EACH_FLAG

/* A row's optional fields come after the family's own, so that a row can override them (.vjp, .args). */
#pragma GCC diagnostic ignored "-Woverride-init"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#endif
#define LUN_ROW_PLACE .file = __FILE__, .line = __LINE__ /* of the .def file */
static lun_op table[LUN_OP_COUNT] = {
#define UNARY(id, class, f, d, ...)                                                                                   \
    [LUN_OP_##id] = {.name = #id, LUN_ROW_PLACE, .family = LUN_FAMILY_UNARY, .dtypes = LUN_CLASS_##class, .formula = #f, .dx = #d,    \
                     .args = "x: tensor", .infer = lun_infer_same, .vjp = lun_vjp_unary,              \
                     .sample = "lun.randn(3,4);; lun.tensor(-0.6);; lun.randn(4,3):t()", .bad = "\"x\"", .shapes = "x [*] -> [*]", __VA_ARGS__},
#define BINARY(id, class, f, da, db, ...)                                                                             \
    [LUN_OP_##id] = {.name = #id, LUN_ROW_PLACE, .family = LUN_FAMILY_BINARY, .dtypes = LUN_CLASS_##class, .formula = #f, .dx = #da,  \
                     .dy = #db, .args = "x: operand, y: operand", .mix = LUN_MIX_COMMON, .infer = lun_infer_broadcast, \
                     .vjp = lun_vjp_binary, .sample = "lun.randn(3,4), lun.randn(3,4)", .bad = "lun.randn(3,4), lun.randn(3)", \
                     .shapes = "x [*], y [*] -> [*], broadcast", __VA_ARGS__},
#define COMPARE(id, class, f, ...)                                                                                     \
    [LUN_OP_##id] = {.name = #id, LUN_ROW_PLACE, .family = LUN_FAMILY_COMPARE, .dtypes = LUN_CLASS_##class, .formula = #f,            \
                     .args = "x: operand, y: operand", .mix = LUN_MIX_COMMON, .infer = lun_infer_compare,              \
                     .flags = LUN_OP_NO_GRAD, .sample = "lun.randn(3,4), lun.randn(3,4)", .bad = "lun.randn(3,4), lun.randn(3)", \
                     .shapes = "x [*], y [*] -> [*], broadcast", __VA_ARGS__},
#define OP(id, ...) [LUN_OP_##id] = {.name = #id, LUN_ROW_PLACE, .family = LUN_FAMILY_OP, __VA_ARGS__},
#include "core/ops.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP
};

static const struct { const char *name; lun_op_id id; } aliases[] = {
#define ALIAS(name, row) {#name, LUN_OP_##row},
#include "core/ops/aliases.def"
#undef ALIAS
};

static const struct { const char *text; lun_arg_kind kind; } kinds[] = {
    {"tensor", LUN_ARG_TENSOR}, {"operand", LUN_ARG_OPERAND}, {"tensors", LUN_ARG_TENSORS}, {"indices", LUN_ARG_INDICES},
    {"labels", LUN_ARG_LABELS}, {"counts", LUN_ARG_COUNTS}, {"int", LUN_ARG_INT},         {"float", LUN_ARG_FLOAT},     {"bool", LUN_ARG_BOOL},
    {"string", LUN_ARG_STRING}, {"number", LUN_ARG_NUMBER},   {"dtype", LUN_ARG_DTYPE},     {"device", LUN_ARG_DEVICE},
    {"dim", LUN_ARG_DIM},       {"dims", LUN_ARG_DIMS},       {"index", LUN_ARG_INDEX},     {"ints", LUN_ARG_INTS},
    {"padding", LUN_ARG_PADDING}, {"sizes", LUN_ARG_SIZES},   {"floats", LUN_ARG_FLOATS},   {"order", LUN_ARG_ORDER},
    {"dimlists", LUN_ARG_DIMLISTS}, {"operands", LUN_ARG_OPERANDS},
};

static const char *skip_spaces(const char *s)
{
    while (*s == ' ') s++;
    return s;
}

/* Copies up to one of `ends` (or the end), trimmed, into out; returns where it stopped. */
static const char *word(const char *s, const char *ends, char *out, size_t room)
{
    s = skip_spaces(s);
    size_t n = strcspn(s, ends), keep = n;
    while (keep && s[keep - 1] == ' ') keep--;
    if (keep >= room) keep = room - 1;
    memcpy(out, s, keep);
    out[keep] = 0;
    return s + n;
}

/* One "name: kind? = default". */
static const char *read_arg(const char *s, lun_arg *arg)
{
    char kind[24];
    s = word(s, ":,", arg->name, sizeof arg->name);
    if (*s != ':') return NULL;
    s = word(s + 1, ",=", kind, sizeof kind);
    size_t n = strlen(kind);
    if (n && kind[n - 1] == '?') {
        kind[n - 1] = 0;
        arg->optional = true;
    }
    if (*s == '=') {
        s = word(s + 1, ",", arg->fallback, sizeof arg->fallback);
        arg->optional = true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kind, kinds[i].text)) {
            arg->kind = (uint8_t)kinds[i].kind;
            if (arg->kind > LUN_ARG_LABELS) lun_arg_prepare(arg);
            return *s == ',' ? s + 1 : s;
        }
    return NULL;
}

static bool read_args(lun_op *op)
{
    op->device_attr = -1;
    for (const char *s = op->args; s && *skip_spaces(s);) {
        if (op->n_args == LUN_MAX_ARGS) return false;
        lun_arg *arg = &op->arg[op->n_args++];
        s = read_arg(s, arg);
        if (!s) return false;
        if (arg->kind == LUN_ARG_DEVICE) op->device_attr = op->n_args - 1 - op->n_tensors;
        if (arg->kind > LUN_ARG_LABELS) continue;
        if (arg->kind == LUN_ARG_INDICES) op->index_in |= 1U << op->n_tensors;
        if (arg->kind == LUN_ARG_LABELS) op->label_in |= 1U << op->n_tensors;
        if (arg->kind == LUN_ARG_COUNTS) op->count_in |= 1U << op->n_tensors;
        op->has_list |= arg->kind == LUN_ARG_TENSORS || arg->kind == LUN_ARG_OPERANDS;
        op->n_tensors++;
    }
    return true;
}

static void read_returns(lun_op *op)
{
    int k = 0;
    for (const char *s = op->returns; s && *s && k < LUN_MAX_OUT; k++) {
        char item[48];
        s = word(s, ",", item, sizeof item);
        if (strstr(item, ": index")) op->index_out |= 1U << k;
        op->gives_list |= strstr(item, ": list") != NULL;
        if (*s == ',') s++;
    }
}

/* Does an identifier stand alone in a formula? */
static bool mentions(const char *formula, char name)
{
    for (const char *s = formula; s && *s; s++)
        if (*s == name && !(s > formula && (isalnum((unsigned char)s[-1]) || s[-1] == '_')) &&
            !(isalnum((unsigned char)s[1]) || s[1] == '_'))
            return true;
    return false;
}

/* A formula row saves exactly what its derivative mentions. */
static void read_saves(lun_op *op)
{
    if (op->save || !op->dx) return;
    bool binary = op->family == LUN_FAMILY_BINARY;
    bool x = mentions(op->dx, 'x') || mentions(op->dy, 'x'), y = mentions(op->dx, 'y') || mentions(op->dy, 'y');
    if (x) op->save |= LUN_SAVE_IN(0);
    if (y) op->save |= binary ? LUN_SAVE_IN(1) : LUN_SAVE_OUT(0);
    if (binary && (mentions(op->dx, 'z') || mentions(op->dy, 'z'))) op->save |= LUN_SAVE_OUT(0);
}

/* A class that ends in C is one without and the flag. What a row takes follows from both, unless the row says it. */
static void read_class(lun_op *op)
{
    static const unsigned takes[] = {[LUN_CLASS_ANY] = LUN_TAKES_NUMBERS | LUN_TAKES(BOOL), [LUN_CLASS_N] = LUN_TAKES_NUMBERS | LUN_TAKES(BOOL),
                                     [LUN_CLASS_F] = LUN_TAKES_NUMBERS | LUN_TAKES(BOOL), [LUN_CLASS_FLOAT_ONLY] = LUN_TAKES_FLOATS,
                                     [LUN_CLASS_I] = LUN_TAKES_INTS | LUN_TAKES(BOOL), [LUN_CLASS_NUMBERS] = LUN_TAKES_NUMBERS,
                                     [LUN_CLASS_WIDE] = LUN_TAKES_WIDE};
    if (op->dtypes >= LUN_CLASS_NC) {
        op->flags |= LUN_OP_COMPLEX;
        op->dtypes = op->dtypes == LUN_CLASS_NC ? LUN_CLASS_N : op->dtypes == LUN_CLASS_FC ? LUN_CLASS_F : LUN_CLASS_ANY;
    }
    if (!op->takes) op->takes = takes[op->dtypes] | (op->flags & LUN_OP_COMPLEX ? LUN_TAKES_COMPLEX : 0);
}

bool lun_op_read(lun_op *op)
{
    if (!op->returns) op->returns = "out";
    if (!read_args(op)) return false;
    read_class(op);
    read_returns(op);
    read_saves(op);
    return true;
}

bool lun_ops_start(void)
{
    static bool done;
    for (int id = 0; !done && id < LUN_OP_COUNT; id++) {
        table[id].id = id;
        if (!lun_op_read(&table[id]))
            return lun_fail(LUN_E_INTERNAL, NULL, "op table: row %s: cannot read arguments \"%s\"", table[id].name, table[id].args), false;
    }
    done = true;
    return true;
}

/* ---- ops defined at run time ---- */

static lun_op *defined[LUN_OP_LIMIT - LUN_OP_COUNT];
static int n_defined;

int lun_op_count(void) { return LUN_OP_COUNT + n_defined; }

const lun_op *lun_op_at(int id)
{
    if (id < 0 || id >= lun_op_count()) return NULL;
    return id < LUN_OP_COUNT ? &table[id] : defined[id - LUN_OP_COUNT];
}

const lun_op *lun_op_define(const lun_op *row)
{
    const lun_op *before = lun_op_find(row->name);
    if (before && before->id < LUN_OP_COUNT)
        return lun_fail(LUN_E_NAME, "another name", "there is an op '%s' already, which is Lunette's own", row->name);
    if (!before && n_defined == LUN_OP_LIMIT - LUN_OP_COUNT)
        return lun_fail(LUN_E_ARGUMENT, NULL, "%d ops are defined; there is no room for more", n_defined);
    lun_op *op = lun_block_get(sizeof *op);
    if (!op) return NULL;
    *op = *row;
    op->id = before ? before->id : LUN_OP_COUNT + n_defined;
    if (!lun_op_read(op)) {
        lun_block_put(op, sizeof *op);
        return lun_fail(LUN_E_ARGUMENT, "args = \"x: tensor, dim: dim?, scale: float = 1\"", "cannot read the arguments \"%s\"", row->args);
    }
    if (!before) n_defined++;
    op->replaced = before;
    return defined[op->id - LUN_OP_COUNT] = op;
}

const char *lun_op_alias(int k, const lun_op **op)
{
    if (k < 0 || (size_t)k >= sizeof aliases / sizeof *aliases) return NULL;
    *op = &table[aliases[k].id];
    return aliases[k].name;
}

const lun_op *lun_op_find(const char *name)
{
    const lun_op *op;
    const char *alias;
    for (int id = 0; id < lun_op_count(); id++)
        if (!strcmp(lun_op_at(id)->name, name)) return lun_op_at(id);
    for (int k = 0; (alias = lun_op_alias(k, &op)); k++)
        if (!strcmp(alias, name)) return op;
    return NULL;
}
