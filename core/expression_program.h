/* expression_program.h - a formula as a list of steps over registers
 *
 * Each different term is one step, so shared parts are computed once. A register holds a block of elements (an interpreter) or one
 * number (generated source). The last step makes the result.
 * Holds: registers 0..3 are the inputs x, y, g, z, then come the constants, then what steps write. A step may write into a
 * register that it reads, element by element. Read next: kernels/cpu/expression.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_EXPRESSION_PROGRAM_H
#define LUN_CORE_EXPRESSION_PROGRAM_H
#include "core/expression.h"

enum { LUN_PROGRAM_REGISTERS = 64, LUN_PROGRAM_STEPS = 400 };

/* kind NAME is a plain copy of register a */
typedef struct lun_step { uint8_t kind, what, to, a, b, c; } lun_step;

typedef struct lun_program {
    int id;                /* of the formula */
    unsigned inputs;       /* bit n: name n is read */
    int constants, registers, steps;
    double constant[LUN_PROGRAM_REGISTERS]; /* of registers LUN_EXPRESSION_INPUTS + k */
    lun_step step[LUN_PROGRAM_STEPS];
    struct lun_program *next;
} lun_program;

/* The program of a formula, made once and kept; NULL after lun_fail (too long, or p0.. still in it). */
const lun_program *lun_program_of(int formula);
#endif
