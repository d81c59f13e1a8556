/* stream.cpp - devices, errors, streams, events and graphs of the host device
 *
 * Holds: a stream has done all its work when a call returns; or (LUNETTE_HOST_DEVICE_LAZY) it keeps it in a queue, which is
 * worked off as far as somebody waits for it. A capture keeps the work as a list, which a graph then does again and again.
 * Read next: runtime_api.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/host/cuda_host.h"
#include "kernels/cuda/host/late.h"

#include <atomic>
#include <deque>
#include <set>
#include <time.h>

struct lun_host_graph { std::vector<std::function<cudaError_t()>> work; };
struct lun_host_stream {
    lun_host_graph *recording;
    std::deque<std::function<cudaError_t()>> queue;
    uint64_t queued, done; /* so far */
};
/* behind: how much work of the stream */
struct lun_host_event { bool recorded; double time; cudaStream_t stream; uint64_t behind; };

static thread_local lun_host_graph *recording; /* of the stream that this thread captures */
static thread_local cudaError_t last_error;
static thread_local int current_device;
static size_t shared_limit = 48 * 1024;

static cudaError_t noted(cudaError_t error)
{
    if (error) last_error = error;
    return error;
}

/* After a fault everything fails, as on a device, whose calls tell of it from the next one on. */
static volatile bool faulted;

void lun_host_fault(const char *what)
{
    static const char *const asked = getenv("LUNETTE_HOST_DEVICE_FAULT"), *const code = getenv("LUNETTE_HOST_DEVICE_CODE");
    if (asked && !strcmp(asked, what)) faulted = true;
    if (code && !strcmp(code, "none")) last_error = cudaErrorNoKernelImageForDevice;
}

/* --- what is counted ------------------------------------------------------------------------------------------------------------ */

static std::atomic<uint64_t> waits, brought, bytes_brought;

static void tell_counts(void)
{
    fprintf(stderr, "host device: %llu waits, %llu copies of %llu bytes to the host\n", (unsigned long long)waits, (unsigned long long)brought,
            (unsigned long long)bytes_brought);
}

static bool is_counting(void)
{
    static const bool asked = getenv("LUNETTE_HOST_DEVICE_COUNTS") && !atexit(tell_counts);
    return asked;
}

static void count_wait(void)
{
    if (is_counting()) waits++;
}

void lun_host_count_copy(size_t bytes)
{
    if (is_counting()) brought++, bytes_brought += bytes;
}

/* --- late work ------------------------------------------------------------------------------------------------------------------ */

static std::recursive_mutex late; /* guards queues */
static std::set<cudaStream_t> streams;

static bool is_lazy(void)
{
    static const char *const asked = getenv("LUNETTE_HOST_DEVICE_LAZY");
    return asked && *asked && strcmp(asked, "0") != 0;
}

bool lun_host_is_late(void) { return is_lazy() && !recording; }

/* The stream's work up to number `until`. */
static cudaError_t work_off(cudaStream_t stream, uint64_t until)
{
    std::lock_guard<std::recursive_mutex> hold(late);
    cudaError_t wrong = cudaSuccess;
    while (stream && stream->done < until && !stream->queue.empty()) {
        const std::function<cudaError_t()> work = stream->queue.front();
        stream->queue.pop_front();
        stream->done++;
        const cudaError_t result = work();
        if (!wrong) wrong = result;
    }
    return faulted ? cudaErrorIllegalAddress : noted(wrong);
}

cudaError_t lun_host_drain(void)
{
    std::lock_guard<std::recursive_mutex> hold(late);
    cudaError_t wrong = cudaSuccess;
    for (cudaStream_t stream : streams) {
        const cudaError_t result = work_off(stream, UINT64_MAX);
        if (!wrong) wrong = result;
    }
    return wrong;
}

cudaError_t lun_host_do_in(cudaStream_t stream, const std::function<cudaError_t()> &work)
{
    if (faulted) return cudaErrorIllegalAddress;
    if (recording) return recording->work.push_back(work), cudaSuccess;
    if (!is_lazy()) return work();
    if (!stream) return lun_host_drain(), work();
    std::lock_guard<std::recursive_mutex> hold(late);
    stream->queue.push_back(work);
    stream->queued++;
    return cudaSuccess;
}

cudaError_t lun_host_do(const std::function<cudaError_t()> &work) { return lun_host_do_in(lun_cuda_stream(), work); }

/* --- errors --------------------------------------------------------------------------------------------------------------------- */

