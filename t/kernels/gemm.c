/* gemm.c - matrix products against three plain loops, on every layout and dtype, for any number of threads
 *
 * Read next: kernels/cpu/matmul.c. SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"
#include "core/alloc.h"
#include "kernels/cpu/gemm_bf16.h"
#include "kernels/cpu/onednn.h"
#include "core/op_id.h"
#include "kernels/threads.h"
#include "t/gradcheck.h"
#include "t/tap.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static const lun_device cpu = {LUN_CPU, 0};

/* x y with broadcasting, in double, by the definition. */
static lun_tensor *plain(lun_tensor *x, lun_tensor *y)
{
    lun_tensor *a = x->ndim == 1 ? lun_unsqueeze(x, 0) : x, *b = y->ndim == 1 ? lun_unsqueeze(y, 1) : y;
    int ndim;
    int64_t dims[LUN_MAX_DIMS], m = a->dims[a->ndim - 2], k = a->dims[a->ndim - 1], n = b->dims[b->ndim - 1];
    lun_shape_broadcast(a->ndim - 2, a->dims, b->ndim - 2, b->dims, &ndim, dims);
    int64_t batches = lun_shape_numel(ndim, dims);
    dims[ndim] = m;
    dims[ndim + 1] = k;
    lun_tensor *wide_a = lun_expand(a, ndim + 2, dims);
    dims[ndim] = k;
    dims[ndim + 1] = n;
    lun_tensor *wide_b = lun_expand(b, ndim + 2, dims);
    dims[ndim] = m;
    lun_tensor *z = lun_tensor_empty(LUN_F64, ndim + 2, dims, cpu);
    for (int64_t i = 0; i < batches * m * n; i++) {
        int64_t batch = i / (m * n), row = i / n % m, col = i % n;
        double sum = 0;
        for (int64_t l = 0; l < k; l++)
            sum += lun_get_double(wide_a, batch * m * k + row * k + l) * lun_get_double(wide_b, batch * k * n + l * n + col);
        lun_set_double(z, i, sum);
    }
    if (y->ndim == 1) z = lun_squeeze(z, -1);
    return x->ndim == 1 ? lun_squeeze(z, y->ndim == 1 ? -1 : -2) : z;
}

typedef struct shape { int ndim; int64_t dims[4]; } shape;
static const struct { shape x, y; } cases[] = {
    {{2, {3, 4}}, {2, {4, 5}}},       {{1, {4}}, {2, {4, 5}}},          {{2, {3, 4}}, {1, {4}}},       {{1, {7}}, {1, {7}}},
    {{3, {2, 3, 4}}, {2, {4, 5}}},    {{2, {3, 4}}, {3, {2, 4, 5}}},    {{3, {2, 3, 4}}, {1, {4}}},    {{1, {4}}, {3, {2, 4, 5}}},
    {{3, {2, 3, 4}}, {3, {2, 4, 5}}}, {{3, {1, 3, 4}}, {3, {2, 4, 5}}}, {{4, {3, 1, 2, 4}}, {3, {2, 4, 5}}},
    {{2, {1, 40}}, {2, {40, 33}}},    {{2, {33, 40}}, {2, {40, 1}}},    {{2, {70, 90}}, {2, {90, 80}}},  {{2, {3, 1}}, {2, {1, 5}}},
    {{3, {40, 1, 9}}, {2, {9, 4}}},   {{4, {2, 3, 5, 4}}, {2, {4, 6}}}, {{3, {5, 4, 1}}, {3, {5, 1, 3}}},
};
enum { CASES = sizeof cases / sizeof *cases };

