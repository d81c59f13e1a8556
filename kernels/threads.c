/* threads.c - the pool behind kernels/threads.h
 *
 * One word, `gate`, says whether a job is open and how many workers are inside it. The caller opens the gate, works itself, closes
 * the gate when no piece is left to claim, and waits only for the workers that went in. So a worker that the kernel does not
 * schedule costs nothing. `round` counts jobs; idle workers watch it for about 50 us, then sleep on it (futex).
 * Holds: the job's fields are written only while the gate is shut and empty. One caller owns the pool at a time (`owned`).
 * Both threads on one core: a worker that finds itself on the caller's core moves away (and stays free to be moved later),
 * because a lasting bind would put two processes on one core.
 * Read next: kernels/iter.h. SPDX-License-Identifier: MIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernels/threads.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    GATE_OPEN = 1 << 30,    /* a job may be joined */
    GATE_WAITED = 1 << 29,  /* the caller sleeps until the last worker leaves */
    GATE_INSIDE = 0xffff    /* how many workers are inside */
};
static const int64_t spin_ns = 50000;       /* how long an idle worker stays hot */
static const double hot_share_ns = 250;     /* work that makes one more hot thread worth it: two share 0.5 us */
static const double asleep_share_ns = 60000; /* the same for a sleeping thread: two share 120 us */
static const int64_t stream_gap_ns = 1000000; /* jobs that follow each other closer than this are one stream */

static struct {
    lun_piece *body;
    void *argument;
    int helpers;            /* how many workers may be inside at once */
    int cpu;                /* where the caller runs */
    int shares;             /* how many shares the pieces are cut into: one for each thread, at most */
    _Atomic bool cancelled;
    struct { _Alignas(64) _Atomic int64_t next; int64_t end; } share[LUN_THREADS_MAX]; /* the next piece to claim of each */
} job;

