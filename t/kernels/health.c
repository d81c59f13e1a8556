/* health.c - NaN and infinity are found wherever they are, in every format and with all strides
 *
 * Read next: kernels/cpu/health.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/health.h"
#include "core/context.h"
#include "core/functional.h"
#include "kernels/start.h"
#include "t/tap.h"
#include <math.h>

static const lun_device cpu = {LUN_CPU, 0};
static const lun_dtype formats[] = {LUN_F16, LUN_BF16, LUN_F32, LUN_F64};

/* The values of x one by one. */
static unsigned plain(const lun_tensor *x)
{
    unsigned bits = 0;
    for (int64_t i = 0; i < x->numel; i++) {
        double v = lun_get_double(x, i);
        bits |= isnan(v) ? LUN_HAS_NAN : isinf(v) ? LUN_HAS_INFINITY : 0;
    }
    return bits;
}

static int wrong_views(lun_tensor *x)
{
    int64_t wide[] = {3, 40, 70, 1};
    lun_tensor *part = lun_narrow(x, 1, 3, 30);
    lun_tensor *views[] = {x, lun_transpose(x, 0, 1), lun_transpose(x, 0, 2), lun_narrow(x, 0, 1, 20), part, lun_transpose(part, 0, 1),
                           lun_expand(lun_narrow(x, 2, 1, 1), 4, wide)};
    int wrong = 0;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        wrong += !views[i] || lun_cpu_health(views[i]) != plain(views[i]);
    return wrong;
}

int main(void)
{
    if (!ok(lun_start(), "start")) return done_testing();
    const double odd[] = {NAN, INFINITY, -INFINITY, -0.0};
    int64_t dims[] = {40, 70, 30};
    for (size_t f = 0; f < 4; f++) {
        int wrong = 0;
        size_t mark = lun_scope_mark();
        lun_tensor *x = lun_tensor_empty(formats[f], 3, dims, cpu);
        double largest = formats[f] == LUN_F16 ? 65504 : 1e30;
        for (int64_t i = 0; i < x->numel; i++) lun_set_double(x, i, i % 2 ? -largest : largest);
        is_int(lun_cpu_health(x), 0, "%s: large numbers are well", lun_dtypes[formats[f]].name);
        for (int64_t at = 0; at < x->numel; at += 7919) {
            for (int k = 0; k < 4; k++) {
                lun_set_double(x, at, odd[k]);
                wrong += wrong_views(x);
            }
            lun_set_double(x, at, 0);
        }
        lun_set_double(x, 5, NAN);
        lun_set_double(x, 6, INFINITY);
        is_int(lun_cpu_health(x), LUN_HAS_NAN | LUN_HAS_INFINITY, "both at once");
        is_int(wrong, 0, "the same as looking one by one");
        lun_scope_drain(mark);
    }
    return done_testing();
}
