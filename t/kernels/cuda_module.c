/* cuda_module.c - a CUDA module from another version than the program is refused before it reads anything of it.
 * SPDX-License-Identifier: MIT
 */
#include "t/kernels/host_device.h"

#include <dlfcn.h>
#include <string.h>

int main(void)
{
    if (!host_device_opens((lun_device){LUN_CUDA, 0})) return done_testing();
    void *module = dlopen(getenv("LUNETTE_CUDA_MODULE"), RTLD_NOW);
    lun_cuda_opener *open = module ? (lun_cuda_opener *)(uintptr_t)dlsym(module, "lun_cuda_backend") : NULL;
    if (!ok(open != NULL, "the module has its one function")) return done_testing();
    ok(open(lun_module_mark()) == lun_backends[LUN_CUDA], "it gives its table to this program");
    ok(!open(lun_module_mark() + 1), "to no other one");
    ok(strstr(lun_error_get()->message, "was built from another version than the program") != NULL, "and says why: %s", lun_error_get()->message);
    lun_error_clear();
    return done_testing();
}
