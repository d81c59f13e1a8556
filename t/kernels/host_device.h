/* host_device.h - the device that runs CUDA's kernels on the processor, for tests in C. SPDX-License-Identifier: MIT */
#ifndef LUN_T_KERNELS_HOST_DEVICE_H
#define LUN_T_KERNELS_HOST_DEVICE_H
#include "core/device.h"
#include "core/lun.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Opens it, by the module that the build made unless LUNETTE_CUDA_MODULE names another. False when there is none, which skips
 * the test. */
static inline bool host_device_opens(lun_device cuda)
{
    char path[4096];
    const char *build = getenv("LUNETTE_BUILD");
    snprintf(path, sizeof path, "%s/lunette_cuda_host.so", build ? build : "build");
    if (!getenv("LUNETTE_CUDA_MODULE")) setenv("LUNETTE_CUDA_MODULE", path, 1);
    if (access(getenv("LUNETTE_CUDA_MODULE"), R_OK)) {
        skip("the module for the host device was not built");
        return false;
    }
    ok(lun_start() && lun_device_open(cuda), "the device opens: %s", lun_error_get()->message);
    return true;
}
#endif