/* The loops that stand in for OpenBLAS give what lun_gemm gives, for both layouts of both arguments. */
static void plain_loops(lun_dtype t, double tolerance)
{
    enum { M = 7, N = 9, K = 300, ROOM = 12 };
    double worst = 0;
    for (int layout = 0; layout < 8; layout++) {
        const bool a_rows = layout & 1, b_rows = layout & 2, add = layout & 4;
        lun_tensor *a = random_tensor(t, 2, (int64_t[]){M, K}, -1, 1), *b = random_tensor(t, 2, (int64_t[]){K, N}, -1, 1);
        lun_tensor *c = random_tensor(t, 2, (int64_t[]){M, ROOM}, -1, 1), *d = lun_clone(c);
        const lun_matrix x = {lun_data(a), a_rows ? K : 1, a_rows ? 1 : M}, y = {lun_data(b), b_rows ? N : 1, b_rows ? 1 : K};
        lun_gemm(t, M, N, K, x, y, lun_data(c), ROOM, add);
        lun_gemm_plain(t, M, N, K, x, y, lun_data(d), ROOM, add);
        const float *c32 = lun_data(c), *d32 = lun_data(d);
        const double *c64 = lun_data(c), *d64 = lun_data(d);
        const bool single = lun_dtype_real(t) == LUN_F32;
        for (int64_t i = 0; i < c->numel * (lun_dtype_is_complex(t) ? 2 : 1); i++)
            worst = fmax(worst, single ? fabs((double)c32[i] - (double)d32[i]) : fabs(c64[i] - d64[i]));
    }
    ok(worst < tolerance, "%s: plain loops, off by %g", lun_dtypes[t].name, worst);
}

/* Products that are large enough for oneDNN, in every layout, beside the loops. */
static void large_products(void)
{
    enum { M = 70, N = 130, K = 150, ROOM = 140 };
    double worst = 0;
    if (!lun_onednn_there()) note("oneDNN is not here, or of no use on this processor");
    for (int layout = 0; layout < 8; layout++) {
        const bool a_rows = layout & 1, b_rows = layout & 2, add = layout & 4;
        lun_tensor *a = random_tensor(LUN_F32, 2, (int64_t[]){M, K}, -1, 1), *b = random_tensor(LUN_F32, 2, (int64_t[]){K, N}, -1, 1);
        lun_tensor *c = random_tensor(LUN_F32, 2, (int64_t[]){M, ROOM}, -1, 1), *d = lun_clone(c);
        const lun_matrix x = {lun_data(a), a_rows ? K : 1, a_rows ? 1 : M}, y = {lun_data(b), b_rows ? N : 1, b_rows ? 1 : K};
        const bool both_transposed = !a_rows && !b_rows, expected = lun_onednn_there() && !both_transposed; /* as choice.def has it */
        bool taken = lun_onednn_product(M, N, K, x, y, lun_data(c), ROOM, add);
        if (taken != expected) note("taken: %d", taken);
        if (!taken) lun_gemm(LUN_F32, M, N, K, x, y, lun_data(c), ROOM, add);
        lun_gemm_plain(LUN_F32, M, N, K, x, y, lun_data(d), ROOM, add);
        worst = fmax(worst, taken == expected ? distance(c, d) : INFINITY);
    }
    ok(worst < 1e-5, "large products, off by %g", worst);
}

