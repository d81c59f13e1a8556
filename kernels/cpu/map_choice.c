/* map_choice.c - elementwise loops that are no formula: where, isnan and its kin, logical_not
 *
 * where moves elements without looking at them, so it is made per size, not per dtype.
 * Read next: kernels/cpu/map.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/vmath.h"

#define UNUSED __attribute__((unused))
#define LOOP(name, ...)                                                                                      \
    static void name(int64_t n, void *out, const void *const *in, unsigned scalars UNUSED, const double *params UNUSED) \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#ifdef __clang__
#define EACH _Pragma("clang loop vectorize(assume_safety)") for (int64_t i = 0; i < n; i++)
#else
#define EACH _Pragma("GCC ivdep") for (int64_t i = 0; i < n; i++)
#endif

#define WHERE(T)                                                                                  \
    LOOP(where_##T, const uint8_t *c = in[0]; const T *x = in[1]; const T *y = in[2]; T *to = out; \
         if (scalars & 2U) {                                                                      \
             const T one = x[0];                                                                  \
             EACH { const T b = y[i]; to[i] = c[i] ? one : b; }                                   \
         } else if (scalars & 4U) {                                                               \
             const T one = y[0];                                                                  \
             EACH { const T a = x[i]; to[i] = c[i] ? a : one; }                                   \
         } else {                                                                                 \
             EACH { const T a = x[i], b = y[i]; to[i] = c[i] ? a : b; }                           \
         })
WHERE(uint8_t)
WHERE(uint16_t)
WHERE(uint32_t)
WHERE(uint64_t)
WHERE(lun_c128)

#define TESTS(id, T, absolute)                                                                          \
    LOOP(isnan_##id, const T *x = in[0]; uint8_t *to = out; EACH { to[i] = x[i] != x[i]; })             \
    LOOP(isinf_##id, const T *x = in[0]; uint8_t *to = out; EACH { to[i] = absolute(x[i]) == (T)INFINITY; }) \
    LOOP(isfinite_##id, const T *x = in[0]; uint8_t *to = out; EACH { to[i] = absolute(x[i]) < (T)INFINITY; })
TESTS(f32, float, fabsf)
TESTS(f64, double, fabs)

LOOP(not_bool, const uint8_t *x = in[0]; uint8_t *to = out; EACH { to[i] = x[i] == 0; })

const lun_choice_loops LUN_HERE(lun_choices) = {
    {where_uint8_t, where_uint16_t, where_uint32_t, where_uint64_t, where_lun_c128},
    {isnan_f32, isnan_f64},
    {isinf_f32, isinf_f64},
    {isfinite_f32, isfinite_f64},
    not_bool,
};
