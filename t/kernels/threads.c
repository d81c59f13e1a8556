/* threads.c - the pool runs every piece once, survives forks, nesting, resizing and interrupts
 *
 * Read next: kernels/threads.h. SPDX-License-Identifier: MIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "kernels/threads.h"
#include "t/tap.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECES = 1000 };
static _Atomic int hits[PIECES];
static _Atomic int others; /* pieces run by a thread that is not the test's */
static _Atomic int unblocked; /* workers that could take a signal */
static pthread_t self;

static void spend(long ns)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    do {
        clock_gettime(CLOCK_MONOTONIC, &b);
    } while ((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec < ns);
}

static void hit(int64_t piece, void *argument)
{
    (void)argument;
    atomic_fetch_add(&hits[piece], 1);
    if (!pthread_equal(pthread_self(), self)) {
        sigset_t now;
        pthread_sigmask(SIG_SETMASK, NULL, &now);
        unblocked += !sigismember(&now, SIGINT);
        others++;
    }
    spend(2000);
}

static _Atomic int64_t first_of_worker;

static void hit_and_note(int64_t piece, void *argument)
{
    int64_t none = -1;
    if (!pthread_equal(pthread_self(), self)) {
        atomic_compare_exchange_strong(&first_of_worker, &none, piece);
    }
    hit(piece, argument);
}

static bool each_once(void)
{
    bool all = true;
    for (int i = 0; i < PIECES; i++) {
        all = atomic_exchange(&hits[i], 0) == 1 && all;
    }
    return all;
}

static void outer(int64_t piece, void *argument)
{
    (void)argument;
    for (int i = 0; i < 1; i++) {
        lun_parallel(10, hit, NULL, 1e9);
    }
    atomic_fetch_add(&hits[10 + piece], 1);
}

static _Atomic int polls;
static bool at_once(void) { return ++polls > 0; }

/* Slow enough that a worker cannot finish all pieces before the caller, who polls, has had its turn. */
static void slow_hit(int64_t piece, void *argument)
{
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    hit(piece, argument);
}

static void nothing(int64_t piece, void *argument)
{
    (void)piece;
    (void)argument;
}

static void *caller(void *argument)
{
    for (int i = 0; i < 200; i++) {
        if (!lun_parallel(8, nothing, NULL, 1e6)) {
            *(int *)argument = 1;
        }
    }
    return NULL;
}

int main(void)
{
    self = pthread_self();
    ok(lun_threads() >= 1, "there is at least one thread");
    ok(lun_threads_set(4), "four threads can be asked for, whatever the machine has");
    is_int(lun_threads(), 4, "and are counted");
    ok(!lun_threads_set(-1) && !lun_threads_set(LUN_THREADS_MAX + 1), "nonsense is refused");

    bool good = true;
    for (int i = 0; i < 20; i++) {
        good = lun_parallel(PIECES, hit, NULL, PIECES * 2000.0) && each_once() && good;
    }
    ok(good, "every piece of 20 jobs ran once");
    ok(others > 0, "workers took part");
    is_int(unblocked, 0, "workers block signals");

    /* Shares: a worker begins where it began before, so that its core's cache still has what it worked on. */
    int wanted = lun_threads(), own_share = 0, joined = 0;
    good = lun_threads_set(2);
    for (int i = 0; i < 50; i++) {
        atomic_store(&first_of_worker, -1);
        good = lun_parallel(PIECES, hit_and_note, NULL, PIECES * 2000.0) && each_once() && good;
        int64_t first = atomic_load(&first_of_worker);
        own_share += first == PIECES / 2;
        joined += first >= 0;
    }
    ok(good && own_share > 0, "the worker of two threads begins with the second half (%d of %d times; else it came late)", own_share, joined);
    for (int threads = 2; threads < 9; threads++) {
        good = lun_threads_set(threads) && good;
        for (int64_t pieces = 1; pieces < 24; pieces++) {
            good = lun_parallel(pieces, hit, NULL, 1e6) && good;
            for (int64_t k = 0; k < PIECES; k++) {
                good = atomic_exchange(&hits[k], 0) == (k < pieces) && good;
            }
        }
    }
    ok(good && lun_threads_set(wanted), "each piece of 1 to 23 once, on 2 to 8 threads");

    good = true;
    for (int i = 0; i < 20000; i++) {
        good = lun_parallel(4, nothing, NULL, 2000) && good;
    }
    ok(good, "20000 tiny jobs on hot workers");

    others = 0;
    ok(lun_parallel(PIECES, hit, NULL, 100), "a job too small for workers is done");
    ok(each_once() && others == 0, "by the caller alone");

    ok(lun_parallel(4, outer, NULL, 1e9), "a job inside a job is done");
    good = hits[0] == 4 && hits[9] == 4 && hits[10] == 1 && hits[13] == 1;
    ok(good, "each inner piece ran once per outer piece");
    for (int i = 0; i < PIECES; i++) {
        hits[i] = 0;
    }

    int failed = 0;
    pthread_t callers[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&callers[i], NULL, caller, &failed);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(callers[i], NULL);
    }
    ok(!failed, "three callers at once all get their jobs done");

    lun_threads_on_poll(at_once);
    ok(!lun_parallel(PIECES, slow_hit, NULL, 1e9), "an interrupt is reported");
    int done = 0;
    for (int i = 0; i < PIECES; i++) {
        done += atomic_exchange(&hits[i], 0);
    }
    ok(done < PIECES / 2, "and most pieces were left out (%d ran)", done);
    lun_threads_on_poll(NULL);
    ok(lun_parallel(PIECES, hit, NULL, 1e9) && each_once(), "the next job is whole");

#ifdef __SANITIZE_THREAD__
    skip("thread sanitizer does not follow forks");
#else
    pid_t child = fork();
    if (child == 0) {
        bool whole = lun_parallel(PIECES, hit, NULL, 1e9) && each_once();
        _exit(whole ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    is_int(status, 0, "a forked child has a pool of its own");
#endif

    ok(lun_threads_set(1), "back to one thread");
    others = 0;
    ok(lun_parallel(PIECES, hit, NULL, 1e9) && each_once() && others == 0, "which does it alone");
    ok(lun_threads_set(3) && lun_parallel(PIECES, hit, NULL, 1e9) && each_once(), "and three again");
    lun_threads_stop();
    ok(lun_parallel(PIECES, hit, NULL, 1e9) && each_once(), "a stopped pool starts again");
    return done_testing();
}
