/* memory.cpp - the host device's memory: one range of addresses that is open only inside launches and copies
 *
 * Holds: between launches any access faults, as an access to a GPU's memory does. What the allocator above hands out is filled with
 * 0xff (NaN, -1), so that who reads what nobody wrote sees it, and under the address sanitizer kernels may touch nothing else.
 * Read next: stream.cpp. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/host/cuda_host.h"
#include "kernels/cuda/host/fiber.h"
#include "kernels/cuda/host/late.h"

#include <sys/mman.h>

#ifdef LUN_HOST_ASAN
#include <sanitizer/asan_interface.h>
static void poison(const void *at, size_t bytes) { __asan_poison_memory_region(at, bytes); }
static void unpoison(const void *at, size_t bytes) { __asan_unpoison_memory_region(at, bytes); }
size_t lun_host_fence(void) { return 64; }
#else
static void poison(const void *, size_t) {}
static void unpoison(const void *, size_t) {}
size_t lun_host_fence(void) { return 0; }
#endif

enum { ALIGNMENT = 512, GAP = 512, PAGE = 2 << 20 };

static std::mutex lock;
static char *memory;
static size_t limit, used, reached;    /* how much there is, is handed out, was ever handed out (a whole number of PAGEs) */
static int open_count;
struct piece { size_t end, bytes; };   /* the gap lies between its bytes and its end */
static std::map<size_t, piece> taken;  /* by where they begin */
static std::map<void *, size_t> pinned;

/* --- opening and closing -------------------------------------------------------------------------------------------------------- */

void lun_host_memory_open(void)
{
    std::lock_guard<std::mutex> hold(lock);
    if (open_count++ == 0 && reached) mprotect(memory, reached, PROT_READ | PROT_WRITE);
}

void lun_host_memory_close(void)
{
    std::lock_guard<std::mutex> hold(lock);
    if (--open_count == 0 && reached) mprotect(memory, reached, PROT_NONE);
}

static bool is_device(const void *at) { return memory && (const char *)at >= memory && (const char *)at < memory + limit; }

/* Is all of it within one block that was handed out? */
static bool is_within_block(const void *at, size_t bytes)
{
    std::lock_guard<std::mutex> hold(lock);
    const size_t begin = (size_t)((const char *)at - memory);
    auto block = taken.upper_bound(begin);
    if (block == taken.begin()) return false;
    --block;
    return begin + bytes <= block->first + block->second.bytes;
}

/* --- handing out ---------------------------------------------------------------------------------------------------------------- */

