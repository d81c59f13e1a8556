/* launch.cpp - runs a kernel: block after block, each thread of a block as a fiber
 *
 * A fiber takes the next thread that has not begun and runs it; threads that never wait so share one fiber and cost a call each.
 * Who waits at a barrier leaves the fiber standing and another one goes on. When nobody can go on, the block's barrier opens if
 * all threads are there; else they would wait for ever, which is an error that says who waits where.
 * Holds: one launch at a time (the lock), so the state of the running block is static.
 * Read next: fiber.cpp, memory.cpp. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/host/cuda_host.h"
#include "kernels/cuda/host/fiber.h"

extern "C" {
#include "core/error.h"
bool lun_cuda_check(cudaError_t result, const char *what) __attribute__((weak)); /* the runtime's; the test of this has none */
}

#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

enum { MOST_THREADS = 1024, LANES = 32, SHARED_BYTES = 227 * 1024, STACK_BYTES = 256 * 1024 };

enum thread_state : unsigned char { RUNNING, AT_BLOCK, AT_WARP, FINISHED };

struct thread {
    thread_state state;
    int kind;           /* lun_host_barrier or lun_host_warp: what it waits for */
    unsigned mask;      /* AT_WARP: with whom */
    int source;         /* AT_WARP: whose value it wants */
    uint64_t value;     /* what it brings, then what it gets */
    const char *file;   /* where it waits */
    int line;
    uint3 at;
    lun_fiber *fiber;
};

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

static std::mutex lock;
static thread threads[MOST_THREADS];
static int order[MOST_THREADS];           /* in which they begin */
static int size, begun, finished, running;
static int ready[MOST_THREADS], ready_count; /* may go on */
static unsigned warp_waiting[LANES], warp_alive[LANES]; /* lanes at a warp's barrier, lanes that have not finished; by warp */
static const std::function<void()> *body;
static char problem[500];
static lun_fiber host, fibers[MOST_THREADS];
static lun_fiber *idle[MOST_THREADS];
static int idle_count, fiber_count;
static uint64_t chance;                   /* 0: everything in its natural order */
alignas(16) static unsigned char shared_memory[SHARED_BYTES];

void *lun_host_shared(void) { return shared_memory; }
int lun_host_lane(void) { return running % LANES; }

static unsigned chance_below(unsigned n)
{
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return (unsigned)((chance >> 16) % n);
}

/* --- copies beside other work --------------------------------------------------------------------------------------------------- */

struct copy { void *to; const void *from; bool there; int commit; };
static std::vector<copy> copies[MOST_THREADS]; /* what each thread of the block has begun */
static int commits[MOST_THREADS];

static void do_copy(const copy &c)
{
    if (c.there) memcpy(c.to, c.from, 16);
    else memset(c.to, 0, 16);
}

void lun_host_copy(void *to, const void *from, bool there)
{
    const copy c = {to, from, there, commits[running]};
    if (chance && chance_below(2)) do_copy(c);
    else copies[running].push_back(c);
}

void lun_host_copy_commit(void) { commits[running]++; }

void lun_host_copy_wait(int open)
{
    std::vector<copy> later;
    for (const copy &c : copies[running])
        if (c.commit < commits[running] - open) do_copy(c);
        else later.push_back(c);
    copies[running].swap(later);
}

/* --- fibers ------------------------------------------------------------------------------------------------------------------- */

static void run_threads();

static char *stack_of(int i)
{
    static char *stacks;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!stacks) {
        void *got = mmap(NULL, (size_t)MOST_THREADS * STACK_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (got == MAP_FAILED) return NULL;
        stacks = (char *)got;
    }
    char *stack = stacks + (size_t)i * STACK_BYTES;
    mprotect(stack, page, PROT_NONE); /* stacks grow down: who needs too much faults, and spoils no neighbour */
    return stack + page;
}

static lun_fiber *new_fiber()
{
    lun_fiber *f = &fibers[fiber_count];
    char *stack = f->stack ? f->stack : stack_of(fiber_count);
    if (!stack) return NULL;
    fiber_count++;
    lun_fiber_begin(f, stack, STACK_BYTES - (size_t)sysconf(_SC_PAGESIZE), run_threads);
    return f;
}

/* Leaves the launch for ever, after `problem` was set; nothing on this stack is destroyed. */
[[noreturn]] static void give_up(lun_fiber *self)
{
    lun_fiber_switch(self, &host);
    abort(); /* nobody goes back to a fiber that was given up */
}

/* --- waiting ------------------------------------------------------------------------------------------------------------------ */

static const char *const block_words[] = {"__syncthreads", "__syncthreads_or", "__syncthreads_and", "__syncthreads_count"};
static const char *const warp_words[] = {"__syncwarp", "a shuffle", "a vote"};

static bool together(const thread &a, const thread &b)
{
    return a.state == b.state && a.kind == b.kind && a.line == b.line && a.mask == b.mask && (a.file == b.file || !strcmp(a.file, b.file));
}

__attribute__((format(printf, 2, 3))) static size_t add(size_t at, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (at < sizeof problem) at += (size_t)vsnprintf(problem + at, sizeof problem - at, format, values);
    va_end(values);
    return at;
}

