/* host.cu - the host device keeps CUDA's promises: barriers, warps, atomics, memory out of reach, errors instead of waiting for ever
 *
 * Each part also runs with threads and blocks in shuffled orders. Read next: kernels/cuda/host/launch.cpp. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/tensor_core.h"
extern "C" {
#include "t/tap.h"
}

#include <sys/wait.h>
#include <unistd.h>

extern "C" cudaStream_t lun_cuda_stream(void) { return NULL; }

static __global__ void turn(int *x)
{
    LUN_SHARED(int, part);
    const unsigned i = threadIdx.x;
    part[i] = x[blockIdx.x * blockDim.x + i];
    __syncthreads();
    x[blockIdx.x * blockDim.x + i] = part[blockDim.x - 1 - i];
}

static __global__ void sum_block(int *out, const int *x, int n)
{
    __shared__ int part[32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int v = 0;
    for (int i = (int)threadIdx.x; i < n; i += (int)blockDim.x) v += x[i];
    for (int by = 16; by; by >>= 1) v += __shfl_down_sync(0xffffffff, v, by);
    if (lane == 0) part[warp] = v;
    __syncthreads();
    if (warp) return;
    v = lane < (int)(blockDim.x / 32) ? part[lane] : 0;
    for (int by = 16; by; by >>= 1) v += __shfl_xor_sync(0xffffffff, v, by);
    if (lane == 0) *out = v;
}

static __global__ void where_am_i(unsigned *out)
{
    const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    const unsigned i = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    out[block * blockDim.x * blockDim.y * blockDim.z + i] = block * 1000 + i;
}

static __global__ void count_all(int *total, float *real, unsigned *most)
{
    atomicAdd(total, 1);
    atomicAdd(real, 0.5F);
    atomicMax(most, blockIdx.x * blockDim.x + threadIdx.x);
}

static __global__ void warps(int *out)
{
    const int lane = threadIdx.x % 32, width = 8;
    const unsigned odd = __ballot_sync(0xffffffff, lane & 1);
    out[0 * 64 + threadIdx.x] = odd == 0xaaaaaaaa;
    out[1 * 64 + threadIdx.x] = __shfl_sync(0xffffffff, lane, 3, width);
    out[2 * 64 + threadIdx.x] = __shfl_up_sync(0xffffffff, lane, 2, width);
    out[3 * 64 + threadIdx.x] = __shfl_down_sync(0xffffffff, lane, 2, width);
    if (lane < 16) out[4 * 64 + threadIdx.x] = (int)__ballot_sync(0x0000ffff, 1); /* half warps go their own ways */
    else out[4 * 64 + threadIdx.x] = (int)__ballot_sync(0xffff0000, lane != 20);
    __syncwarp();
    out[5 * 64 + threadIdx.x] = __syncthreads_count(threadIdx.x < 40) + 100 * __syncthreads_or(threadIdx.x == 63) +
                                1000 * __syncthreads_and(threadIdx.x < 63);
}

/* Two tiles of four numbers for each thread, begun in two commits; out: the first of each tile after a wait for all but `open` of them. */
static __global__ void copy_tiles(int *out, const int *x, int open)
{
    LUN_SHARED(int, tile);
    int *own = tile + 8 * threadIdx.x;
    for (int k = 0; k < 2; k++) {
        lun_copy_begin(own + 4 * k, x + 4 * k, true);
        lun_copy_commit();
    }
    lun_copy_begin(own, x, false); /* never committed, never waited for */
    if (open == 0) lun_copy_wait<0>();
    if (open == 1) lun_copy_wait<1>();
    out[2 * threadIdx.x] = own[0];
    out[2 * threadIdx.x + 1] = own[4];
}

static __global__ void some_wait(unsigned n) { if (threadIdx.x < n) __syncthreads(); }
static __global__ void lost_in_two_places(void)
{
    if (threadIdx.x < 32) __syncthreads();
    else __syncthreads();
}
static __global__ void mask_without_itself(void) { __syncwarp(1); }
static __global__ void race(int *out)
{
    __shared__ int v;
    v = (int)threadIdx.x;
    *out = v; /* whoever comes last */
}
static __global__ void past_the_end(int *x, int n) { x[n] = 1; }

