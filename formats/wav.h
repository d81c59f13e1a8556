/* wav.h - sound in RIFF WAVE files: PCM of 8, 16, 24 and 32 bits, floats of 32 and 64 bits, any number of channels
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_WAV_H
#define LUN_FORMATS_WAV_H
#include "core/tensor.h"

/* Reads a span as float32 [channels, frames] in -1..1, and its frames per second. Scoped; NULL after lun_fail naming the byte. A file whose
 * data chunk claims more than there is (a recording that was cut off, or one whose length was never written) is an error, but for the
 * lengths 0 and 0xffffffff of recordings that were streamed: these take what there is. */
lun_tensor *lun_wav_read(const void *bytes, size_t n, int64_t *rate);
#endif
