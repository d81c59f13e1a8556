/* alloc.c - free lists for records, a capped cache for data, the budget
 *
 * Records: per-thread free lists per 64-byte class, carved from 64 KiB slabs that stay with the process; a thread that ends leaves
 * its lists to the others. Data: four size classes per power of two (at most 25 % waste), one free list each under one lock. A full
 * cache makes room for what comes back by giving up what has waited longest. Buffers of 1 MiB and more are mappings of their own, because
 * malloc would keep what is given up (peak of a gpt step 165 MB, so 148). Under AddressSanitizer every record and every buffer is its own
 * malloc, so that misuse shows.
 * Holds: cached bytes <= max(96 MiB, live / 2). SPDX-License-Identifier: MIT
 */
#include "core/alloc.h"

#include "core/error.h"
#include "core/touched.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define PLAIN_MALLOC 1
#else
#define PLAIN_MALLOC 0
#endif

enum { BLOCK_STEP = 64, BLOCK_CLASSES = 32, SLAB_BYTES = 64 * 1024, ALIGNMENT = 64, DATA_CLASSES = 192, HUGE_PAGE = 2 << 20 };
static const size_t cache_floor = (size_t)96 << 20, mapped_from = (size_t)1 << 20;

typedef struct free_item { struct free_item *next; } free_item;

/* What a thread has of records. `out` counts those it got less those it put back; the sum over all threads is what is out. */
typedef struct records {
    free_item *free[BLOCK_CLASSES];
    int64_t out;
    bool known; /* it stands in `threads.first` */
    struct records *next;
} records;
static __thread records mine __attribute__((tls_model("initial-exec")));
static struct {
    pthread_mutex_t lock;
    free_item *list[DATA_CLASSES];
    uint64_t used[DATA_CLASSES]; /* when the class was last asked for: memory.allocations of that time */
    lun_memory memory;
} data = {.lock = PTHREAD_MUTEX_INITIALIZER};
static struct { pthread_mutex_t lock; records *first, left; } threads = {.lock = PTHREAD_MUTEX_INITIALIZER}; /* left: by those that ended */
static int64_t elsewhere;
static uint64_t elsewhere_allocated;
static void (*pressure_callback)(void *);
static void *pressure_argument;
static long fail_countdown = -1; /* LUN_FAIL_ALLOC: calls left until one fails; -1 off */

void lun_alloc_started(void)
{
    const char *text = getenv("LUN_FAIL_ALLOC");
    fail_countdown = text ? strtol(text, NULL, 10) : -1;
}

static bool must_fail(void)
{
    if (__builtin_expect(fail_countdown < 0, 1)) return false;
    return fail_countdown > 0 && --fail_countdown == 0;
}

static void *out_of_memory(size_t bytes)
{
    lun_fail(LUN_E_MEMORY, "set what is no longer needed to nil, or use a smaller batch",
             "out of memory: %.1f MB asked for, %.1f MB in use, budget %.1f MB", (double)bytes / 1e6,
             (double)data.memory.live / 1e6, (double)data.memory.budget / 1e6);
    return NULL;
}

/* ---- records ---- */

/* When a thread ends, its lists and count stay for the others. */
static void leave(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&threads.lock);
    for (size_t class = 0; class < BLOCK_CLASSES; class++) {
        free_item **end = &mine.free[class];
        while (*end) end = &(*end)->next;
        *end = threads.left.free[class];
        threads.left.free[class] = mine.free[class];
    }
    threads.left.out += mine.out;
    records **link = &threads.first;
    while (*link != &mine) link = &(*link)->next;
    *link = mine.next;
    mine = (records){0};
    pthread_mutex_unlock(&threads.lock);
}

static pthread_key_t at_end;
static bool key_made;
static void make_key(void) { key_made = pthread_key_create(&at_end, leave) == 0; }
/* The module may be unloaded before a thread of its host ends. */
__attribute__((destructor)) static void delete_key(void)
{
    if (key_made) pthread_key_delete(at_end);
}

static void make_known(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    if (key_made) pthread_setspecific(at_end, &mine);
    pthread_mutex_lock(&threads.lock);
    mine.known = true;
    mine.next = threads.first;
    threads.first = &mine;
    pthread_mutex_unlock(&threads.lock);
}

/* Without the cost of an atomic addition: only the thread itself writes its count. */
static void count(int64_t more)
{
    if (__builtin_expect(!mine.known, 0)) make_known();
    __atomic_store_n(&mine.out, mine.out + more, __ATOMIC_RELAXED);
}

static size_t records_out(void)
{
    pthread_mutex_lock(&threads.lock);
    int64_t out = threads.left.out;
    for (const records *r = threads.first; r; r = r->next) out += __atomic_load_n(&r->out, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&threads.lock);
    return (size_t)out;
}

