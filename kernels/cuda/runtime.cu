/* runtime.cu - devices: opening them, one stream each, waiting, and what happens when one is lost
 *
 * A device is started at its first use: stream, heap, pinned memory, flags. Fatal errors (an illegal address, a launch that failed) end
 * CUDA's work on that device for good: it is marked lost, a file tells of the last calls, and every later use says so.
 * Holds: a process forked after CUDA was started makes no CUDA call at all.
 * Read next: kernels/cuda/memory.cu, transfer.cu, flags.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/product.h"
#include "kernels/cuda/state.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lun_cuda_device *devices[LUN_CUDA_DEVICES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile bool forked, blocking;
static __thread int current = -1; /* what cudaSetDevice was last told on this thread */
static __thread cudaStream_t stream;

static void in_child(void) { forked = true; }

bool lun_cuda_forked(void) { return forked; }

extern "C" cudaStream_t lun_cuda_stream(void) { return stream; }

/* --- errors ------------------------------------------------------------------------------------------------------------------- */

static bool is_fatal(cudaError_t e)
{
    switch (e) {
    case cudaErrorECCUncorrectable: case cudaErrorNvlinkUncorrectable: case cudaErrorIllegalAddress: case cudaErrorLaunchTimeout:
    case cudaErrorAssert: case cudaErrorHardwareStackError: case cudaErrorIllegalInstruction: case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace: case cudaErrorInvalidPc: case cudaErrorLaunchFailure: case cudaErrorContextIsDestroyed:
        return true;
    default: return false;
    }
}

static void *fail_lost(const lun_cuda_device *d)
{
    return lun_fail(LUN_E_DEVICE, "work on \"cpu\" goes on; CUDA needs a new session", "%s", d->lost_text);
}

/* Nobody knows more than that it was one of the last calls, unless each was waited for. */
static void lose(lun_cuda_device *d, cudaError_t why, const char *what)
{
    bool inplace;
    char text[200];
    const lun_op *op = lun_cuda_recent_last(&inplace);
    snprintf(text, sizeof text, "cuda:%d is lost: %s (%s)", d->index, cudaGetErrorString(why), what);
    const char *file = lun_cuda_recent_write(text);
    int n = snprintf(d->lost_text, sizeof d->lost_text, "%s", text);
    if (op && n > 0 && (size_t)n < sizeof d->lost_text)
        n += snprintf(d->lost_text + n, sizeof d->lost_text - (size_t)n, blocking ? "; it happened in %s%s" : "; the last call was %s%s",
                      op->name, inplace ? "_" : "");
    if (file && n > 0 && (size_t)n < sizeof d->lost_text)
        snprintf(d->lost_text + n, sizeof d->lost_text - (size_t)n, "; %s makes the last calls again", file);
    d->lost = true;
}

extern "C" bool lun_cuda_check(cudaError_t result, const char *what)
{
    if (result == cudaSuccess) return true;
    cudaGetLastError(); /* so that the next call is not blamed for it */
    lun_cuda_device *d = current >= 0 ? lun_cuda_started(current) : NULL;
    if (d && is_fatal(result)) {
        if (!d->lost) lose(d, result, what);
        return fail_lost(d), false;
    }
    if (result == cudaErrorMemoryAllocation)
        return lun_fail(LUN_E_MEMORY, "lun.cuda.empty_cache() gives unused memory back", "cuda:%d has no memory left (%s)", current, what),
               false;
    if (result >= cudaErrorStreamCaptureUnsupported && result <= cudaErrorCapturedEvent)
        return lun_fail(LUN_E_ARGUMENT, "values are read, and tensors brought to the device, before or after the graph",
                        "this cannot be part of a CUDA graph: %s (%s)", what, cudaGetErrorName(result)), false;
    return lun_fail(LUN_E_DEVICE, NULL, "CUDA could not do this: %s: %s (%s)", what, cudaGetErrorString(result), cudaGetErrorName(result)),
           false;
}

/* --- which devices there are -------------------------------------------------------------------------------------------------- */

/* "12.4" of 12040. */
static const char *version_text(int version, char *text, size_t room)
{
    snprintf(text, room, "%d.%d", version / 1000, version % 1000 / 10);
    return text;
}

