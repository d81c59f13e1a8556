/* source.c - reading plain files. Read next: source.h. SPDX-License-Identifier: MIT */
#include "formats/source.h"

#include "core/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lun_source_open(lun_source *s, const char *path)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    const char *why = descriptor < 0 || fstat(descriptor, &about) ? strerror(errno) : !S_ISREG(about.st_mode) ? "it is not a file" : NULL;
    if (!why) {
        *s = (lun_source){.read = lun_source_read, .left = (uint64_t)about.st_size, .name = path, .descriptor = descriptor};
        return true;
    }
    if (descriptor >= 0) close(descriptor);
    return lun_fail(LUN_E_FILE, "relative paths start where the program was started", "cannot open %s: %s", path, why), false;
}

bool lun_source_read(lun_source *s, void *out, size_t bytes)
{
    char *to = out;
    if (bytes > s->left)
        return lun_fail(LUN_E_FORMAT, "the file may be cut off; fetch it again", "%s: %zu bytes are wanted at byte %llu, only %llu are left", s->name,
                        bytes, (unsigned long long)s->at, (unsigned long long)s->left), false;
    s->left -= bytes;
    while (bytes) {
        ssize_t got = pread(s->descriptor, to, bytes > 1U << 30 ? 1U << 30 : bytes, (off_t)s->at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            return lun_fail(LUN_E_FILE, NULL, "cannot read %s at byte %llu: %s", s->name, (unsigned long long)s->at,
                            got < 0 ? strerror(errno) : "it became shorter while it was read"), false;
        to += got;
        s->at += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return true;
}

bool lun_true_or_false(const lun_tensor *x)
{
    const uint8_t *v = lun_data(x);
    for (int64_t i = 0; i < x->numel; i++)
        if (v[i] > 1) return false;
    return true;
}

void lun_swap_bytes(unsigned char *p, int64_t count, size_t size)
{
    for (int64_t i = 0; i < count && size > 1; i++, p += size)
        for (size_t k = 0; k < size / 2; k++) {
            unsigned char t = p[k];
            p[k] = p[size - 1 - k];
            p[size - 1 - k] = t;
        }
}