static void say_who_waits()
{
    size_t end = add(0, "block %u,%u,%u: threads would wait for ever: ", blockIdx.x, blockIdx.y, blockIdx.z);
    int places = 0;
    for (int i = 0; i < size && places < 4; i++) {
        const thread &t = threads[i];
        bool first = t.state != FINISHED;
        for (int k = 0; k < i && first; k++) first = !together(threads[k], t);
        if (!first) continue;
        int count = 0;
        for (int k = i; k < size; k++) count += together(threads[k], t);
        const char *slash = strrchr(t.file, '/');
        end = add(end, "%s%d at %s (%s:%d), thread %d the first", places++ ? "; " : "", count,
                  t.state == AT_BLOCK ? block_words[t.kind] : warp_words[t.kind], slash ? slash + 1 : t.file, t.line, i);
        if (t.state == AT_WARP) end = add(end, ", mask %08x", t.mask);
    }
    add(end, "; %d of %d have finished", finished, size);
}

/* Opens the block's barrier if every thread of the block stands there. */
static bool open_block()
{
    int count = 0;
    for (int i = 0; i < size; i++) {
        if (threads[i].state != AT_BLOCK || !together(threads[i], threads[0])) return false;
        count += (int)threads[i].value;
    }
    const int kind = threads[0].kind;
    uint64_t result = (uint64_t)(kind == LUN_HOST_COUNT ? count : kind == LUN_HOST_AND ? count == size : count > 0);
    for (int i = 0; i < size; i++) {
        threads[i].state = RUNNING;
        threads[i].value = result;
        ready[ready_count++] = size - 1 - i; /* the last is taken first */
    }
    return true;
}

/* Opens the barrier of each group of lanes that is complete; finished lanes are not waited for. */
static void open_warp(int warp)
{
    thread *lanes = threads + warp * LANES;
    unsigned waiting = warp_waiting[warp];
    while (waiting) {
        const thread first = lanes[__builtin_ctz(waiting)];
        unsigned group = 0, ballot = 0;
        uint64_t values[LANES];
        for (int i = 0; i < LANES; i++) {
            if (!(waiting >> i & 1) || !together(lanes[i], first)) continue;
            group |= 1U << i;
            values[i] = lanes[i].value;
            ballot |= (unsigned)(values[i] & 1) << i;
        }
        waiting &= ~group;
        if (first.mask & warp_alive[warp] & ~group) continue;
        warp_waiting[warp] &= ~group;
        for (int i = LANES - 1; i >= 0; i--) {
            if (!(group >> i & 1)) continue;
            const bool there = group >> (lanes[i].source & 31) & 1; /* the value of a lane that is not there is undefined: be odd */
            lanes[i].value = first.kind == LUN_HOST_BALLOT ? ballot : there ? values[lanes[i].source & 31] : 0x7ff8beef7fc0beefULL;
            lanes[i].state = RUNNING;
            ready[ready_count++] = warp * LANES + i;
        }
    }
}

static lun_fiber *go_on_with(int i)
{
    running = i;
    threadIdx = threads[i].at;
    return threads[i].fiber;
}

static lun_fiber *next_fiber(lun_fiber *self)
{
    for (;;) {
        if (ready_count && (!chance || begun == size || chance_below(4))) {
            if (chance) std::swap(ready[chance_below((unsigned)ready_count)], ready[ready_count - 1]);
            return go_on_with(ready[--ready_count]);
        }
        if (begun < size) {
            lun_fiber *f = idle_count ? idle[--idle_count] : new_fiber();
            if (!f) {
                add(0, "no memory for the stacks of its threads");
                give_up(self);
            }
            return f;
        }
        if (finished == size) return &host;
        if (!open_block()) {
            say_who_waits();
            give_up(self);
        }
    }
}

static void leave(lun_fiber *self)
{
    lun_fiber *next = next_fiber(self);
    if (next != self) lun_fiber_switch(self, next);
}

static void run_threads()
{
    lun_fiber_arrived();
    lun_fiber *self = NULL;
    for (;;) {
        while (begun < size) {
            running = order[begun++];
            thread &t = threads[running];
            if (self) t.fiber = self;
            else self = t.fiber = &fibers[fiber_count - 1]; /* a fiber begins right after it was made */
            t.at.x = (unsigned)running % blockDim.x;
            t.at.y = (unsigned)running / blockDim.x % blockDim.y;
            t.at.z = (unsigned)running / (blockDim.x * blockDim.y);
            t.state = RUNNING;
            threadIdx = t.at;
            (*body)();
            thread &done = threads[running]; /* this fiber's thread again, whoever ran in between */
            done.state = FINISHED;
            finished++;
            warp_alive[running / LANES] &= ~(1U << running % LANES);
            if (warp_waiting[running / LANES]) open_warp(running / LANES);
            if (ready_count && chance) break; /* in a shuffled order, those may go first */
        }
        idle[idle_count++] = self;
        leave(self);
    }
}