static bool reserve(void)
{
    if (memory) return true;
    const char *asked = getenv("LUNETTE_HOST_DEVICE_MEMORY");
    limit = (size_t)(asked ? strtoull(asked, NULL, 10) : 4096) << 20;
    void *got = mmap(NULL, limit, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return false;
    memory = (char *)got;
    poison(memory, limit);
    return true;
}

/* Where `bytes` fit first between the blocks. */
static bool find_room(size_t bytes, size_t *begin)
{
    size_t at = 0;
    for (const auto &block : taken) {
        if (block.first - at >= bytes) break;
        at = block.second.end;
    }
    *begin = at;
    return at <= limit && limit - at >= bytes;
}

cudaError_t cudaMalloc(void **at, size_t bytes)
{
    *at = NULL;
    if (!bytes) return cudaSuccess;
    std::lock_guard<std::mutex> hold(lock);
    if (!reserve() || bytes > limit) return cudaErrorMemoryAllocation;
    const size_t whole = (bytes + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t begin;
    if (!find_room(whole, &begin)) return cudaErrorMemoryAllocation;
    taken[begin] = {begin + whole, bytes};
    used += whole;
    *at = memory + begin;
    const size_t end = (begin + whole + PAGE - 1) / PAGE * PAGE, was = reached;
    reached = std::min(std::max(reached, end), limit);
    if (open_count && reached > was) mprotect(memory, reached, PROT_READ | PROT_WRITE);
    unpoison(*at, bytes);
    return cudaSuccess;
}

/* Queued, so that it does not overtake late work with what lay there before. */
void lun_host_hand_out(void *at, size_t bytes)
{
    unpoison(at, bytes);
    if (lun_host_is_late()) {
        cudaMemsetAsync(at, 0xff, bytes, lun_cuda_stream());
        return;
    }
    lun_host_memory_open();
    memset(at, 0xff, bytes);
    lun_host_memory_close();
}

/* Late work may still come to it. */
void lun_host_take_back(const void *at, size_t bytes)
{
    if (!lun_host_is_late()) poison(at, bytes);
}

cudaError_t cudaFree(void *at)
{
    if (!at) return cudaSuccess;
    lun_host_drain();
    std::lock_guard<std::mutex> hold(lock);
    auto block = is_device(at) ? taken.find((size_t)((char *)at - memory)) : taken.end();
    if (block == taken.end()) return cudaErrorInvalidValue;
    const size_t whole = block->second.end - block->first;
    poison(at, whole);
    if (whole >= PAGE) madvise(at, whole, MADV_DONTNEED);
    used -= whole;
    taken.erase(block);
    return cudaSuccess;
}

cudaError_t cudaMallocAsync(void **at, size_t bytes, cudaStream_t) { return cudaMalloc(at, bytes); }
cudaError_t cudaFreeAsync(void *at, cudaStream_t) { return cudaFree(at); }

cudaError_t cudaMemGetInfo(size_t *free, size_t *total)
{
    std::lock_guard<std::mutex> hold(lock);
    if (!reserve()) return cudaErrorMemoryAllocation;
    *total = limit;
    *free = limit - used;
    return cudaSuccess;
}

/* --- the host's pinned memory --------------------------------------------------------------------------------------------------- */

cudaError_t cudaHostAlloc(void **at, size_t bytes, unsigned)
{
    *at = NULL;
    if (bytes && posix_memalign(at, 4096, bytes)) return cudaErrorMemoryAllocation;
    std::lock_guard<std::mutex> hold(lock);
    if (*at) pinned[*at] = bytes;
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **at, size_t bytes) { return cudaHostAlloc(at, bytes, cudaHostAllocDefault); }

cudaError_t cudaFreeHost(void *at)
{
    if (!at) return cudaSuccess;
    std::lock_guard<std::mutex> hold(lock);
    if (!pinned.erase(at)) return cudaErrorInvalidValue;
    free(at);
    return cudaSuccess;
}

cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned)
{
    *device = host;
    return cudaSuccess;
}

/* --- copies --------------------------------------------------------------------------------------------------------------------- */

static cudaError_t check_side(const void *at, size_t bytes, bool on_device)
{
    if (is_device(at) != on_device) return cudaErrorInvalidValue;
    return on_device && !is_within_block(at, bytes) ? cudaErrorInvalidValue : cudaSuccess;
}

static cudaError_t copy(void *to, const void *from, size_t bytes)
{
    lun_host_memory_open();
    memmove(to, from, bytes);
    lun_host_memory_close();
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream)
{
    if (!bytes) return cudaSuccess;
    if (kind == cudaMemcpyDefault)
        kind = is_device(to) ? (is_device(from) ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice)
                             : (is_device(from) ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost);
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
    const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (from_device && !to_device) lun_host_count_copy(bytes);
    cudaError_t wrong = check_side(to, bytes, to_device);
    if (!wrong) wrong = check_side(from, bytes, from_device);
    return wrong ? wrong : lun_host_do_in(stream, [=] { return copy(to, from, bytes); });
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    return cudaMemcpyAsync(to, from, bytes, kind, NULL);
}

cudaError_t cudaMemcpyPeerAsync(void *to, int, const void *from, int, size_t bytes, cudaStream_t stream)
{
    return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream);
}

cudaError_t cudaMemsetAsync(void *at, int value, size_t bytes, cudaStream_t stream)
{
    if (!bytes) return cudaSuccess;
    const cudaError_t wrong = check_side(at, bytes, true);
    return wrong ? wrong : lun_host_do_in(stream, [=] {
        lun_host_memory_open();
        memset(at, value, bytes);
        lun_host_memory_close();
        return cudaSuccess;
    });
}

cudaError_t cudaMemset(void *at, int value, size_t bytes)
{
    if (!bytes) return cudaSuccess;
    const cudaError_t wrong = check_side(at, bytes, true);
    if (wrong) return wrong;
    lun_host_memory_open();
    memset(at, value, bytes);
    lun_host_memory_close();
    return cudaSuccess;
}
