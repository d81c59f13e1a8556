/* workers.h - what the two sides of a crew of threads share. Read next: workers.c, worker_thread.c. SPDX-License-Identifier: MIT */
#ifndef LUN_LUA_BINDINGS_WORKERS_H
#define LUN_LUA_BINDINGS_WORKERS_H
#include <lua.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LUNL_MOST_WORKERS = 64 };

/* A call on its way there (its arguments) or back (its results, or an error). */
typedef struct lunL_job {
    struct lunL_job *next;
    lua_Integer number, seed;
    bool good, code;
    uint64_t round; /* of clear: an older one is forgotten */
    size_t size;
    char bytes[];
} lunL_job;

typedef struct lunL_crew {
    pthread_mutex_t lock;
    pthread_cond_t wanted, done;
    lunL_job *waiting, *finished;
    int running;          /* calls in the threads' hands */
    uint64_t round;
    atomic_bool stop;
    int threads;
    pthread_t thread[LUNL_MOST_WORKERS];
    size_t code_size;
    char code[];          /* f, package.path, package.cpath, packed */
} lunL_crew;

/* A job with a copy of the bytes, NULL after lun_fail; and its end, NULL is fine. */
lunL_job *lunL_job_new(const char *bytes, size_t size);
void lunL_job_drop(lunL_job *j);

/* What a thread runs; its argument is the crew. */
void *lunL_worker_run(void *crew);
/* The handler of the signal that makes a thread which was told to stop leave its function. */
void lunL_worker_on_stop(int signal);
#endif
