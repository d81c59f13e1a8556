/* fft.h - rules of the rows of core/ops/fft.def. SPDX-License-Identifier: MIT */
#ifndef LUN_CORE_OPS_FFT_H
#define LUN_CORE_OPS_FFT_H
#include "core/apply.h"
struct lun_node;
bool lun_infer_fft(lun_call *c);
bool lun_compose_fft(lun_call *c);       /* along one dim */
bool lun_compose_fft_dims(lun_call *c);  /* along two or several */
bool lun_compose_fftshift(lun_call *c);
bool lun_compose_fftfreq(lun_call *c);
bool lun_compose_stft(lun_call *c);
bool lun_compose_istft(lun_call *c);
bool lun_compose_window(lun_call *c);    /* hann_window and its kin */
void lun_vjp_fft(const struct lun_node *n, lun_tensor **g, lun_tensor **dx);
#endif
