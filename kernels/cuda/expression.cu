/* expression.cu - runs a formula kept as text: one launch whatever its length
 *
 * The program travels with the launch. A thread makes one element; its registers lie in shared memory, a column per thread, because
 * steps name them by number. All threads take the same step, so the choice of operation costs no divergence.
 * Holds: the functions are those of the rows (words.h). Read next: core/expression_program.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/map.h"
#include "kernels/cuda/words.h"
extern "C" {
#include "core/expression_program.h"
#include "kernels/cuda/kernels.h"
}

enum { SHARED_BYTES = 48 << 10, LEAST_THREADS = 64 };

typedef struct program {
    int steps, constants, count;
    uint8_t input[LUN_EXPRESSION_INPUTS]; /* the register of each input */
    double constant[LUN_PROGRAM_REGISTERS];
    lun_step step[LUN_PROGRAM_STEPS];
} program;
static_assert(sizeof(program) + sizeof(lun_map_plan) <= 4096, "a launch takes 4 KiB of arguments");
static_assert((int)LUN_PROGRAM_REGISTERS * (int)LEAST_THREADS * 8 <= (int)SHARED_BYTES, "the registers of the smallest block fit");
static_assert((int)LUN_EXPRESSION_INPUTS < (int)LUN_MAP_OPERANDS, "each input is an operand");

template <class T> static __device__ __noinline__ T call_function(int what, T a, T b)
{
#define CALL_1(name) lun_rows::name(a)
#define CALL_2(name) lun_rows::name(a, b)
#define X(name, arguments) case LUN_FUNCTION_##name: return CALL_##arguments(name);
    switch (what) {
        LUN_FUNCTIONS(X)
    default: return a;
    }
#undef X
#undef CALL_1
#undef CALL_2
}

template <class T> static __device__ __forceinline__ T operate(int kind, T a, T b, T c)
{
    switch (kind) {
    case LUN_TERM_NEGATE: return -a;
    case LUN_TERM_NOT: return a == 0 ? 1 : 0;
    case LUN_TERM_OR: return a != 0 || b != 0 ? 1 : 0;
    case LUN_TERM_AND: return a != 0 && b != 0 ? 1 : 0;
    case LUN_TERM_EQ: return a == b ? 1 : 0;
    case LUN_TERM_NE: return a != b ? 1 : 0;
    case LUN_TERM_LE: return a <= b ? 1 : 0;
    case LUN_TERM_GE: return a >= b ? 1 : 0;
    case LUN_TERM_LT: return a < b ? 1 : 0;
    case LUN_TERM_GT: return a > b ? 1 : 0;
    case LUN_TERM_ADD: return a + b;
    case LUN_TERM_SUB: return a - b;
    case LUN_TERM_MUL: return a * b;
    case LUN_TERM_DIV: return a / b;
    case LUN_TERM_CHOOSE: return a != 0 ? b : c;
    default: return a;
    }
}

template <class T> __global__ void run_program(const __grid_constant__ lun_map_plan p, const __grid_constant__ program q)
{
    LUN_SHARED(T, registers);
    T *own = registers + threadIdx.x;
    int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x, at[LUN_MAP_OPERANDS];
    const int apart = (int)blockDim.x;
    if (i >= p.n) return;
    lun_map_locate<LUN_MAP_OPERANDS>(p, i, at);
#pragma unroll
    for (int k = 0; k < LUN_EXPRESSION_INPUTS; k++)
        if (k < q.count) lun_map_load<T, 1>(p.operand[1 + k], at[1 + k], 1, &own[q.input[k] * apart]);
    for (int k = 0; k < q.constants; k++) own[(LUN_EXPRESSION_INPUTS + k) * apart] = (T)q.constant[k];
    T made = 0;
    for (int k = 0; k < q.steps; k++) {
        const lun_step s = q.step[k];
        T a = own[s.a * apart], b = own[s.b * apart];
        if (s.kind == LUN_TERM_CALL) made = call_function(s.what, a, b);
        else made = operate(s.kind, a, b, own[s.c * apart]);
        own[s.to * apart] = made;
    }
    lun_map_store<T, 1>(p.operand[0], at[0], 1, &made);
}

template <class T> static bool run(const lun_map_plan *p, const program *q, int registers)
{
    unsigned threads = LUN_MAP_THREADS;
    while (threads > LEAST_THREADS && (size_t)registers * threads * sizeof(T) > SHARED_BYTES) threads /= 2;
    size_t shared = (size_t)registers * threads * sizeof(T);
    return lun_cuda_launch("expression", run_program<T>, lun_blocks(p->n, threads), threads, shared, *p, *q);
}

extern "C" bool lun_cuda_expression(lun_call *c)
{
    const lun_program *from = lun_program_of((int)lun_param_int(&c->params, 0, 0));
    lun_dtype t = c->out[0]->dtype == LUN_F64 ? LUN_F64 : LUN_F32, reads[] = {t, t, t, t};
    lun_tensor *in[LUN_EXPRESSION_INPUTS];
    lun_map_plan p = {};
    program q = {};
    if (!from) return false;
    for (int k = 0; k < LUN_EXPRESSION_INPUTS; k++) {
        if (!(from->inputs >> k & 1U)) continue;
        if (k >= c->n_in || lun_is_none(c->in[k])) {
            lun_fail(LUN_E_INTERNAL, NULL, "a formula reads input %d, which is not there", k + 1);
            return false;
        }
        q.input[q.count] = (uint8_t)k;
        in[q.count++] = c->in[k];
    }
    q.steps = from->steps;
    q.constants = from->constants;
    memcpy(q.constant, from->constant, sizeof q.constant);
    memcpy(q.step, from->step, (size_t)from->steps * sizeof *q.step);
    if (!lun_map_plan_of(&p, c->out[0], q.count, in, reads, 1)) return false;
    return t == LUN_F64 ? run<double>(&p, &q, from->registers) : run<float>(&p, &q, from->registers);
}