/* Products of bf16 by the processor's instruction beside loops over the same numbers as floats: sizes around its panels and blocks. */
static void halves(void)
{
    static const int64_t sizes[][3] = {{1, 1, 1}, {14, 32, 2}, {29, 33, 391}, {180, 65, 2070}, {15, 1040, 5}};
    double worst = 0;
    if (!lun_gemm_bf16_there()) {
        skip("the processor has no products of bf16");
        return;
    }
    void *room = lun_data_get(lun_gemm_bf16_room());
    for (int i = 0; i < 5; i++)
        for (int layout = 0; layout < 18; layout++) {
            const int64_t most = i == 4 ? 1088 : 64; /* columns at a time, which begin at a panel */
            const int64_t m = sizes[i][0], n = sizes[i][1], k = sizes[i][2], ldc = n + 3;
            const int of_a = layout % 3, of_b = layout / 3 % 3, apart = 2; /* by rows, by columns, with a gap between any two */
            lun_tensor *a = random_tensor(LUN_BF16, 1, (int64_t[]){m * k * apart}, -1, 1);
            lun_tensor *b = random_tensor(LUN_BF16, 1, (int64_t[]){k * n * apart}, -1, 1);
            lun_tensor *c = random_tensor(LUN_BF16, 2, (int64_t[]){m, ldc}, -1, 1), *d = lun_to_dtype(c, LUN_F32);
            lun_tensor *bias = random_tensor(LUN_F32, 1, (int64_t[]){n}, -1, 1);
            lun_matrix x = {lun_data(a), of_a == 1 ? 1 : k, of_a == 1 ? m : 1}, y = {lun_data(b), of_b == 1 ? 1 : n, of_b == 1 ? k : 1};
            if (of_a == 2) x.row *= apart, x.col *= apart;
            if (of_b == 2) y.row *= apart, y.col *= apart;
            bool add = layout >= 9, done = true;
            float *first = lun_data(bias), *row = lun_data(d);
            for (int64_t r = 0; add && r < m; r++) memcpy(row + r * ldc, first, (size_t)n * sizeof *row);
            void *packed = lun_data_get(lun_gemm_bf16_packed(n, k));
            for (int64_t panel = 0; panel * LUN_BF16_PANEL < n; panel++) lun_gemm_bf16_pack(n, k, y, panel, packed);
            for (int64_t col = 0; col < n; col += most) {
                int64_t cols = n - col < most ? n - col : most;
                done = done && lun_gemm_bf16(m, n, k, x, packed, col, cols, add ? first + col : NULL, (uint16_t *)lun_data(c) + col, ldc, room);
            }
            lun_data_put(packed, lun_gemm_bf16_packed(n, k));
            x.data = lun_data(lun_to_dtype(a, LUN_F32));
            y.data = lun_data(lun_to_dtype(b, LUN_F32));
            lun_gemm_plain(LUN_F32, m, n, k, x, y, lun_data(d), ldc, add);
            for (int64_t at = 0; at < d->numel; at++) {
                const double want = lun_get_double(d, at), off = fabs(lun_get_double(c, at) - want) / (1 + fabs(want));
                if (at % ldc < n) worst = fmax(worst, done ? off : INFINITY);
            }
        }
    lun_data_put(room, lun_gemm_bf16_room());
    ok(worst < 1.0 / 256, "bf16 as it is, off by %g of a result", worst);
}

static void layouts(lun_dtype t, double tolerance)
{
    double worst = 0;
    for (int i = 0; i < CASES; i++) {
        lun_tensor *x = random_tensor(t, cases[i].x.ndim, cases[i].x.dims, -2, 2), *y = random_tensor(t, cases[i].y.ndim, cases[i].y.dims, -2, 2);
        lun_tensor *want = plain(x, y);
        for (int form = 0; form < 4; form++) {
            lun_tensor *a = (form & 1) && x->ndim > 1 ? strided(x, -1, -2) : x, *b = (form & 2) && y->ndim > 1 ? strided(y, -1, -2) : y;
            double d = distance(lun_matmul(a, b), want);
            if (d > worst) worst = d;
            if (d > tolerance) note("case %d form %d: off by %g", i, form, d);
        }
        lun_tensor *spread = lun_slice(lun_stack(2, (lun_tensor *[]){y, y}, y->ndim), y->ndim, 0, 1, 1); /* no stride is 1 */
        double d = distance(lun_matmul(x, lun_squeeze(spread, -1)), want);
        if (d > worst) worst = d;
    }
    ok(worst <= tolerance, "%s: every shape and layout (off by %.2g)", lun_dtypes[t].name, worst);
}

