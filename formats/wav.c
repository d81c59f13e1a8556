/* wav.c - chunks, then samples with the channels side by side. Read next: wav.h. SPDX-License-Identifier: MIT */
#include "formats/wav.h"

#include "core/error.h"
#include "formats/source.h"

#include <string.h>

typedef struct format { unsigned kind, channels, bits, frame; uint64_t rate; } format;
enum { PCM = 1, FLOATS = 3, EXTENSIBLE = 0xfffe };

static void *damaged(size_t at, const char *what)
{
    return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "this is no WAV sound: %s, at byte %zu", what, at);
}

static bool read_format(const unsigned char *p, size_t n, size_t at, format *f)
{
    if (n < 16) return damaged(at, "the format is cut off"), false;
    *f = (format){.kind = (unsigned)lun_little(p, 2), .channels = (unsigned)lun_little(p + 2, 2), .rate = lun_little(p + 4, 4),
                  .frame = (unsigned)lun_little(p + 12, 2), .bits = (unsigned)lun_little(p + 14, 2)};
    if (f->kind == EXTENSIBLE && n >= 26) f->kind = (unsigned)lun_little(p + 24, 2);
    bool known = f->kind == PCM ? f->bits == 8 || f->bits == 16 || f->bits == 24 || f->bits == 32
                                : f->kind == FLOATS && (f->bits == 32 || f->bits == 64);
    if (!known)
        return lun_fail(LUN_E_FORMAT, "convert it to PCM of 16 bits", "this WAV has samples of kind %u with %u bits; read are PCM of 8, 16, 24, 32 "
                        "bits and floats of 32, 64", f->kind, f->bits), false;
    if (!f->channels || f->frame != f->channels * (f->bits / 8)) return damaged(at, "the sizes of its format do not fit together"), false;
    return true;
}

static float sample(const unsigned char *p, const format *f)
{
    float single;
    double wide;
    if (f->kind == FLOATS && f->bits == 32) return memcpy(&single, p, 4), single;
    if (f->kind == FLOATS) return memcpy(&wide, p, 8), (float)wide;
    if (f->bits == 8) return (float)((int)p[0] - 128) / 128;
    uint32_t top = 0; /* the sample in the upper bits, so that its sign is the word's */
    for (unsigned i = 0; i < f->bits / 8; i++) top |= (uint32_t)p[i] << (32 - f->bits + 8 * i);
    return (float)((double)(int32_t)top / 2147483648.0);
}

static lun_tensor *read_samples(const unsigned char *p, size_t n, const format *f)
{
    int64_t dims[] = {f->channels, (int64_t)(n / f->frame)};
    lun_tensor *x = lun_tensor_empty(LUN_F32, 2, dims, (lun_device){LUN_CPU, 0});
    if (!x) return NULL;
    float *out = lun_data(x);
    for (int64_t i = 0; i < dims[1]; i++)
        for (int64_t c = 0; c < dims[0]; c++, p += f->bits / 8) out[c * dims[1] + i] = sample(p, f);
    return x;
}

lun_tensor *lun_wav_read(const void *bytes, size_t n, int64_t *rate)
{
    const unsigned char *p = bytes;
    format f = {0};
    if (n < 12 || memcmp(p, "RIFF", 4) || memcmp(p + 8, "WAVE", 4)) return damaged(0, "it does not begin with RIFF and WAVE");
    for (size_t at = 12; n - at >= 8;) {
        uint64_t size = lun_little(p + at + 4, 4);
        size_t left = n - at - 8;
        if (!memcmp(p + at, "data", 4)) {
            if (!f.channels) return damaged(at, "samples stand before their format");
            if (size == 0 || size == 0xffffffff) size = left;
            if (size > left) return damaged(at, "fewer samples follow than it says");
            *rate = (int64_t)f.rate;
            return read_samples(p + at + 8, (size_t)size, &f);
        }
        if (size > left) return damaged(at, "a chunk reaches beyond the end");
        if (!memcmp(p + at, "fmt ", 4) && !read_format(p + at + 8, (size_t)size, at, &f)) return NULL;
        at += 8 + (size_t)size + (size & 1);
        if (at > n) break;
    }
    return damaged(n, "it has no samples");
}
