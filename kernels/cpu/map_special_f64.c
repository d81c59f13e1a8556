/* map_special_f64.c - the rows of core/ops/special.def for double
 *
 * Read next: kernels/cpu/map_special_f32.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/map.h"
#include "kernels/cpu/words_f64.h"

#define LUN_ROWS "core/ops/special.def"
#define LUN_ROW_TABLE lun_specials_f64
#define lgamma(v) lun_lgamma(v)
#define erfcx(v) lun_erfcx(v)
#define erfinv(v) lun_erfinv(v)
#define ndtri(v) lun_ndtri(v)
#define log_ndtr(v) lun_log_ndtr(v)
#define digamma(v) lun_digamma(v)
#define i0(v) lun_i0(v)
#define i0e(v) lun_i0e(v)
#define i1(v) lun_i1(v)
#define i1e(v) lun_i1e(v)
#define polygamma(a, b) lun_polygamma(a, b)
#define zeta(a, b) lun_zeta(a, b)
#define gammainc(a, b) lun_gammainc(a, b)
#define gammaslope(a, b) lun_gamma_quantile_slope(a, b)
#define gammaincc(a, b) lun_gammaincc(a, b)
#define far_sin(v) sin(v)
#define far_cos(v) cos(v)
#define far_tan(v) tan(v)
#include "kernels/cpu/map.inc"