static _Atomic uint32_t gate, round_number;
static _Atomic int owned, sleepers, stopping;
static _Atomic(bool (*)(void)) poll_interrupt;
static _Atomic int wanted;  /* threads asked for; 0: not yet known */
static int started;         /* workers alive */
static int64_t last_missed;  /* when a job last went without a sleeping worker */
static double missed_ns;    /* and how much work went so since the stream of jobs began */
static pthread_t workers[LUN_THREADS_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool inside_job;

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void futex(_Atomic uint32_t *word, int what, uint32_t value)
{
    syscall(SYS_futex, word, what | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The pieces of one share that are left. */
static void run_share(int number, bool (*interrupted)(void))
{
    while (!atomic_load_explicit(&job.cancelled, memory_order_relaxed)) {
        int64_t piece = atomic_load_explicit(&job.share[number].next, memory_order_relaxed);
        if (piece >= job.share[number].end) {
            return;
        }
        piece = atomic_fetch_add_explicit(&job.share[number].next, 1, memory_order_relaxed);
        if (piece >= job.share[number].end) {
            return;
        }
        job.body(piece, job.argument);
        if (interrupted && interrupted()) {
            atomic_store(&job.cancelled, true);
        }
    }
}

/* Pieces of its own share first, then what others have left: from job to job a thread finds in its cache what it worked on. */
static void run_pieces(int own, bool polls)
{
    bool (*interrupted)(void) = polls ? atomic_load_explicit(&poll_interrupt, memory_order_relaxed) : NULL;
    for (int i = 0; i < job.shares; i++) {
        run_share((own + i) % job.shares, interrupted);
    }
}

/* Moves this thread off the caller's core by narrowing its mask for a moment. */
static void move_away(size_t cpu)
{
    cpu_set_t all, rest;
    if (sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2 || !CPU_ISSET(cpu, &all)) {
        return;
    }
    rest = all;
    CPU_CLR(cpu, &rest);
    if (sched_setaffinity(0, sizeof rest, &rest) == 0) {
        sched_setaffinity(0, sizeof all, &all);
    }
}

static void leave_job(void)
{
    uint32_t g = atomic_fetch_sub(&gate, 1);
    if ((g & GATE_WAITED) && (g & GATE_INSIDE) == 1) {
        futex(&gate, FUTEX_WAKE, 1);
    }
}

static bool join_job(void)
{
    uint32_t g = atomic_load(&gate);
    while (g & GATE_OPEN) {
        if (atomic_compare_exchange_weak(&gate, &g, g + 1)) {
            if ((int)(g & GATE_INSIDE) < job.helpers) { /* readable only now that we are inside */
                return true;
            }
            leave_job();
            return false;
        }
    }
    return false;
}

/* Returns when round_number differs from `seen`. */
static void await_round(uint32_t seen)
{
    int64_t since = now_ns();
    for (unsigned turn = 1; atomic_load(&round_number) == seen; turn++) {
        relax();
        if (turn % 64 == 0 && now_ns() - since > spin_ns) {
            atomic_fetch_add(&sleepers, 1);
            while (atomic_load(&round_number) == seen) {
                futex(&round_number, FUTEX_WAIT, seen);
            }
            atomic_fetch_sub(&sleepers, 1);
        }
    }
}

static void *worker(void *argument)
{
    int own = 1 + (int)(intptr_t)argument;
    uint32_t seen = 0;
    inside_job = true; /* a job that a piece starts runs right here */
    while (!atomic_load(&stopping)) {
        await_round(seen);
        seen = atomic_load(&round_number);
        if (join_job()) {
            int cpu = job.cpu;
            bool stacked = cpu >= 0 && cpu == sched_getcpu();
            run_pieces(own, false);
            leave_job();
            if (stacked) {
                move_away((size_t)cpu);
            }
        }
    }
    return NULL;
}

static int cores_of_mask(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > LUN_THREADS_MAX ? LUN_THREADS_MAX : n;
}

static int default_threads(void)
{
    const char *text = getenv("LUNETTE_THREADS");
    if (text && *text) {
        char *end;
        long n = strtol(text, &end, 10);
        if (*end == '\0' && n >= 1 && n <= LUN_THREADS_MAX) {
            return (int)n;
        }
    }
    return cores_of_mask();
}

/* In a forked child only the forking thread lives: forget the workers and whatever job the parent was in. */
static void after_fork(void)
{
    atomic_store(&gate, 0);
    atomic_store(&sleepers, 0);
    atomic_store(&owned, 0);
    started = 0;
}

static void prepare(void)
{
    pthread_atfork(NULL, NULL, after_fork);
    if (wanted == 0) {
        wanted = default_threads();
    }
}

int lun_threads(void)
{
    pthread_once(&once, prepare);
    return wanted;
}

/* Starts missing workers; fewer threads than wanted is no error. Called by the owner of the pool. */
static void start_workers(void)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < wanted - 1) {
        if (pthread_create(&workers[started], NULL, worker, (void *)(intptr_t)started) != 0) {
            wanted = started + 1;
            break;
        }
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_workers(void)
{
    atomic_store(&stopping, 1);
    atomic_fetch_add(&round_number, 1);
    futex(&round_number, FUTEX_WAKE, INT32_MAX);
    for (int i = 0; i < started; i++) {
        pthread_join(workers[i], NULL);
    }
    started = 0;
    atomic_store(&stopping, 0);
}

static bool own_pool(void)
{
    int nobody = 0;
    return atomic_compare_exchange_strong(&owned, &nobody, 1);
}

bool lun_threads_set(int n)
{
    pthread_once(&once, prepare);
    if (n < 0 || n > LUN_THREADS_MAX || inside_job || !own_pool()) {
        return false;
    }
    stop_workers();
    wanted = n ? n : default_threads();
    atomic_store(&owned, 0);
    return true;
}

__attribute__((destructor)) void lun_threads_stop(void)
{
    if (!inside_job && own_pool()) {
        stop_workers();
        atomic_store(&owned, 0);
    }
}

void lun_threads_on_poll(bool (*interrupted)(void)) { atomic_store(&poll_interrupt, interrupted); }

static bool run_alone(int64_t pieces, lun_piece *body, void *argument)
{
    bool (*interrupted)(void) = inside_job ? NULL : atomic_load_explicit(&poll_interrupt, memory_order_relaxed);
    for (int64_t i = 0; i < pieces; i++) {
        body(i, argument);
        if (interrupted && i + 1 < pieces && interrupted()) {
            return false;
        }
    }
    return true;
}

/* Small jobs in a stream are together worth a worker that is awake: once what they missed would have paid for waking it, it is
 * woken, and stays hot as long as the stream lasts. */
static double with_missed_work(double work_ns)
{
    int64_t now = now_ns();
    if (now - last_missed > stream_gap_ns) {
        missed_ns = 0;
    }
    last_missed = now;
    missed_ns += work_ns;
    if (missed_ns < 2 * asleep_share_ns) {
        return work_ns;
    }
    double all = missed_ns;
    missed_ns = 0;
    return all;
}

/* How many workers this much work deserves, those asleep being dear. */
static int helpers_for(int64_t pieces, double work_ns, int *wake)
{
    int asleep = wanted - 1 - started + atomic_load(&sleepers), hot = wanted - 1 - asleep;
    double by_work = work_ns / hot_share_ns - 1;
    double by_sleep = (hot + 1 < pieces && asleep ? with_missed_work(work_ns) : work_ns) / asleep_share_ns - 1;
    if (started < wanted - 1 && by_sleep >= 1) {
        start_workers();
        asleep = atomic_load(&sleepers), hot = started - asleep;
    }
    int limit = pieces - 1 < started ? (int)(pieces - 1) : started;
    *wake = by_sleep < 1 ? 0 : by_sleep < asleep ? (int)by_sleep : asleep;
    if (hot + *wake == 0 || by_work < 1) {
        return 0;
    }
    return by_work < limit ? (int)by_work : limit;
}

/* The caller has run out of pieces: shut the gate and wait for the workers that are inside. */
static void close_job(void)
{
    uint32_t g = atomic_fetch_and(&gate, ~(uint32_t)GATE_OPEN) & ~(uint32_t)GATE_OPEN;
    for (int turn = 0; g & GATE_INSIDE; turn++) {
        if (turn < 4000) {
            relax();
            g = atomic_load(&gate);
        } else {
            g = atomic_fetch_or(&gate, GATE_WAITED) | GATE_WAITED;
            if (g & GATE_INSIDE) {
                futex(&gate, FUTEX_WAIT, g);
            }
            g = atomic_load(&gate);
        }
    }
    atomic_store(&gate, 0);
}

bool lun_parallel(int64_t pieces, lun_piece *body, void *argument, double work_ns)
{
    pthread_once(&once, prepare);
    if (pieces < 2 || wanted < 2 || inside_job || work_ns < 2 * hot_share_ns || !own_pool()) {
        return run_alone(pieces, body, argument);
    }
    int wake, helpers = helpers_for(pieces, work_ns, &wake);
    if (helpers == 0) {
        atomic_store(&owned, 0);
        return run_alone(pieces, body, argument);
    }
    job.body = body;
    job.argument = argument;
    job.helpers = helpers;
    job.shares = helpers + 1 < pieces ? helpers + 1 : (int)pieces;
    job.cpu = sched_getcpu();
    for (int i = 0; i < job.shares; i++) {
        atomic_store_explicit(&job.share[i].next, pieces / job.shares * i + pieces % job.shares * i / job.shares, memory_order_relaxed);
        job.share[i].end = pieces / job.shares * (i + 1) + pieces % job.shares * (i + 1) / job.shares;
    }
    atomic_store_explicit(&job.cancelled, false, memory_order_relaxed);
    atomic_store(&gate, GATE_OPEN);
    atomic_fetch_add(&round_number, 1);
    if (wake) {
        futex(&round_number, FUTEX_WAKE, (uint32_t)wake);
    }
    inside_job = true;
    run_pieces(0, true);
    inside_job = false;
    close_job();
    bool done = !atomic_load(&job.cancelled);
    atomic_store(&owned, 0);
    return done;
}

void lun_threads_alone(void) { inside_job = true; }