static const struct { cudaError_t code; const char *name, *text; } errors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported", "operation not permitted when stream is capturing"},
};

const char *cudaGetErrorName(cudaError_t error)
{
    for (const auto &row : errors)
        if (row.code == error) return row.name;
    return "unrecognized error code";
}

const char *cudaGetErrorString(cudaError_t error)
{
    for (const auto &row : errors)
        if (row.code == error) return row.text;
    return "unrecognized error code";
}

cudaError_t cudaPeekAtLastError(void) { return faulted ? cudaErrorIllegalAddress : last_error; }

cudaError_t cudaGetLastError(void)
{
    const cudaError_t error = last_error;
    last_error = cudaSuccess;
    return faulted ? cudaErrorIllegalAddress : error;
}

/* --- devices -------------------------------------------------------------------------------------------------------------------- */

static int device_count(void)
{
    const char *asked = getenv("LUNETTE_HOST_DEVICES");
    return asked ? atoi(asked) : 1;
}

static bool is_device_index(int device) { return device >= 0 && device < device_count(); }

cudaError_t cudaDriverGetVersion(int *version)
{
    const char *asked = getenv("LUNETTE_HOST_DEVICE_DRIVER");
    return *version = asked ? atoi(asked) : CUDART_VERSION, cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int *version) { return *version = CUDART_VERSION, cudaSuccess; }

cudaError_t cudaGetDeviceCount(int *count)
{
    int driver;
    cudaDriverGetVersion(&driver);
    if (driver < CUDART_VERSION) return noted(cudaErrorInsufficientDriver); /* as where there is none */
    *count = device_count();
    return *count > 0 ? cudaSuccess : noted(cudaErrorNoDevice);
}

cudaError_t cudaGetDevice(int *device) { return *device = current_device, cudaSuccess; }

cudaError_t cudaSetDevice(int device)
{
    if (!is_device_index(device)) return noted(cudaErrorInvalidDevice);
    current_device = device;
    return cudaSuccess;
}

cudaError_t cudaInitDevice(int device, unsigned, unsigned) { return is_device_index(device) ? cudaSuccess : noted(cudaErrorInvalidDevice); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp *p, int device)
{
    if (!is_device_index(device)) return noted(cudaErrorInvalidDevice);
    *p = cudaDeviceProp{};
    snprintf(p->name, sizeof p->name, "host device");
    size_t free;
    cudaMemGetInfo(&free, &p->totalGlobalMem);
    p->sharedMemPerBlock = 48 * 1024;
    p->sharedMemPerBlockOptin = p->sharedMemPerMultiprocessor = 227 * 1024;
    p->major = 9;
    p->multiProcessorCount = 4;
    p->warpSize = 32;
    p->maxThreadsPerBlock = 1024;
    p->maxThreadsPerMultiProcessor = 2048;
    p->l2CacheSize = 1 << 20;
    p->memoryBusWidth = 64;
    p->pciDeviceID = device;
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int device)
{
    cudaDeviceProp p;
    const cudaError_t wrong = cudaGetDeviceProperties(&p, device);
    if (wrong) return wrong;
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock: *value = p.maxThreadsPerBlock; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = (int)p.sharedMemPerBlock; break;
    case cudaDevAttrWarpSize: *value = p.warpSize; break;
    case cudaDevAttrClockRate: case cudaDevAttrMemoryClockRate: *value = 1000000; break;
    case cudaDevAttrMultiProcessorCount: *value = p.multiProcessorCount; break;
    case cudaDevAttrGlobalMemoryBusWidth: *value = p.memoryBusWidth; break;
    case cudaDevAttrL2CacheSize: *value = p.l2CacheSize; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = p.maxThreadsPerMultiProcessor; break;
    case cudaDevAttrComputeCapabilityMajor: *value = p.major; break;
    case cudaDevAttrComputeCapabilityMinor: *value = p.minor; break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = (int)p.sharedMemPerMultiprocessor; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = (int)p.sharedMemPerBlockOptin; break;
    case cudaDevAttrMemoryPoolsSupported: *value = 1; break;
    }
    return cudaSuccess;
}

