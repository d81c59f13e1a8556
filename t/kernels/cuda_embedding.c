/* cuda_embedding.c - rows added into a table on the device as on the CPU; no call of Lua's reaches this row there.
 * SPDX-License-Identifier: MIT */
#include "t/kernels/host_device.h"

#include <math.h>

enum { ROWS = 7, WIDTH = 5, MOST = 300 };
static const int64_t NO_PADDING = 0; /* positions count from 1 */

/* The sum of `count` rows at positions that repeat, in a table of ones, wherever `device` is. */
static lun_tensor *sum(lun_device device, int64_t count, int64_t padding)
{
    float table[ROWS * WIDTH], rows[MOST * WIDTH];
    int64_t at[MOST];
    lun_call c;
    for (int i = 0; i < ROWS * WIDTH; i++) table[i] = 1;
    for (int64_t i = 0; i < count * WIDTH; i++) rows[i] = (float)sin(0.7 * (double)i);
    for (int64_t i = 0; i < count; i++) at[i] = i * i % ROWS + 1;
    lun_call_begin(&c, lun_op_at(LUN_OP_embedding_add_));
    lun_call_input(&c, lun_on_device(lun_tensor_copy_of(table, LUN_F32, 2, (int64_t[]){ROWS, WIDTH}), device));
    lun_call_input(&c, lun_on_device(lun_tensor_copy_of(rows, LUN_F32, 2, (int64_t[]){count, WIDTH}), device));
    lun_call_input(&c, lun_on_device(lun_tensor_copy_of(at, LUN_I64, 1, &count), device));
    if (padding != NO_PADDING) lun_params_int(&c.params, padding > 0 ? padding - 1 : padding);
    return lun_on_host(lun_apply1(&c));
}

static bool alike(const lun_tensor *a, const lun_tensor *b)
{
    if (!a || !b) return false;
    const float *x = lun_data(a), *y = lun_data(b);
    for (int i = 0; i < ROWS * WIDTH; i++)
        if (!(fabsf(x[i] - y[i]) <= 1e-5F)) return false;
    return true;
}

int main(void)
{
    static const int64_t counts[] = {1, 16, 17, MOST}, paddings[] = {NO_PADDING, 2, -1};
    const lun_device cuda = {LUN_CUDA, 0};
    if (!host_device_opens(cuda)) return done_testing();
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++) {
            lun_tensor *there = sum(cuda, counts[i], paddings[k]), *here = sum(LUN_DEVICE_CPU, counts[i], paddings[k]);
            ok(alike(there, here), "%lld rows added, padding %lld: %s", (long long)counts[i], (long long)paddings[k],
               lun_error_get()->message);
            int64_t row = paddings[k] > 0 ? paddings[k] - 1 : ROWS - 1;
            if (there && paddings[k] != NO_PADDING) ok(((const float *)lun_data(there))[row * WIDTH] == 1,
                                                       "the row of padding_idx stays");
        }
    is_int((long)lun_device_fallbacks(LUN_OP_embedding_add_), 0, "the device's own kernel did it");
    return done_testing();
}
