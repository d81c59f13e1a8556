/* driver.cpp - the few functions of CUDA's driver that are called: code that is loaded while the program runs
 *
 * "Code" is the path of a shared object that g++ made of the text (t/cuda/nvrtc_stand_in.c): NAME_call(parameters) runs one thread, and
 * NAME_bytes is how long the one parameter is. Read next: kernels/cuda/rtc.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/host/cuda_host.h"

#include <dlfcn.h>

extern "C" {
static int load(void **module, const void *path)
{
    *module = dlopen((const char *)path, RTLD_NOW | RTLD_LOCAL);
    if (!*module) fprintf(stderr, "host device: %s\n", dlerror());
    return *module ? cudaSuccess : cudaErrorInvalidValue;
}

struct loaded { void (*call)(void **); size_t bytes; };

static int function(void **kernel, void *module, const char *name)
{
    const std::string of = name;
    void *call = dlsym(module, (of + "_call").c_str());
    const unsigned long *bytes = (const unsigned long *)dlsym(module, (of + "_bytes").c_str());
    const struct { const char *name; const void *value; } places[] = {
        {"lun_rtc_thread", &threadIdx}, {"lun_rtc_block", &blockIdx}, {"lun_rtc_size", &blockDim}};
    if (!call || !bytes) return cudaErrorInvalidSymbol;
    for (const auto &place : places) {
        const void **slot = (const void **)dlsym(module, place.name);
        if (slot) *slot = place.value;
    }
    loaded *made = new loaded{NULL, *bytes};
    memcpy((void *)&made->call, &call, sizeof call);
    *kernel = made;
    return cudaSuccess;
}

static int launch(void *kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, cudaStream_t,
                  void **parameters, void **)
{
    const loaded *k = (const loaded *)kernel;
    const std::vector<char> copy((const char *)parameters[0], (const char *)parameters[0] + k->bytes);
    const auto call = k->call;
    const bool good = lun_host_launch("run a compiled program", dim3(gx, gy, gz), dim3(bx, by, bz), shared, [=] {
        void *one[] = {(void *)copy.data()};
        call(one);
    });
    return good ? cudaSuccess : cudaErrorLaunchFailure;
}

cudaError_t cudaGetDriverEntryPointByVersion(const char *name, void **found, unsigned, unsigned long long,
                                             cudaDriverEntryPointQueryResult *result)
{
    *result = cudaDriverEntryPointSuccess;
    if (!strcmp(name, "cuModuleLoadData")) *found = (void *)load;
    else if (!strcmp(name, "cuModuleGetFunction")) *found = (void *)function;
    else if (!strcmp(name, "cuLaunchKernel")) *found = (void *)launch;
    else *result = cudaDriverEntryPointSymbolNotFound;
    return cudaSuccess;
}
}