template <class T> static T *device_array(size_t n)
{
    void *at = NULL;
    if (cudaMalloc(&at, n * sizeof(T)) != cudaSuccess) exit(1);
    cudaMemset(at, 0, n * sizeof(T));
    return (T *)at;
}
template <class T> static T read_at(const T *device)
{
    T v;
    cudaMemcpy(&v, device, sizeof v, cudaMemcpyDeviceToHost);
    return v;
}

static void blocks_and_warps(void)
{
    enum { N = 5000 };
    int host[N], *x = device_array<int>(N), *out = device_array<int>(6 * 64);
    long want = 0;
    for (int i = 0; i < N; i++) host[i] = i * 7 - 3, want += host[i];
    cudaMemcpy(x, host, sizeof host, cudaMemcpyHostToDevice);
    ok(lun_cuda_launch("sum", sum_block, 1, 256, 0, out, (const int *)x, (int)N), "a kernel runs");
    is_int(read_at(out), want, "a sum over shuffles and a barrier");
    ok(lun_cuda_launch("turn", turn, 50, 100, 100 * sizeof(int), x), "a kernel with dynamic shared memory runs");
    cudaMemcpy(host, x, sizeof host, cudaMemcpyDeviceToHost);
    bool turned = true;
    for (int i = 0; i < N; i++) turned = turned && host[i] == (i / 100 * 100 + 99 - i % 100) * 7 - 3;
    ok(turned, "each block is turned round");

    ok(lun_cuda_launch("warps", warps, 1, 64, 0, out), "warps run");
    int got[6 * 64];
    cudaMemcpy(got, out, sizeof got, cudaMemcpyDeviceToHost);
    int right[6] = {0};
    for (int i = 0; i < 64; i++) {
        const int lane = i % 32, first = lane / 8 * 8;
        const int wants[6] = {1, first + 3, lane - 2 < first ? lane : lane - 2, lane + 2 > first + 7 ? lane : lane + 2,
                              lane < 16 ? 0xffff : (int)0xffef0000, 140};
        for (int k = 0; k < 6; k++) right[k] += got[k * 64 + i] == wants[k];
    }
    const char *const names[6] = {"votes", "shuffles in groups", "shuffles up", "shuffles down", "half warps apart", "barriers that count"};
    for (int k = 0; k < 6; k++) is_int(right[k], 64, "%s", names[k]);

    unsigned places[24 * 30], *where = device_array<unsigned>(24 * 30);
    ok(lun_cuda_launch("place", where_am_i, dim3(2, 3, 4), dim3(5, 3, 2), 0, where), "three dimensions");
    cudaMemcpy(places, where, sizeof places, cudaMemcpyDeviceToHost);
    int there = 0;
    for (unsigned i = 0; i < 24 * 30; i++) there += places[i] == i / 30 * 1000 + i % 30;
    is_int(there, 24 * 30, "every thread knows where it is");

    int *total = device_array<int>(1);
    float *real = device_array<float>(1);
    unsigned *most = device_array<unsigned>(1);
    lun_cuda_launch("count", count_all, 33, 70, 0, total, real, most);
    is_int(read_at(total), 33 * 70, "atomic sums");
    near(read_at(real), 33 * 35, 0, "atomic sums of floats");
    is_int(read_at(most), 33 * 70 - 1, "atomic maximum");
    for (void *at : {(void *)x, (void *)out, (void *)where, (void *)total, (void *)real, (void *)most}) cudaFree(at);
}

static void fails_with(bool good, const char *words, const char *name)
{
    const char *text = lun_error_get()->message;
    ok(!good && strstr(text, words), "%s", name);
    if (good || !strstr(text, words)) note("it said: %s", text);
    lun_error_clear();
}

static void errors(void)
{
    fails_with(lun_cuda_launch("stuck", some_wait, 1, 64, 0, 40U), "40 at __syncthreads (host.cu:", "a barrier that some never reach");
    fails_with(lun_cuda_launch("lost", lost_in_two_places, 1, 64, 0), "32 at __syncthreads", "barriers in two places");
    fails_with(lun_cuda_launch("mask", mask_without_itself, 1, 32, 0), "does not hold its own lane", "a mask without its own lane");
    fails_with(lun_cuda_launch("large", some_wait, 1, 1025, 0, 0U), "CUDA has no grid", "more threads than a block has");
    fails_with(lun_cuda_launch("shared", some_wait, 1, 32, 49 * 1024, 0U), "CUDA has no grid", "more shared memory than a block has");
    ok(lun_cuda_launch("again", some_wait, 2, 64, 0, 64U), "it goes on after errors");
}

