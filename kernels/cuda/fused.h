/* fused.h - a run of elementwise calls as one program over registers, and the launch that runs it
 *
 * lun_fused_program_of makes steps of the rows' formulas (core/expression.h), with a value's lane (kernels/cuda/lane.h) told by each step, and
 * rounds a value to its dtype where the calls one by one would have stored it; so bits are those of the calls one by one. Interpreters
 * (fused.cu) run the steps; numbers and attributes are no part of a program, so another learning rate makes no new one.
 * Holds: programs are kept for ever, equal ones once. Read next: kernels/cuda/fused_program.cu, kernels/cuda/fused.cu.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_FUSED_H
#define LUN_KERNELS_CUDA_FUSED_H
#include "kernels/cuda/map.h"
#include "kernels/cuda/fused_plan.h" /* knows no header */
extern "C" {
#include "core/expression.h"
}

enum { LUN_FUSED_STEPS = 400, LUN_FUSED_REGISTERS = 64, LUN_FUSED_NUMBER = 128 /* from here on an argument of a step is a number */ };

/* What a step does: a lun_term_kind, or */
enum lun_fused_op {
    LUN_FUSED_TRUTH = LUN_TERM_KINDS, /* of a number of any lane: 1 or 0 as a whole number */
    LUN_FUSED_CHOOSE,                 /* like CHOOSE, by a whole number, among values of any lane */
    LUN_FUSED_STORE,                  /* to memory operand `to` */
    LUN_FUSED_TO_F32, LUN_FUSED_TO_F64, LUN_FUSED_TO_I32, LUN_FUSED_TO_I64, /* from `lane`; in the order of the lanes */
    LUN_FUSED_AS_F16, LUN_FUSED_AS_BF16, LUN_FUSED_AS_I8, LUN_FUSED_AS_U8, LUN_FUSED_AS_I16, /* what is left when stored in that dtype */
    LUN_FUSED_FUNCTIONS = 64          /* from here on a lun_function */
};
typedef struct lun_fused_step { uint8_t op, lane, to, a, b, c; } lun_fused_step;
static_assert((int)LUN_FUSED_AS_I16 < (int)LUN_FUSED_FUNCTIONS && (int)LUN_FUSED_FUNCTIONS + (int)LUN_FUNCTION_COUNT <= 256, "a step's op");

/* A number of a launch, as `lane` has it. */
typedef enum { LUN_FUSED_CONSTANT, LUN_FUSED_OPERAND, LUN_FUSED_ATTRIBUTE } lun_fused_source;
typedef struct lun_fused_number {
    uint8_t source, dtype;  /* dtype: what it is computed in */
    uint8_t part, which;    /* ATTRIBUTE: of which part's call, which; OPERAND: which operand */
    double value;           /* CONSTANT */
} lun_fused_number;

typedef struct lun_fused_program {
    uint64_t kept[2];             /* which operands are stored: another run of the same calls may want others */
    int steps, registers, memory, reads, numbers, parts;
    bool wide;                    /* some value takes eight bytes */
    struct { uint8_t operand, dtype, reg; } at[LUN_FUSED_MEMORY]; /* the first `reads` are read before the first step */
    lun_fused_number number[LUN_FUSED_NUMBERS];
    lun_fused_step step[LUN_FUSED_STEPS];
    /* What comes here is no part of what is compared. */
    struct lun_fused_program *next;
    int came;                     /* how often it was to be run */
    struct lun_rtc_made *made;    /* its kernels (kernels/cuda/rtc_compile.cu) */
} lun_fused_program;

/* How many inputs the call reads when it can be part of a program; else 0. */
int lun_fused_inputs(const lun_call *c);
/* The program; NULL without an error when it is too long or has too many operands, or after lun_fail. */
lun_fused_program *lun_fused_program_of(const lun_fused *f);
#endif
