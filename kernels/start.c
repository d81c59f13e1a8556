/* start.c - the one place that knows which devices there are
 *
 * Holds: core never calls up; a device's table enters core's list of backends here. Read next: kernels/cpu/backend.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"

#include "core/context.h"
#include "core/device.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef LUN_MODULE_FOLDER
#define LUN_MODULE_FOLDER "/usr/local/lib/lunette"
#endif
enum { PATH_ROOM = 4096 };

/* Where the module that drives CUDA may be: what LUNETTE_CUDA_MODULE names (and then nothing else), beside the program or library we are
 * in, where it is installed. */
static const char *module_path(const char *own, const char *named, char *path)
{
    const char *slash = strrchr(own, '/');
    if (named) return named;
    int folder = slash ? (int)(slash - own) : 0;
    const char *const beside[] = {"/", "/../", "/.libs/"}; /* libtool runs programs from .libs/ */
    for (size_t k = 0; slash && k < sizeof beside / sizeof *beside; k++) {
        snprintf(path, PATH_ROOM, "%.*s%slunette_cuda.so", folder, own, beside[k]);
        if (!access(path, R_OK)) return path;
    }
    snprintf(path, PATH_ROOM, "%s/lunette_cuda.so", LUN_MODULE_FOLDER);
    return access(path, R_OK) ? NULL : path;
}

/* The module calls core's functions: those of the library that this code stands in, which may have been loaded out of sight. */
static const lun_backend *open_cuda(lun_device_type type)
{
    Dl_info here;
    char path[PATH_ROOM];
    (void)type;
    bool known = dladdr((void *)(uintptr_t)lun_start, &here) && here.dli_fname;
    const char *named = getenv("LUNETTE_CUDA_MODULE");
    if (named && !*named) named = NULL;
    const char *hint = named ? "LUNETTE_CUDA_MODULE names that file; or use \"cpu\"" : "make builds it where CUDA's nvcc is; or use \"cpu\"";
    const char *file = module_path(known ? here.dli_fname : "", named, path);
    if (!file) return lun_fail(LUN_E_DEVICE, hint, "this build has no CUDA module: lunette_cuda.so was not found");
    if (known) dlopen(here.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    void *module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!module) return lun_fail(LUN_E_DEVICE, hint, "the CUDA module cannot be loaded: %s", dlerror());
    lun_cuda_opener *open = (lun_cuda_opener *)(uintptr_t)dlsym(module, "lun_cuda_backend");
    if (!open) return lun_fail(LUN_E_DEVICE, hint, "%s is not Lunette's CUDA module", file);
    return open(lun_module_mark());
}

bool lun_start(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool started;
    pthread_mutex_lock(&lock);
    lun_context_get();
    if (!started && lun_ops_start()) {
        lun_backends[LUN_CPU] = lun_cpu_backend();
        lun_device_opener = open_cuda;
        started = lun_backends[LUN_CPU] != NULL;
    }
    pthread_mutex_unlock(&lock);
    return started;
}