/* The signal that ends a child which does f, or 0. */
template <class F> static int signal_of(F f)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        f();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) ? -WEXITSTATUS(status) : 0;
}

static void memory(void)
{
    int *x = device_array<int>(100), host[100] = {0};
    ok(signal_of([=] { *(volatile int *)x = 1; }) != 0, "the host cannot write device memory");
    ok(signal_of([=] { printf("%d", *(volatile int *)x); }) != 0, "the host cannot read device memory");
    is_int(signal_of([=] { read_at(x); }), 0, "copies can");
    ok(cudaMemcpy(x, host, 101 * sizeof(int), cudaMemcpyHostToDevice) == cudaErrorInvalidValue, "a copy past the end is refused");
    ok(cudaMemcpy(x, host, sizeof host, cudaMemcpyDeviceToHost) == cudaErrorInvalidValue, "a copy in the wrong direction is refused");
    ok(cudaFree(host) == cudaErrorInvalidValue, "only the device's memory is freed");
    if (lun_host_fence())
        ok(signal_of([=] { lun_cuda_launch("past", past_the_end, 1, 1, 0, x, 100); }) != 0, "the sanitizer sees a kernel go past the end");
    void *all = NULL;
    ok(cudaMalloc(&all, (size_t)1 << 50) == cudaErrorMemoryAllocation && !all, "too much memory is refused");
    cudaFree(x);
}

static void graphs(void)
{
    int *total = device_array<int>(1), one = 5;
    float *real = device_array<float>(1);
    unsigned *most = device_array<unsigned>(1);
    cudaStream_t stream;
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    cudaStreamCreate(&stream);
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
    lun_cuda_launch("count", count_all, 1, 10, 0, total, real, most);
    ok(cudaStreamSynchronize(stream) == cudaErrorStreamCaptureUnsupported, "a capture cannot be waited for");
    cudaStreamEndCapture(stream, &graph);
    is_int(read_at(total), 0, "what is captured is not done");
    cudaGraphInstantiate(&exec, graph, 0);
    cudaMemcpy(total, &one, sizeof one, cudaMemcpyHostToDevice);
    cudaGraphLaunch(exec, stream);
    cudaGraphLaunch(exec, stream);
    is_int(read_at(total), 25, "a graph does it, as often as it is launched");
    cudaGraphExecDestroy(exec);
    cudaGraphDestroy(graph);
    cudaStreamDestroy(stream);
    for (void *at : {(void *)total, (void *)real, (void *)most}) cudaFree(at);
}

/* In the natural order of blocks copies are done as late as may be. */
static void copies(void)
{
    int host[8] = {11, 0, 0, 0, 22, 0, 0, 0}, *x = device_array<int>(8), *out = device_array<int>(128), got[128];
    cudaMemcpy(x, host, sizeof host, cudaMemcpyHostToDevice);
    for (int open = 0; open < 3; open++) {
        const int first = open < 2 ? 11 : -1, second = open < 1 ? 22 : -1; /* -1: shared memory as a block finds it */
        lun_cuda_launch("copy", copy_tiles, 2, 64, 64 * 8 * sizeof(int), out, (const int *)x, open);
        cudaMemcpy(got, out, sizeof got, cudaMemcpyDeviceToHost);
        int right = 0;
        for (int i = 0; i < 64; i++) right += got[2 * i] == first && got[2 * i + 1] == second;
        is_int(right, 64, "copies are there after their wait, when %d may be open", open);
    }
    cudaFree(x);
    cudaFree(out);
}

int main(void)
{
    blocks_and_warps();
    copies();
    errors();
    memory();
    graphs();
    int *out = device_array<int>(1), differ = 0;
    lun_cuda_launch("race", race, 1, 64, 0, out);
    const int first = read_at(out);
    for (int seed = 1; seed <= 5; seed++) {
        char text[12];
        snprintf(text, sizeof text, "%d", seed);
        setenv("LUNETTE_HOST_DEVICE_ORDER", text, 1);
        lun_cuda_launch("race", race, 1, 64, 0, out);
        differ += read_at(out) != first;
        if (seed < 3) blocks_and_warps();
    }
    ok(differ > 0, "a race shows in another order");
    cudaFree(out);
    return done_testing();
}