static void fail_open(cudaError_t why)
{
    int driver = 0, runtime = 0;
    char has[24], wants[24];
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    version_text(driver, has, sizeof has);
    version_text(runtime, wants, sizeof wants);
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    if (!driver)
        lun_fail(LUN_E_DEVICE, "use \"cpu\"; CUDA needs NVIDIA's driver and a GPU", "no NVIDIA driver was found");
    else if (why == cudaErrorInsufficientDriver)
        lun_fail(LUN_E_DEVICE, "install a newer driver", "the NVIDIA driver is too old: it knows CUDA %s, this build needs %s", has, wants);
    else if (why == cudaErrorNoDevice || why == cudaSuccess)
        lun_fail(LUN_E_DEVICE, visible ? "unset CUDA_VISIBLE_DEVICES, or set it to 0" : "nvidia-smi lists the devices of this machine",
                 "the NVIDIA driver (CUDA %s) sees no device%s%s%s", has,
                 visible ? "; CUDA_VISIBLE_DEVICES is \"" : "", visible ? visible : "", visible ? "\"" : "");
    else lun_fail(LUN_E_DEVICE, NULL, "CUDA cannot start: %s", cudaGetErrorString(why));
}

int lun_cuda_count(void)
{
    static int count = -1;
    if (forked) return lun_cuda_use(0), 0;
    pthread_mutex_lock(&lock);
    int n = count;
    cudaError_t result = n < 0 ? cudaGetDeviceCount(&n) : cudaSuccess;
    if (result != cudaSuccess) cudaGetLastError(), n = 0;
    if (n > LUN_CUDA_DEVICES) n = LUN_CUDA_DEVICES;
    if (n > 0) count = n;
    pthread_mutex_unlock(&lock);
    if (n < 1) fail_open(result);
    return n > 0 ? n : 0;
}

/* --- starting one ------------------------------------------------------------------------------------------------------------- */

static bool read_properties(lun_cuda_device *d)
{
    cudaDeviceProp p;
    if (!lun_cuda_check(cudaGetDeviceProperties(&p, d->index), "read the device's properties")) return false;
    lun_cuda_properties *to = &d->properties;
    snprintf(to->name, sizeof to->name, "%s", p.name);
    to->major = p.major;
    to->minor = p.minor;
    to->processors = p.multiProcessorCount;
    to->memory = d->total = p.totalGlobalMem;
    to->shared_memory = p.sharedMemPerBlockOptin;
    to->cache = (size_t)p.l2CacheSize;
    cudaDriverGetVersion(&to->driver);
    cudaRuntimeGetVersion(&to->runtime);
    return true;
}

static __global__ void first_kernel(void) {}

static cudaError_t launch_first(void)
{
#ifdef LUN_CUDA_HOST
    if (!lun_host_launch("start the device", 1, 1, 0, first_kernel)) return cudaErrorLaunchFailure;
#else
    first_kernel<<<1, 1, 0, lun_cuda_stream()>>>();
#endif
    return cudaPeekAtLastError();
}

/* The first launch shows whether the module has code for this device. */
static bool fits(const lun_cuda_device *d)
{
    cudaError_t result = launch_first();
    if (result != cudaErrorNoKernelImageForDevice && result != cudaErrorInvalidDeviceFunction && result != cudaErrorUnsupportedPtxVersion)
        return lun_cuda_check(result, "start the device");
    cudaGetLastError();
    lun_fail(LUN_E_DEVICE, "./configure --with-cuda-arch=... builds for other devices",
             "%s has compute capability %d.%d, which this build has no code for", d->properties.name, d->properties.major,
             d->properties.minor);
    return false;
}

static void make_current(lun_cuda_device *d)
{
    current = d->index;
    stream = lun_cuda_stream_at(d, lun_cuda_stream_number(d));
}

void lun_cuda_refresh(lun_cuda_device *d) { make_current(d); }

/* Under the lock. */
static lun_cuda_device *start(int index)
{
    lun_cuda_device *d = (lun_cuda_device *)calloc(1, sizeof *d);
    if (!d) return (lun_cuda_device *)lun_fail(LUN_E_MEMORY, NULL, "no memory for a device's record");
    static bool watched;
    d->index = index;
    pthread_mutex_init(&d->lock, NULL);
    current = index;
    bool ok = lun_cuda_check(cudaSetDevice(index), "use the device") && read_properties(d) &&
              lun_cuda_check(cudaStreamCreateWithFlags(&d->stream, cudaStreamNonBlocking), "make a stream");
    if (ok) make_current(d);
    ok = ok && fits(d) && lun_cuda_heap_start(d) && lun_cuda_transfer_start(d) && lun_cuda_flags_start(d);
    if (!ok) { /* what a device that cannot start has got so far goes with the process */
        free(d);
        current = -1;
        stream = NULL;
        return NULL;
    }
    if (!watched) watched = !pthread_atfork(NULL, NULL, in_child);
    const char *wait = getenv("LUNETTE_CUDA_BLOCKING");
    if (wait && *wait && strcmp(wait, "0") != 0) blocking = true;
    return d;
}

lun_cuda_device *lun_cuda_started(int index) { return index >= 0 && index < LUN_CUDA_DEVICES ? devices[index] : NULL; }