static void expanded(void)
{
    lun_tensor *x = random_tensor(LUN_F32, 2, (int64_t[]){1, 6}, -1, 1), *wide = lun_expand(x, 2, (int64_t[]){5, 6});
    lun_tensor *y = random_tensor(LUN_F32, 2, (int64_t[]){6, 1}, -1, 1), *tall = lun_expand(y, 2, (int64_t[]){6, 4});
    near(distance(lun_matmul(wide, tall), plain(wide, tall)), 0, 1e-5, "expanded operands");
    lun_tensor *empty = lun_matmul(lun_tensor_empty(LUN_F32, 2, (int64_t[]){3, 0}, cpu), lun_tensor_empty(LUN_F32, 2, (int64_t[]){0, 2}, cpu));
    ok(empty && empty->numel == 6 && lun_get_double(empty, 3) == 0, "an inner size of 0 gives zeros");
}

static lun_tensor *linear(lun_tensor *x, lun_tensor *w, lun_tensor *b) { return lun_call3(LUN_OP_linear, x, w, b); }

static void linears(void)
{
    static const lun_dtype types[] = {LUN_F32, LUN_F64, LUN_F16, LUN_BF16};
    for (int i = 0; i < 4; i++) {
        lun_tensor *x = random_tensor(types[i], 3, (int64_t[]){2, 5, 40}, -1, 1), *w = random_tensor(types[i], 2, (int64_t[]){7, 40}, -1, 1);
        lun_tensor *b = random_tensor(types[i], 1, (int64_t[]){7}, -1, 1);
        lun_tensor *want = lun_add(plain(x, lun_mT(w)), lun_to_dtype(b, LUN_F64));
        double tolerance = i == 3 ? 0.05 : i == 2 ? 0.01 : 1e-5;
        ok(distance(linear(x, w, b), want) < tolerance, "linear in %s", lun_dtypes[types[i]].name);
        ok(distance(linear(strided(x, 0, 2), strided(w, 0, 1), b), want) < tolerance, "linear of strided arguments");
    }
}

static void same_bits(void)
{
    static const int64_t sizes[][3] = {{200, 300, 400}, {1, 1000, 999}, {513, 1, 700}, {64, 10, 3000}, {1024, 512, 96}, {200, 300, 400}};
    for (int i = 0; i < 6; i++) {
        const lun_dtype t = i == 5 ? LUN_BF16 : LUN_F32;
        lun_tensor *x = random_tensor(t, 2, (int64_t[]){sizes[i][0], sizes[i][2]}, -1, 1);
        lun_tensor *y = random_tensor(t, 2, (int64_t[]){sizes[i][2], sizes[i][1]}, -1, 1), *one = NULL;
        bool same = true;
        for (int n = 1; n <= 4; n++) {
            lun_threads_set(n);
            lun_tensor *z = lun_matmul(x, y);
            if (!one) one = z;
            same = same && z && !memcmp(lun_data(one), lun_data(z), lun_tensor_bytes(z));
        }
        ok(same, "%d x %d x %d: the same bits on 1 to 4 threads", (int)sizes[i][0], (int)sizes[i][2], (int)sizes[i][1]);
    }
    lun_threads_set(0);
}

static void errors(void)
{
    lun_tensor *x = random_tensor(LUN_F32, 2, (int64_t[]){3, 4}, -1, 1), *y = random_tensor(LUN_F32, 2, (int64_t[]){5, 4}, -1, 1);
    ok(!lun_matmul(x, y), "inner sizes that differ are refused");
    is_string(lun_error_get()->message, "f32[3,4] x f32[5,4]: inner sizes 4 and 5 differ", "the message names all sizes");
    is_string(lun_error_get()->hint, "x:matmul(y.T) gives [3,5]", "and the transpose that fits");
    lun_error_clear();
    ok(!lun_matmul(x, random_tensor(LUN_F32, 2, (int64_t[]){5, 2}, -1, 1)), "(3,4) x (5,2) is refused");
    is_string(lun_error_get()->hint, "", "without a hint, since no transpose fits");
    lun_error_clear();
    ok(!lun_matmul(x, lun_tensor_number(2, LUN_F64)), "a number is refused");
    lun_error_clear();
}

static lun_tensor *product(lun_tensor **x) { return lun_matmul(x[0], x[1]); }
static lun_tensor *layer(lun_tensor **x) { return linear(x[0], x[1], x[2]); }

