/* fft_along.h - one Fourier transform along one dim, for the rules of rows. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_FFT_ALONG_H
#define LUN_CORE_OPS_FFT_ALONG_H
#include "core/op_id.h"
#include "core/tensor.h"
/* id: LUN_OP_fft_c2c, fft_r2c or fft_c2r; n points; x becomes complex where it must. NULL after lun_fail. */
lun_tensor *lun_fft_along(lun_op_id id, lun_tensor *x, int64_t n, int64_t dim, bool inverse, double scale);
#endif
