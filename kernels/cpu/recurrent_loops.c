/* recurrent_loops.c - the loops of kernels/cpu/recurrent.h for float and double
 *
 * Read next: kernels/cpu/recurrent.inc. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/recurrent.h"
#include "kernels/cpu/vmath.h"
#include "kernels/cpu/vmath64.h"

#include <string.h>

/* The gates of a row lie n apart, which the compiler cannot know to be enough. */
#ifdef __clang__
#define APART _Pragma("clang loop vectorize(assume_safety)")
#else
#define APART _Pragma("GCC ivdep")
#endif

#define TABLE                                                                                            \
    {                                                                                                    \
        .plain = NAME(plain), .lstm = NAME(lstm), .gru = NAME(gru), .plain_gradient = NAME(plain_gradient), \
        .lstm_gradient = NAME(lstm_gradient), .gru_gradient = NAME(gru_gradient)                         \
    }

#define T float
#define NAME(x) x##_f32
#define EXP lun_exp32
#define TANH lun_tanh32
#include "kernels/cpu/recurrent.inc"
const lun_recurrent_loops LUN_HERE(lun_recurrent_f32) = TABLE;
#undef T
#undef NAME
#undef EXP
#undef TANH

#define T double
#define NAME(x) x##_f64
#define EXP lun_exp64
#define TANH lun_tanh64
#include "kernels/cpu/recurrent.inc"
const lun_recurrent_loops LUN_HERE(lun_recurrent_f64) = TABLE;