static cudaError_t may_wait(void)
{
    return faulted ? cudaErrorIllegalAddress : recording ? noted(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}
cudaError_t cudaDeviceSynchronize(void)
{
    const cudaError_t wrong = may_wait();
    return wrong ? wrong : lun_host_drain();
}
cudaError_t cudaDeviceReset(void) { return cudaSuccess; }
cudaError_t cudaDeviceCanAccessPeer(int *can, int, int) { return *can = 1, cudaSuccess; }
cudaError_t cudaDeviceEnablePeerAccess(int peer, unsigned) { return is_device_index(peer) ? cudaSuccess : noted(cudaErrorInvalidDevice); }
cudaError_t cudaHostRegister(void *, size_t, unsigned) { return cudaSuccess; }
cudaError_t cudaHostUnregister(void *) { return cudaSuccess; }

size_t lun_host_shared_limit(void) { return shared_limit; }

cudaError_t lun_host_func_attribute(cudaFuncAttribute attribute, int value)
{
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
    if (value < 0 || value > 227 * 1024) return noted(cudaErrorInvalidValue);
    shared_limit = std::max(shared_limit, (size_t)value);
    return cudaSuccess;
}

/* --- streams and events --------------------------------------------------------------------------------------------------------- */

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    std::lock_guard<std::recursive_mutex> hold(late);
    streams.insert(*stream = new lun_host_stream{});
    return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) { return cudaStreamCreate(stream); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned, int) { return cudaStreamCreate(stream); }

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    work_off(stream, UINT64_MAX);
    std::lock_guard<std::recursive_mutex> hold(late);
    streams.erase(stream);
    return delete stream, cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    count_wait();
    const cudaError_t wrong = may_wait();
    return wrong ? wrong : work_off(stream, UINT64_MAX);
}

/* Late work goes on a step with each question, so that asking until it is done comes to an end. */
cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    const cudaError_t wrong = may_wait();
    if (wrong || !stream || stream->queue.empty()) return count_wait(), wrong;
    work_off(stream, stream->done + 1);
    return cudaErrorNotReady;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned)
{
    const cudaStream_t other = event->stream;
    const uint64_t behind = event->behind; /* of now: the event may be recorded again before the work is done */
    if (!is_lazy() || !event->recorded) return cudaSuccess;
    return lun_host_do_in(stream, [=] { return work_off(other, behind); });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, void (*f)(void *), void *data)
{
    return lun_host_do_in(stream, [=] { return f(data), cudaSuccess; });
}

cudaError_t cudaEventCreate(cudaEvent_t *event) { return *event = new lun_host_event{}, cudaSuccess; }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned) { return cudaEventCreate(event); }
cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    if (is_lazy() && event->recorded) work_off(event->stream, event->behind); /* its time is still to be noted */
    return delete event, cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    const cudaError_t wrong = lun_host_do_in(stream, [=] {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        event->recorded = true;
        event->time = (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
        return cudaSuccess;
    });
    event->recorded = event->recorded || (is_lazy() && stream);
    event->stream = stream;
    event->behind = stream ? stream->queued : 0;
    return wrong;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    if (faulted) return cudaErrorIllegalAddress;
    if (!event->stream || event->stream->done >= event->behind) return cudaSuccess;
    work_off(event->stream, event->stream->done + 1);
    return cudaErrorNotReady;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    count_wait();
    return faulted ? cudaErrorIllegalAddress : event->stream ? work_off(event->stream, event->behind) : cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to)
{
    if (!from->recorded || !to->recorded) return noted(cudaErrorInvalidResourceHandle);
    *milliseconds = (float)(to->time - from->time);
    return cudaSuccess;
}

/* --- graphs --------------------------------------------------------------------------------------------------------------------- */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    if (!stream || recording) return noted(cudaErrorStreamCaptureUnsupported);
    recording = stream->recording = new lun_host_graph{};
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    *graph = NULL;
    if (!stream || !stream->recording) return noted(cudaErrorStreamCaptureUnsupported);
    *graph = stream->recording;
    recording = stream->recording = NULL;
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
    *status = stream && stream->recording ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
    return cudaSuccess;
}

cudaError_t cudaThreadExchangeStreamCaptureMode(cudaStreamCaptureMode *) { return cudaSuccess; }

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    *exec = new lun_host_graph(*graph);
    return cudaSuccess;
}

cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    for (const auto &work : exec->work) {
        const cudaError_t wrong = lun_host_do_in(stream, work);
        if (wrong) return noted(wrong);
    }
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, struct CUgraphNode_st **nodes, size_t *count)
{
    if (!nodes) *count = graph->work.size();
    return nodes ? noted(cudaErrorNotSupported) : cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) { return delete exec, cudaSuccess; }
