/* capture.c - what a cell writes, caught on its way out
 *
 * Holds: the pipes and the thread live as long as the program once they were needed, so a program that a cell left running
 * in the background never writes into nothing. What both sides touch is under one mutex; the thread blocks all signals. Read
 * next: capture.h. SPDX-License-Identifier: MIT
 */
#include "repl/capture.h"

#include "repl/console.h"
#include "repl/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS = 2, PIECE = 65536 };

typedef struct stream {
    int reader, writer, real;      /* both ends of the pipe, and where it would have gone */
    lun_text kept;
    size_t dropped;
} stream;

static struct {
    stream streams[STREAMS];
    lun_capture_limits limits;
    lun_capture_verdict verdict;
    pthread_t caller;              /* the thread that runs cells */
    double deadline;               /* 0: none */
    size_t total;
    bool ready, active, paused, echo, settled;
    int bell[2];                   /* a byte in it asks the thread to settle */
} capture = {.bell = {-1, -1}};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void write_all(int to, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(to, bytes, length);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; /* nobody reads: the record is what matters */
        bytes += n;
        length -= (size_t)n;
    }
}

/* --- the thread ----------------------------------------------------------------------------------------- */

/* Under the mutex. As often as it takes: a training loop only notes the first Ctrl-C, and who waits for a program hears none. */
static void step_in(lun_capture_verdict verdict)
{
    if (capture.verdict != LUN_CAPTURE_RAN) lun_console_interrupt_children((long)getpid());
    else capture.verdict = verdict;
    pthread_kill(capture.caller, SIGINT);
    capture.deadline = now() + 1;
}

/* Takes in what stands in the pipe. */
static void drain(stream *s)
{
    char piece[PIECE];
    ssize_t n;
    while ((n = read(s->reader, piece, sizeof piece)) > 0) {
        pthread_mutex_lock(&mutex);
        size_t length = (size_t)n, room = s->kept.length < capture.limits.kept ? capture.limits.kept - s->kept.length : 0;
        lun_text_add(&s->kept, piece, length < room ? length : room);
        s->dropped += length < room ? 0 : length - room;
        size_t before = capture.total, flood = capture.limits.flood;
        capture.total += length;
        if (flood && before <= flood && capture.total > flood) step_in(LUN_CAPTURE_FLOOD);
        bool shows = capture.echo && capture.verdict != LUN_CAPTURE_FLOOD;
        pthread_mutex_unlock(&mutex);
        if (shows) write_all(s->real, piece, length);
    }
}

static int wait_time(void)
{
    pthread_mutex_lock(&mutex);
    double left = capture.deadline > 0 ? capture.deadline - now() : -1;
    pthread_mutex_unlock(&mutex);
    if (left < 0) return capture.deadline > 0 ? 0 : -1;
    return left > 60 ? 60000 : (int)(left * 1000) + 1;
}

static void look_at_clock(void)
{
    pthread_mutex_lock(&mutex);
    if (capture.deadline > 0 && now() >= capture.deadline)
        step_in(LUN_CAPTURE_TIME);
    pthread_mutex_unlock(&mutex);
}

static void *collect(void *unused)
{
    struct pollfd ends[STREAMS + 1];
    (void)unused;
    for (int i = 0; i <= STREAMS; i++)
        ends[i] = (struct pollfd){.fd = i < STREAMS ? capture.streams[i].reader : capture.bell[0], .events = POLLIN};
    for (;;) {
        char byte;
        poll(ends, STREAMS + 1, wait_time());
        bool asked = read(capture.bell[0], &byte, 1) == 1; /* looked at first: what was written before is there by now */
        for (int i = 0; i < STREAMS; i++) drain(&capture.streams[i]);
        look_at_clock();
        if (!asked) continue;
        pthread_mutex_lock(&mutex);
        capture.settled = true;
        pthread_cond_signal(&news);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

/* --- for the caller ------------------------------------------------------------------------------------- */

static bool open_pipes(void)
{
    for (int i = 0; i <= STREAMS; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return false;
        if (i == STREAMS) capture.bell[0] = ends[0], capture.bell[1] = ends[1];
        else capture.streams[i].reader = ends[0], capture.streams[i].writer = ends[1];
    }
    return true;
}

static bool start_thread(void)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&thread, NULL, collect, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem == 0) pthread_detach(thread);
    errno = problem;
    return problem == 0;
}

static void turn(bool into_pipes)
{
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < STREAMS; i++) dup2(into_pipes ? capture.streams[i].writer : capture.streams[i].real, i + 1);
}

bool lun_capture_start(const lun_capture_limits *limits, bool echo)
{
    if (capture.active) return errno = EBUSY, false;
    if (!capture.ready && (!open_pipes() || !start_thread())) return false;
    capture.ready = true;
    for (int i = 0; i < STREAMS; i++) {
        stream *s = &capture.streams[i];
        s->real = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
        if (s->real < 0 && i > 0) close(capture.streams[0].real);
        if (s->real < 0) return false;
    }
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < STREAMS; i++) lun_text_cut(&capture.streams[i].kept, 0), capture.streams[i].dropped = 0;
    capture.limits = *limits;
    capture.verdict = LUN_CAPTURE_RAN;
    capture.caller = pthread_self();
    capture.deadline = limits->seconds > 0 ? now() + limits->seconds : 0;
    capture.total = 0;
    capture.echo = echo;
    pthread_mutex_unlock(&mutex);
    capture.active = true;
    turn(true);
    lun_capture_settle(); /* the thread learns of the deadline, and drops what an earlier cell's programs wrote since */
    return true;
}

void lun_capture_settle(void)
{
    if (!capture.active || capture.paused) return;
    fflush(stdout);
    fflush(stderr);
    pthread_mutex_lock(&mutex);
    capture.settled = false;
    pthread_mutex_unlock(&mutex);
    write_all(capture.bell[1], "", 1);
    pthread_mutex_lock(&mutex);
    while (!capture.settled) pthread_cond_wait(&news, &mutex);
    pthread_mutex_unlock(&mutex);
}

void lun_capture_take(int which, char **bytes, size_t *length, size_t *dropped)
{
    stream *s = &capture.streams[which];
    pthread_mutex_lock(&mutex);
    *bytes = s->kept.bytes;
    *length = s->kept.bytes ? s->kept.length : 0;
    *dropped = s->dropped;
    s->kept = (lun_text){0};
    s->dropped = 0;
    pthread_mutex_unlock(&mutex);
}

void lun_capture_echo(int which, const char *bytes, size_t length)
{
    if (!capture.active || !capture.echo) return;
    lun_capture_settle();
    write_all(capture.streams[which].real, bytes, length);
}

void lun_capture_pause(void)
{
    if (!capture.active || capture.paused) return;
    lun_capture_settle();
    pthread_mutex_lock(&mutex);
    capture.deadline = 0; /* a person who thinks takes as long as it takes */
    pthread_mutex_unlock(&mutex);
    turn(false);
    capture.paused = true;
}

void lun_capture_resume(void)
{
    if (!capture.active || !capture.paused) return;
    turn(true);
    capture.paused = false;
}

lun_capture_verdict lun_capture_stop(void)
{
    lun_capture_resume();
    lun_capture_settle();
    pthread_mutex_lock(&mutex);
    capture.deadline = 0;
    lun_capture_verdict verdict = capture.verdict;
    pthread_mutex_unlock(&mutex);
    turn(false);
    for (int i = 0; i < STREAMS; i++) close(capture.streams[i].real);
    capture.active = false;
    return verdict;
}