static lun_tensor *einsum(const char *equation, int n, lun_tensor **x)
{
    lun_call c;
    lun_call_begin(&c, lun_op_at(LUN_OP_einsum));
    for (int i = 0; i < n; i++) lun_call_input(&c, x[i]);
    lun_params_string(&c.params, equation);
    return lun_apply1(&c);
}
static lun_tensor *contraction(lun_tensor **x) { return einsum("bij,kj,k->bi", 3, x); }

static void gradients(void)
{
    for (int i = 0; i < CASES; i++) {
        if (lun_shape_numel(cases[i].x.ndim, cases[i].x.dims) > 200) continue;
        lun_tensor *x[2] = {random_tensor(LUN_F64, cases[i].x.ndim, cases[i].x.dims, -1, 1),
                            random_tensor(LUN_F64, cases[i].y.ndim, cases[i].y.dims, -1, 1)};
        gradcheck("matmul", product, 2, x, i < 4 || i == 10);
    }
    lun_tensor *x[3] = {random_tensor(LUN_F64, 3, (int64_t[]){2, 2, 3}, -1, 1), random_tensor(LUN_F64, 2, (int64_t[]){4, 3}, -1, 1),
                        random_tensor(LUN_F64, 1, (int64_t[]){4}, -1, 1)};
    gradcheck("linear", layer, 3, x, true);
    lun_tensor *v[3] = {random_tensor(LUN_F64, 1, (int64_t[]){3}, -1, 1), x[1], x[2]};
    gradcheck("linear of a vector", layer, 3, v, true);
    gradcheck("einsum", contraction, 3, x, true);
}

static void einsums(void)
{
    lun_tensor *a = random_tensor(LUN_F64, 2, (int64_t[]){3, 4}, -1, 1), *b = random_tensor(LUN_F64, 2, (int64_t[]){4, 5}, -1, 1);
    lun_tensor *s = random_tensor(LUN_F64, 2, (int64_t[]){4, 4}, -1, 1), *t = random_tensor(LUN_F64, 4, (int64_t[]){2, 3, 4, 5}, -1, 1);
    near(distance(einsum("ij,jk->ik", 2, (lun_tensor *[]){a, b}), plain(a, b)), 0, 1e-12, "ij,jk->ik is a product");
    near(distance(einsum("ij, jk", 2, (lun_tensor *[]){a, b}), plain(a, b)), 0, 1e-12, "so it is without an arrow");
    near(distance(einsum("ij->ji", 1, &a), lun_transpose(a, 0, 1)), 0, 0, "ij->ji is a transpose");
    near(distance(einsum("ba", 1, &a), lun_transpose(a, 0, 1)), 0, 0, "the implied order is the alphabet's");
    double trace = 0;
    for (int i = 0; i < 4; i++) trace += lun_get_double(s, 5 * i);
    near(lun_get_double(einsum("ii", 1, &s), 0), trace, 1e-12, "ii is the trace");
    is_int(einsum("ii->i", 1, &s)->numel, 4, "ii->i is the diagonal");
    near(distance(einsum("ij,kl->", 2, (lun_tensor *[]){a, b}), lun_mul(lun_sum(a, 0, NULL, false), lun_sum(b, 0, NULL, false))), 0, 1e-12,
         "everything summed");
    lun_tensor *u = einsum("...ij,...jk->...ik", 2, (lun_tensor *[]){t, lun_transpose(t, 2, 3)});
    near(distance(u, plain(t, lun_transpose(t, 2, 3))), 0, 1e-12, "... stands for batch dims");
    lun_tensor *bilinear = einsum("bn,anm,bm->ba", 3, (lun_tensor *[]){a, random_tensor(LUN_F64, 3, (int64_t[]){2, 4, 5}, -1, 1), random_tensor(LUN_F64, 2, (int64_t[]){3, 5}, -1, 1)});
    ok(bilinear && bilinear->dims[0] == 3 && bilinear->dims[1] == 2, "three operands");
    near(distance(einsum("cd,dc->dc", 2, (lun_tensor *[]){s, s}), lun_mul(s, lun_transpose(s, 0, 1))), 0, 1e-12, "letters in another order");
    static const char *const wrong[] = {"ij,jk->iq", "ij,kj->ik", "i,jk", "ij", "ij,jk->ii", "i.j,jk"};
    for (int i = 0; i < 6; i++) {
        ok(!einsum(wrong[i], 2, (lun_tensor *[]){a, b}), "\"%s\" is refused: %s", wrong[i], lun_error_get()->message);
        lun_error_clear();
    }
}

