/* replace.c - the atomic save. Read next: replace.h. SPDX-License-Identifier: MIT */
#include "formats/replace.h"

#include "core/error.h"
#include "core/functional.h"
#include "core/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lun_write_all(int descriptor, const void *data, size_t bytes)
{
    const char *from = data;
    while (bytes) {
        ssize_t done = write(descriptor, from, bytes > 1U << 30 ? 1U << 30 : bytes);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        from += done;
        bytes -= (size_t)done;
    }
    return true;
}

bool lun_write_tensor(int descriptor, lun_tensor *x)
{
    size_t mark = lun_scope_mark();
    lun_tensor *plain = lun_on_host(lun_contiguous(x));
    bool ok = plain && lun_write_all(descriptor, lun_data(plain), lun_tensor_bytes(plain));
    int cause = errno;
    lun_scope_drain(mark);
    errno = cause;
    return ok;
}

/* The rename itself must survive a power cut: the folder is synced too. */
static void sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return;
    memcpy(folder, path, n);
    folder[n] = 0;
    int descriptor = open(!slash ? "." : n ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    fsync(descriptor);
    close(descriptor);
}

static bool cannot(const char *path, const char *fresh, int cause)
{
    if (fresh) unlink(fresh);
    lun_fail(LUN_E_FILE, cause == ENOSPC ? "make room, or save elsewhere; the old file is untouched" : NULL, "cannot save \"%s\": %s", path,
             strerror(cause));
    return false;
}

bool lun_replace_file(const char *path, bool (*write)(int descriptor, void *argument), void *argument)
{
    char fresh[4096];
    struct stat old;
    int length = snprintf(fresh, sizeof fresh, "%s.new-XXXXXX", path);
    if (length < 0 || (size_t)length >= sizeof fresh) return cannot(path, NULL, ENAMETOOLONG);
    bool there = !stat(path, &old);
    if (there && S_ISDIR(old.st_mode)) return cannot(path, NULL, EISDIR);
    if (there && !S_ISREG(old.st_mode)) /* a rename would put a file in the place of the device or pipe */
        return lun_fail(LUN_E_FILE, "give the name of a file", "cannot save \"%s\": it is a device or a pipe", path), false;
    int descriptor = mkstemp(fresh);
    if (descriptor < 0) return cannot(path, NULL, errno);
    mode_t mask = umask(0);
    umask(mask);
    bool ok = !fchmod(descriptor, 0666 & ~mask) && write(descriptor, argument) && !fsync(descriptor);
    int cause = errno;
    if (close(descriptor) && ok) ok = false, cause = errno;
    if (ok && rename(fresh, path)) ok = false, cause = errno;
    if (!ok) return cannot(path, fresh, cause);
    sync_folder(path);
    return true;
}
