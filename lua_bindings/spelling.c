/* spelling.c - PyTorch's names of arguments, where a row calls them otherwise
 *
 * x:pow{exponent = 2}, lun.add(x, {other = y}) and x:sum{axis = 1} mean what they say. The row's own names come first, and
 * help shows these only. Holds: calls that use the row's names pay nothing for this.
 * Read next: lua_bindings/arguments.c. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/spelling.h"

#include <string.h>

/* An op in front: for this one only. `stop` stands for a word that Lua reserves. */
static const struct { const char *op, *theirs, *here; } spellings[] = {
    {NULL, "other", "y"},      {"pow", "exponent", "y"},      {"float_power", "exponent", "y"},
    {"dot", "tensor", "y"},    {NULL, "end", "stop"},         {"tensorsolve", "other", "B"},
    {NULL, "axis", "dim"},     {NULL, "axis", "dims"},        {NULL, "keepdims", "keepdim"},
    {NULL, "shape", "size"},   {NULL, "tensors", "operands"}, {NULL, "unbiased", "correction"},
    {NULL, "input1", "x1"},    {NULL, "input2", "x2"},        {"take_along_dim", "indices", "index"},
    {NULL, "hx", "h0"},        {NULL, "b", "B"},              {NULL, "indices", "indices_or_sections"},
    {"ormqr", "input2", "tau"}, {"ormqr", "input3", "other"}, {NULL, "sections", "indices_or_sections"},
    {"cholesky_solve", "input2", "L"},                        {"searchsorted", "input", "values"},
};

/* What PyTorch calls the tensor that a function is about, which is `x` or `A` here. */
static const char *const firsts[] = {"input", "self", "x", "A", "a", "input1", "query", "logits", "anchor", "log_probs"};

static int named(const lun_op *op, const char *name)
{
    for (int k = 0; k < op->n_args; k++)
        if (!strcmp(op->arg[k].name, name)) return k;
    return -1;
}

static bool takes_a_tensor_first(const lun_op *op)
{
    return op->n_args && op->arg[0].kind <= LUN_ARG_LABELS;
}

int lunL_argument_called(const lun_op *op, const char *name)
{
    int k = named(op, name);
    for (size_t i = 0; k < 0 && i < sizeof spellings / sizeof *spellings; i++) {
        bool meant = !spellings[i].op || !strcmp(spellings[i].op, op->name);
        if (meant && !strcmp(spellings[i].theirs, name)) k = named(op, spellings[i].here);
    }
    for (size_t i = 0; k < 0 && takes_a_tensor_first(op) && i < sizeof firsts / sizeof *firsts; i++)
        if (!strcmp(firsts[i], name)) k = 0;
    return k;
}