static bool take_what_was_left(size_t class)
{
    pthread_mutex_lock(&threads.lock);
    mine.free[class] = threads.left.free[class];
    threads.left.free[class] = NULL;
    pthread_mutex_unlock(&threads.lock);
    return mine.free[class] != NULL;
}

static bool refill(size_t class)
{
    if (take_what_was_left(class)) return true;
    size_t bytes = (class + 1) * BLOCK_STEP, blocks = SLAB_BYTES / bytes;
    char *slab = aligned_alloc(ALIGNMENT, SLAB_BYTES);
    if (!slab) return false;
    for (size_t i = blocks; i-- > 0;) {
        free_item *item = (free_item *)(void *)(slab + i * bytes);
        item->next = mine.free[class];
        mine.free[class] = item;
    }
    return true;
}

void *lun_block_get(size_t bytes)
{
    size_t class = (bytes ? bytes - 1 : 0) / BLOCK_STEP;
    void *block = NULL;
    if (!must_fail()) {
        if (class >= BLOCK_CLASSES || PLAIN_MALLOC) {
            block = aligned_alloc(ALIGNMENT, (class + 1) * BLOCK_STEP);
        } else if (mine.free[class] || refill(class)) {
            block = mine.free[class];
            mine.free[class] = mine.free[class]->next;
        }
    }
    if (!block) return out_of_memory(bytes);
    count(1);
    return block;
}

void lun_block_put(void *block, size_t bytes)
{
    if (!block) return;
    size_t class = (bytes ? bytes - 1 : 0) / BLOCK_STEP;
    count(-1);
    if (class >= BLOCK_CLASSES || PLAIN_MALLOC) {
        free(block);
        return;
    }
    free_item *item = block;
    item->next = mine.free[class];
    mine.free[class] = item;
}

bool lun_block_grow(void *array, size_t *room, size_t size, size_t first)
{
    const size_t more = *room ? 2 * *room : first;
    void *old, *fresh = lun_block_get(more * size);
    if (!fresh) return false;
    memcpy(&old, array, sizeof old); /* a pointer of another type */
    if (*room) memcpy(fresh, old, *room * size);
    lun_block_put(old, *room * size);
    memcpy(array, &fresh, sizeof fresh);
    *room = more;
    return true;
}

/* ---- budget ---- */

static size_t read_number(const char *path, const char *key)
{
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    char line[128];
    unsigned long long value = 0;
    while (fgets(line, sizeof line, f)) {
        if (!key && sscanf(line, "%llu", &value) == 1) break;
        if (key && !strncmp(line, key, strlen(key)) && sscanf(line + strlen(key), "%llu", &value) == 1) break;
    }
    fclose(f);
    return (size_t)value;
}

static size_t default_budget(void)
{
    size_t available = read_number("/proc/meminfo", "MemAvailable:") * 1024;
    size_t group = read_number("/sys/fs/cgroup/memory.max", NULL);
    if (!available) available = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    if (group && group < available) available = group;
    return available / 5 * 4;
}

/* ---- data ---- */

/* Class k holds blocks of class_bytes(k): 64 << (k/4), times 1, 1.25, 1.5, 1.75. */
static size_t class_bytes(size_t class) { return ((size_t)64 << (class / 4)) / 4 * (4 + class % 4); }

static size_t class_of(size_t bytes)
{
    if (bytes <= 64) return 0;
    size_t power = 63 - (size_t)__builtin_clzl(bytes - 1); /* 2^power <= bytes - 1 */
    size_t class = (power - 6) * 4;
    while (class_bytes(class) < bytes) class++;
    return class;
}

/* Large blocks lie on huge pages where the system gives them when asked: a walk all over one misses fewer translations. */
static void *map(size_t bytes)
{
    const size_t slack = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : 0;
    char *whole = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (whole == MAP_FAILED) return NULL;
    const size_t before = slack ? (HUGE_PAGE - (uintptr_t)whole % HUGE_PAGE) % HUGE_PAGE : 0;
    char *block = whole + before;
    if (before) munmap(whole, before);
    if (slack > before) munmap(block + bytes, slack - before);
    if (slack) madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
    return block;
}

static bool is_mapped(size_t bytes) { return !PLAIN_MALLOC && bytes >= mapped_from; }