static thread &stop_here(const char *file, int line, thread_state state, int kind)
{
    thread &t = threads[running];
    t.file = file;
    t.line = line;
    t.state = state;
    t.kind = kind;
    t.mask = 0;
    return t;
}

int lun_host_block(lun_host_barrier kind, int value, const char *file, int line)
{
    thread &t = stop_here(file, line, AT_BLOCK, kind);
    t.value = (uint64_t)value;
    leave(t.fiber);
    return (int)t.value;
}

uint64_t lun_host_warp_value(lun_host_warp kind, unsigned mask, uint64_t value, int source, const char *file, int line)
{
    thread &t = stop_here(file, line, AT_WARP, kind);
    t.mask = mask;
    t.value = value;
    t.source = source;
    const int lane = running % LANES, warp = running / LANES;
    if (!(mask >> lane & 1)) {
        add(0, "thread %d names mask %08x, which does not hold its own lane %d (%s:%d)", running, mask, lane, file, line);
        give_up(t.fiber);
    }
    warp_waiting[warp] |= 1U << lane;
    if (!(mask & warp_alive[warp] & ~warp_waiting[warp])) open_warp(warp);
    leave(t.fiber);
    return t.value;
}

/* --- the grid ----------------------------------------------------------------------------------------------------------------- */

static bool run_block(size_t shared)
{
    begun = finished = ready_count = 0;
    memset(warp_waiting, 0, sizeof warp_waiting);
    for (int i = 0; i < size; i++) warp_alive[i / LANES] = i % LANES ? warp_alive[i / LANES] << 1 | 1 : 1;
    if (shared) memset(shared_memory, 0xff, shared);
    for (int i = 0; i < size; i++) copies[i].clear(), commits[i] = 0;
    for (int i = 0; i < size; i++) threads[i].state = RUNNING, threads[i].file = "", threads[i].line = 0;
    if (chance)
        for (int i = size - 1; i > 0; i--) std::swap(order[i], order[chance_below((unsigned)i + 1)]);
    lun_fiber *first = idle_count ? idle[--idle_count] : new_fiber();
    if (first) lun_fiber_switch(&host, first);
    else add(0, "no memory for the stacks of its threads");
    if (!problem[0]) return true;
    idle_count = fiber_count = 0; /* all begin anew: some stand in the middle of a kernel */
    return false;
}

/* A number without a common divisor with n, so that i -> i * step mod n meets every block once. */
static uint64_t step_through(uint64_t n)
{
    for (;;) {
        uint64_t step = n > 1 ? 1 + chance_below((unsigned)(n < 0xffffffff ? n : 0xffffffff)) : 1, a = n, b = step % n;
        while (b) std::swap(a, b), b %= a;
        if (a == 1 || n == 1) return step;
    }
}

static bool run_grid(const char *what, dim3 grid, dim3 block, size_t shared)
{
    const char *asked = getenv("LUNETTE_HOST_DEVICE_ORDER");
    static uint64_t launches;
    const uint64_t seed = asked ? strtoull(asked, NULL, 10) : 0;
    chance = seed ? (seed + ++launches) * 0x9e3779b97f4a7c15ULL | 1 : 0;
    for (int i = 0; i < 8 && chance; i++) chance_below(2); /* small seeds differ in few bits at first */
    size = (int)(block.x * block.y * block.z);
    gridDim = grid;
    blockDim = block;
    problem[0] = 0;
    for (int i = 0; i < size; i++) order[i] = i;
    const uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z, step = chance ? step_through(blocks) : 1;
    for (uint64_t i = 0, at = 0; i < blocks; i++, at = (at + step) % blocks) {
        blockIdx.x = (unsigned)(at % grid.x);
        blockIdx.y = (unsigned)(at / grid.x % grid.y);
        blockIdx.z = (unsigned)(at / ((uint64_t)grid.x * grid.y));
        if (!run_block(shared)) {
            lun_fail(LUN_E_INTERNAL, NULL, "%s: %s", what, problem);
            return false;
        }
    }
    return true;
}

bool lun_host_launch(const char *what, dim3 grid, dim3 block, size_t shared, const std::function<void()> &kernel)
{
    const uint64_t count = (uint64_t)block.x * block.y * block.z;
    if (count < 1 || count > MOST_THREADS || block.z > 64 || !grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 ||
        grid.z > 65535 || shared > lun_host_shared_limit()) {
        lun_fail(LUN_E_INTERNAL, NULL, "%s: CUDA has no grid of %u,%u,%u blocks of %u,%u,%u threads with %zu bytes of shared memory", what,
                 grid.x, grid.y, grid.z, block.x, block.y, block.z, shared);
        return false;
    }
    const cudaError_t result = lun_host_do([=] {
        std::lock_guard<std::mutex> hold(lock);
        body = &kernel;
        lun_host_memory_open();
        bool good = run_grid(what, grid, block, shared);
        lun_host_memory_close();
        return good ? cudaSuccess : cudaErrorLaunchFailure;
    });
    lun_host_fault(what);
    return result == cudaErrorIllegalAddress && lun_cuda_check ? lun_cuda_check(result, what) : result == cudaSuccess;
}
