/* map.h - elementwise loops: one per formula row, dtype and instruction set
 *
 * A loop runs over n elements that lie side by side; an input may instead be one value for all (its bit in `scalars`). That is the
 * only body there is: strided, broadcast and half-precision operands are brought into that form in blocks by lun_map_run, so
 * strided and contiguous give the same bits and a row costs little code.
 * Holds: an output may be exactly one of the inputs, never a shifted one. Params are the row's p0, p1, ...
 * Read next: kernels/cpu/map.inc (the loops), kernels/cpu/map.c (who runs them). SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_MAP_H
#define LUN_KERNELS_CPU_MAP_H
#include "kernels/cpu/isa.h"
#include "kernels/iter.h"

typedef void lun_loop(int64_t n, void *out, const void *const *in, unsigned scalars, const double *params);

/* The rows of core/ops/math.def and special.def, numbered as in lun_op_id. The loops know no other op, so a new one elsewhere compiles
 * none of them. */
typedef enum {
#define UNARY(id, ...) LUN_FORMULA_##id,
#define BINARY(id, ...) LUN_FORMULA_##id,
#define COMPARE(id, ...) LUN_FORMULA_##id,
#define OP(id, ...) LUN_FORMULA_##id,
#include "core/ops/math.def"
    LUN_FORMULA_SPECIAL, /* from here on the rows of special.def */
    LUN_FORMULA_BEFORE_SPECIAL = LUN_FORMULA_SPECIAL - 1,
#include "core/ops/special.def"
#undef UNARY
#undef BINARY
#undef COMPARE
#undef OP
    LUN_FORMULA_COUNT
} lun_formula;

typedef struct lun_row_loops { lun_loop *forward, *dx, *dy; } lun_row_loops;
typedef struct lun_row_table { lun_row_loops row[LUN_FORMULA_COUNT]; } lun_row_table; /* empty where the class forbids */

extern const lun_row_table lun_specials_f32, lun_specials_f64, lun_specials_c64, lun_specials_c128; /* of special.def; all others of math.def */
LUN_EACH_ISA(const lun_row_table, lun_rows_f32);
LUN_EACH_ISA(const lun_row_table, lun_rows_f64);
LUN_EACH_ISA(const lun_row_table, lun_rows_i8);
LUN_EACH_ISA(const lun_row_table, lun_rows_u8);
LUN_EACH_ISA(const lun_row_table, lun_rows_i16);
LUN_EACH_ISA(const lun_row_table, lun_rows_i32);
LUN_EACH_ISA(const lun_row_table, lun_rows_i64);
LUN_EACH_ISA(const lun_row_table, lun_rows_bool);
LUN_EACH_ISA(const lun_row_table, lun_rows_c64);
LUN_EACH_ISA(const lun_row_table, lun_rows_c128);

/* Loops that are no formula rows; in is as said. where: in[0] a bool, in[1] and in[2] of 1 << k bytes. */
typedef struct lun_choice_loops {
    lun_loop *where[5];
    lun_loop *isnan[2], *isinf[2], *isfinite[2]; /* of float, double */
    lun_loop *not;                               /* of bool */
} lun_choice_loops;
LUN_EACH_ISA(const lun_choice_loops, lun_choices);

enum { LUN_MAP_INPUTS = LUN_ITER_OPERANDS - 1 };
typedef struct lun_map {
    lun_loop *loop;
    lun_dtype writes, reads[LUN_MAP_INPUTS]; /* what the loop computes in; operands of other dtypes are converted in blocks */
    unsigned scalars;      /* inputs it takes as one value; at most one of them at a time */
    double cost;           /* about how many ns an element takes */
    const double *params;
    int first_param;       /* lun_map_of: the call's attribute where they begin; -1: there are none */
} lun_map;

/* Runs a map over a merged iteration: operand 0 is written, the others are read. False after lun_fail (interrupt). */
bool lun_map_run(const lun_iter *it, const lun_map *m);
/* The same loop on operands that already have its form (n elements side by side, or one). */
bool lun_map_run_flat(int64_t n, void *out, int inputs, const void *const *in, unsigned scalars, const lun_map *m);

struct lun_call;
/* The loop over a call's first inputs and its first result, which broadcast. */
bool lun_map_call(const struct lun_call *c, int inputs, const lun_map *m);

/* The loop that computes an elementwise call (of formula rows and their gradients, where, isnan ..., copies: loop NULL), and how many inputs
 * it reads. 0 when there is not one: complex parts, and rows that look at all elements first. No error. */
int lun_map_of(const struct lun_call *c, lun_map *m);
/* The call's parameters for that loop, three of them. */
void lun_map_params(const struct lun_call *c, const lun_map *m, double *p);

/* Kernels. */
bool lun_cpu_formula(struct lun_call *c);
bool lun_cpu_row_gradient(struct lun_call *c);
bool lun_cpu_where(struct lun_call *c);
bool lun_cpu_float_test(struct lun_call *c); /* isnan, isinf, isfinite */
bool lun_cpu_logical_not(struct lun_call *c);
#endif