lun_cuda_device *lun_cuda_here(void) { return devices[current]; }
int lun_cuda_last_used(void) { return current; }

lun_cuda_device *lun_cuda_use(int index)
{
    if (forked)
        return (lun_cuda_device *)lun_fail(LUN_E_DEVICE, "start CUDA in the child only, or use \"cpu\" there",
                                           "this process was forked after CUDA was started, and CUDA does not survive that");
    lun_cuda_device *d = lun_cuda_started(index);
    if (!d) {
        int count = lun_cuda_count();
        if (index < 0 || index >= count) {
            if (count) lun_fail(LUN_E_DEVICE, NULL, "there is no device cuda:%d; %d are there, from cuda:0 on", index, count);
            return NULL;
        }
        pthread_mutex_lock(&lock);
        d = devices[index] ? devices[index] : start(index);
        devices[index] = d;
        pthread_mutex_unlock(&lock);
        if (!d) return NULL;
    }
    if (d->lost) return (lun_cuda_device *)fail_lost(d);
    if (current == index) return d;
    if (current >= 0 && devices[current] && lun_cuda_graph_here(devices[current]))
        return (lun_cuda_device *)lun_fail(LUN_E_DEVICE, "one graph for each device; copies between them before or after",
                                           "a CUDA graph of cuda:%d is being recorded, and cuda:%d cannot be part of it", current, index);
    if (!lun_cuda_check(cudaSetDevice(index), "use the device")) return NULL;
    make_current(d);
    return d;
}

/* --- waiting ------------------------------------------------------------------------------------------------------------------ */

/* Asks again and again, as cudaStreamSynchronize does, but Ctrl-C ends it; what is queued is done all the same. */
static bool wait_for_stream(cudaStream_t waited)
{
    cudaError_t result;
    while ((result = cudaStreamQuery(waited)) == cudaErrorNotReady) {
        cudaGetLastError();
        if (lun_interrupted()) return lun_interrupt_clear(), lun_fail_interrupted();
        sched_yield();
    }
    return lun_cuda_check(result, "wait for the device");
}

bool lun_cuda_wait(lun_cuda_device *d)
{
    return lun_cuda_graph_allows(d, "waiting") && lun_cuda_join(d) && lun_cuda_gather(d) &&
           wait_for_stream(d->stream) && lun_cuda_look(d);
}

static bool wait_for_all(void)
{
    for (int i = 0; i < LUN_CUDA_DEVICES && !forked; i++) {
        const lun_cuda_device *d = devices[i];
        if (d && !d->lost && !d->recording && !lun_cuda_synchronize(i)) return false;
    }
    return true;
}

bool lun_cuda_synchronize(int index)
{
    if (index < 0) return wait_for_all();
    lun_cuda_device *d = lun_cuda_use(index);
    return d && lun_cuda_wait(d);
}

bool lun_cuda_begin(int index, const lun_call *c)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || (d->recording ? !lun_cuda_graph_takes(d, c) : blocking && !lun_cuda_wait(d))) return false;
    if (!lun_cuda_follow_call(d, c)) return false;
    lun_cuda_recent_add(c, index);
    return true;
}

/* --- what lun.cuda sees ------------------------------------------------------------------------------------------------------- */

static bool properties(int index, lun_cuda_properties *out)
{
    const lun_cuda_device *d = lun_cuda_use(index);
    if (d) *out = d->properties;
    return d != NULL;
}

static void set_blocking(bool on) { blocking = on; }
bool lun_cuda_is_blocking(void) { return blocking; }

extern "C" const lun_cuda lun_cuda_services = {
    properties, lun_cuda_memory_get, lun_cuda_set_fraction, lun_cuda_set_growth, lun_cuda_empty_cache, lun_cuda_reset_peak,
    set_blocking, lun_cuda_is_blocking, lun_cuda_event_new, lun_cuda_event_free, lun_cuda_event_record, lun_cuda_event_order, lun_cuda_event_done,
    lun_cuda_event_wait, lun_cuda_event_elapsed, lun_cuda_graph_begin, lun_cuda_graph_end, lun_cuda_graph_cut,
    lun_cuda_graph_replay, lun_cuda_graph_steps, lun_cuda_graph_collect, lun_cuda_graph_free,
    lun_cuda_compile_early, lun_cuda_compiler,
    lun_cuda_tf32, lun_cuda_pinned_get, lun_cuda_pinned_put, lun_cuda_is_pinned, lun_cuda_set_copy_mode,
    lun_cuda_join_index, lun_cuda_stream_new, lun_cuda_stream_use, lun_cuda_stream_now, lun_cuda_stream_wait, lun_cuda_stream_done};