static void *ask(void *argument)
{
    (void)argument;
    nanosleep(&(struct timespec){0, 30000000}, NULL);
    lun_interrupt_request();
    return NULL;
}

static void interrupts(void)
{
    int64_t n = 4096;
    lun_tensor *x = lun_full(2, (int64_t[]){n, n}, 1, LUN_F32, cpu);
    struct timespec a, b;
    pthread_t thread;
    pthread_create(&thread, NULL, ask, NULL);
    clock_gettime(CLOCK_MONOTONIC, &a);
    lun_tensor *z = lun_matmul(x, x);
    clock_gettime(CLOCK_MONOTONIC, &b);
    pthread_join(thread, NULL);
    double ms = 1e3 * (double)(b.tv_sec - a.tv_sec) + 1e-6 * (double)(b.tv_nsec - a.tv_nsec);
    ok(!z && lun_error_get()->code == LUN_E_INTERRUPT, "Ctrl-C ends a 4096^3 product");
    ok(ms < 1000, "soon after (%.0f ms from the start, asked for at 30)", ms);
    lun_error_clear();
    lun_interrupt_clear();
    lun_tensor *y = lun_full(2, (int64_t[]){3, 3}, 2, LUN_F32, cpu);
    near(lun_get_double(lun_matmul(y, y), 0), 12, 0, "and the next product is right");
}

static char *stack;
static volatile sig_atomic_t handled, astray;

static void note_stack(int signal_number)
{
    char here;
    ptrdiff_t depth = stack - &here;
    (void)signal_number;
    handled++;
    astray += depth < 0 || depth > 8 * 1024 * 1024;
}

/* A library's generated code may use the stack pointer for a buffer of the heap; a handler that ran there would damage the heap. */
static void signals(void)
{
    char here;
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    stack = &here;
    signal(SIGPROF, note_stack);
    setitimer(ITIMER_PROF, &often, NULL);
    for (int transposed = 0; transposed < 2; transposed++)
        for (int i = 0; i < 300; i++) {
            size_t mark = lun_scope_mark();
            lun_tensor *x = lun_full(2, (int64_t[]){256, 512}, 1, LUN_F32, cpu), *y = lun_full(2, (int64_t[]){512, 256}, 1, LUN_F32, cpu);
            lun_matmul(transposed ? lun_transpose(y, 0, 1) : x, y);
            lun_scope_drain(mark);
        }
    setitimer(ITIMER_PROF, &never, NULL);
    signal(SIGPROF, SIG_DFL);
    ok(handled > 0 && astray == 0, "signals during products are handled on the stack (%d, %d of them elsewhere)", (int)handled, (int)astray);
}

int main(void)
{
    if (!lun_start()) return 1;
    static const struct { lun_dtype t; double tolerance; } types[] = {
        {LUN_F32, 1e-4}, {LUN_F64, 1e-12}, {LUN_F16, 0.2}, {LUN_BF16, 1.5}, {LUN_I32, 0}, {LUN_I64, 0}, {LUN_I16, 0}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) layouts(types[i].t, types[i].tolerance);
    plain_loops(LUN_F32, 1e-4);
    plain_loops(LUN_F64, 1e-12);
    plain_loops(LUN_C64, 1e-4);
    plain_loops(LUN_C128, 1e-12);
    large_products();
    halves();
    expanded();
    linears();
    same_bits();
    errors();
    gradients();
    einsums();
    interrupts();
    signals();
    return done_testing();
}