static void *from_system(size_t bytes)
{
    return is_mapped(bytes) ? map(bytes) : aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

static void to_system(void *block, size_t bytes)
{
    if (is_mapped(bytes)) munmap(block, bytes);
    else free(block);
}

static void release_one(size_t class)
{
    free_item *item = data.list[class];
    data.list[class] = item->next;
    data.memory.cached -= class_bytes(class);
    to_system(item, class_bytes(class));
}

static void release_cache(void)
{
    for (size_t class = 0; class < DATA_CLASSES; class++)
        while (data.list[class]) release_one(class);
}

/* Gives up cached buffers of other classes, those first that were not asked for longest, until `bytes` more would fit below the cap. */
static bool make_room(size_t bytes, size_t cap)
{
    while (data.memory.cached + bytes > cap) {
        size_t oldest = DATA_CLASSES;
        for (size_t class = 0; class < DATA_CLASSES; class++)
            if (data.list[class] && (oldest == DATA_CLASSES || data.used[class] < data.used[oldest])) oldest = class;
        if (oldest == DATA_CLASSES || class_bytes(oldest) == bytes) return false;
        release_one(oldest);
    }
    return true;
}

/* Under the lock. */
static void *take(size_t class)
{
    size_t bytes = class_bytes(class);
    free_item *item = data.list[class];
    data.used[class] = data.memory.allocations;
    if (item) {
        data.list[class] = item->next;
        data.memory.cached -= bytes;
        return item;
    }
    if (data.memory.live + data.memory.cached + bytes > data.memory.budget) release_cache();
    void *fresh = from_system(bytes);
    if (!fresh && data.memory.cached) {
        release_cache();
        fresh = from_system(bytes);
    }
    return fresh;
}

static bool within_budget(size_t bytes)
{
    if (!data.memory.budget) data.memory.budget = default_budget();
    return bytes <= data.memory.budget && data.memory.live <= data.memory.budget - bytes;
}

void *lun_data_get(size_t bytes)
{
    if (must_fail() || bytes > (size_t)1 << 47) return out_of_memory(bytes);
    size_t class = class_of(bytes), capacity = class_bytes(class);
    pthread_mutex_lock(&data.lock);
    bool fits = within_budget(capacity);
    if (!fits) {
        pthread_mutex_unlock(&data.lock);
        lun_touched_empty();
        pthread_mutex_lock(&data.lock);
        fits = within_budget(capacity);
    }
    if (!fits && pressure_callback) { /* the collector may free tensors: it comes back through lun_data_put */
        pthread_mutex_unlock(&data.lock);
        pressure_callback(pressure_argument);
        pthread_mutex_lock(&data.lock);
        fits = within_budget(capacity);
    }
    void *result = fits ? take(class) : NULL;
    if (result) {
        data.memory.live += capacity;
        data.memory.allocations++;
        data.memory.allocated += capacity;
        if (data.memory.live > data.memory.peak) data.memory.peak = data.memory.live;
    }
    pthread_mutex_unlock(&data.lock);
    return result ? result : out_of_memory(bytes);
}

void lun_data_put(void *block, size_t bytes)
{
    if (!block) return;
    size_t class = class_of(bytes), capacity = class_bytes(class);
    pthread_mutex_lock(&data.lock);
    data.memory.live -= capacity;
    size_t cap = data.memory.live / 2 > cache_floor ? data.memory.live / 2 : cache_floor;
    bool keep = !PLAIN_MALLOC && capacity <= cap && make_room(capacity, cap);
    if (keep) {
        free_item *item = block;
        item->next = data.list[class];
        data.list[class] = item;
        data.memory.cached += capacity;
    }
    pthread_mutex_unlock(&data.lock);
    if (!keep) to_system(block, capacity);
}

void lun_data_unused(void *block, size_t bytes)
{
    lun_data_put(block, bytes);
    pthread_mutex_lock(&data.lock);
    data.memory.allocations--;
    data.memory.allocated -= class_bytes(class_of(bytes));
    pthread_mutex_unlock(&data.lock);
}

void lun_memory_get(lun_memory *out)
{
    pthread_mutex_lock(&data.lock);
    within_budget(0);
    *out = data.memory;
    pthread_mutex_unlock(&data.lock);
    out->blocks = records_out();
    out->elsewhere = __atomic_load_n(&elsewhere, __ATOMIC_RELAXED);
    out->elsewhere_allocated = __atomic_load_n(&elsewhere_allocated, __ATOMIC_RELAXED);
}

void lun_memory_reset_peak(void)
{
    pthread_mutex_lock(&data.lock);
    data.memory.peak = data.memory.live;
    pthread_mutex_unlock(&data.lock);
}

void lun_memory_set_budget(size_t bytes)
{
    pthread_mutex_lock(&data.lock);
    data.memory.budget = bytes ? bytes : default_budget();
    pthread_mutex_unlock(&data.lock);
}

size_t lun_memory_empty_cache(void)
{
    lun_touched_empty();
    pthread_mutex_lock(&data.lock);
    size_t bytes = data.memory.cached;
    release_cache();
    pthread_mutex_unlock(&data.lock);
    return bytes;
}

void lun_memory_on_pressure(void (*pressure)(void *), void *argument)
{
    pressure_callback = pressure;
    pressure_argument = argument;
}

void lun_memory_pressure(void)
{
    if (pressure_callback) pressure_callback(pressure_argument);
}

void lun_memory_elsewhere(int64_t bytes)
{
    __atomic_add_fetch(&elsewhere, bytes, __ATOMIC_RELAXED);
    if (bytes > 0) __atomic_add_fetch(&elsewhere_allocated, (uint64_t)bytes, __ATOMIC_RELAXED);
}
