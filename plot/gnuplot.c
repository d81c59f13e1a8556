/* gnuplot.c - starts gnuplot, talks to it, and gets over its death
 *
 * Both directions are polled together, so that neither side can block the other however long the script or the picture is. The
 * end of an answer is a random word that gnuplot prints after the picture, on its output and on its complaints.
 * Holds: the script goes through a socket with MSG_NOSIGNAL, so a dead child is an error and never a SIGPIPE; a forked
 * process never talks to its parent's child. Read next: gnuplot.h, script.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pipe2, posix_spawn in a new session */
#endif
#include "plot/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/context.h"
#include "core/error.h"

extern char **environ;

static struct {
    pid_t child, owner; /* owner: the process that started it */
    int commands, answers, complaints;
    bool exit_is_planned;
    int patience;
} gnuplot = { .commands = -1, .answers = -1, .complaints = -1, .patience = 60 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void lun_gnuplot_word(char word[LUN_WORD_SIZE])
{
    static uint64_t count;
    uint64_t bits[2] = { 0, 0 };
    if (getrandom(bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits) {
        bits[0] = (uint64_t)now_ms() * 0x9e3779b97f4a7c15u;
        bits[1] = (uint64_t)getpid() << 32 | ++count;
    }
    snprintf(word, LUN_WORD_SIZE, "END%016llx%016llx", (unsigned long long)bits[0], (unsigned long long)bits[1]);
}

void lun_gnuplot_patience(int seconds) { gnuplot.patience = seconds; }
bool lun_gnuplot_running(void) { return gnuplot.child > 0 && gnuplot.owner == getpid(); }

static void close_one(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void close_pipes(void)
{
    close_one(&gnuplot.commands);
    close_one(&gnuplot.answers);
    close_one(&gnuplot.complaints);
}

/* Closing its input ends gnuplot; one that does not listen is killed after `grace_ms`. */
static void reap(int grace_ms)
{
    pid_t child = gnuplot.child;
    bool ours = gnuplot.owner == getpid();
    close_pipes();
    gnuplot.child = 0;
    if (child <= 0 || !ours) return;
    for (int waited = 0; waited < grace_ms; waited += 5) {
        if (waitpid(child, NULL, WNOHANG) != 0) return;
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

void lun_gnuplot_close(void) { reap(200); }

/* What gnuplot reads from the environment: no GNUTERM or GNUPLOT_*, no display, and always C numbers and UTF-8 text. */
static char **quiet_environment(void)
{
    size_t count = 0, kept = 0;
    while (environ && environ[count]) count++;
    char **list = calloc(count + 2, sizeof *list);
    if (!list) return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *e = environ[i];
        bool drop = !strncmp(e, "GNU", 3) || !strncmp(e, "LC_", 3) || !strncmp(e, "LANG", 4) || !strncmp(e, "DISPLAY=", 8);
        if (!drop) list[kept++] = environ[i];
    }
    list[kept] = (char *)"LC_ALL=C.UTF-8";
    return list;
}

/* posix_spawn reports a missing program here, not in the child, and does not copy our memory. */
static int spawn(int input, int output, int errors, char **env)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    const int signals[] = { SIGPIPE, SIGINT, SIGTERM, SIGCHLD, SIGQUIT };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&usual, signals[i]);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawn_file_actions_adddup2(&files, input, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_adddup2(&files, errors, 2);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &usual);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    char *const words[] = { (char *)"gnuplot", (char *)"-d", NULL };
    pid_t child = 0;
    int failed = posix_spawnp(&child, "gnuplot", &files, &how, words, env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    if (!failed) gnuplot.child = child;
    return failed;
}

static bool make_pipes(int ours[3], int theirs[3])
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return false;
    ours[0] = pair[0], theirs[0] = pair[1];
    for (int i = 1; i < 3; i++) {
        if (pipe2(pair, O_CLOEXEC)) return false;
        ours[i] = pair[0], theirs[i] = pair[1];
    }
    for (int i = 0; i < 3; i++) {
        /* dup2 onto itself keeps close-on-exec: an end that landed on 0..2 (a closed stdin) moves out of the way */
        if (theirs[i] <= 2) {
            int high = fcntl(theirs[i], F_DUPFD_CLOEXEC, 3);
            if (high < 0) return false;
            close(theirs[i]);
            theirs[i] = high;
        }
        fcntl(ours[i], F_SETFL, fcntl(ours[i], F_GETFL) | O_NONBLOCK);
    }
    return true;
}

static bool start(void)
{
    if (lun_gnuplot_running()) return true;
    reap(0); /* forget a child that belongs to the process we were forked from */
    int ours[3] = { -1, -1, -1 }, theirs[3] = { -1, -1, -1 };
    char **env = quiet_environment();
    int failed = !env ? ENOMEM : !make_pipes(ours, theirs) ? errno : spawn(theirs[0], theirs[1], theirs[2], env);
    free(env);
    for (int i = 0; i < 3; i++) close_one(&theirs[i]);
    gnuplot.commands = ours[0], gnuplot.answers = ours[1], gnuplot.complaints = ours[2];
    if (failed) {
        close_pipes();
        if (failed == ENOENT) {
            lun_fail(LUN_E_PROCESS, "apt install gnuplot-nox (charts in the terminal work without it)",
                     "plot: gnuplot is not installed, or not on PATH");
        } else {
            lun_fail(LUN_E_PROCESS, NULL, "plot: cannot start gnuplot: %s", strerror(failed));
        }
        return false;
    }
    gnuplot.owner = getpid();
    if (!gnuplot.exit_is_planned) gnuplot.exit_is_planned = atexit(lun_gnuplot_close) == 0;
    return true;
}

/* Reads what is there. False when the other side closed. */
static bool read_some(int fd, lun_sheet *into)
{
    char bytes[16384];
    ssize_t got = read(fd, bytes, sizeof bytes);
    if (got > 0) lun_sheet_put(into, bytes, (size_t)got);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Does the text end with the word and a newline? Cuts it off there. */
static bool ends_with(lun_sheet *s, const char *word)
{
    size_t count = strlen(word);
    if (!s->text || s->length < count + 1) return false;
    char *at = s->text + s->length - count - 1;
    if (memcmp(at, word, count) || at[count] != '\n') return false;
    s->length -= count + 1;
    *at = '\0';
    return true;
}

typedef enum { TALK_DONE, TALK_DIED, TALK_SLOW, TALK_STOPPED, TALK_MEMORY } talk_end;

static talk_end talk(const lun_sheet *script, const char *word, lun_sheet *output, lun_sheet *errors)
{
    int64_t deadline = now_ms() + (int64_t)gnuplot.patience * 1000;
    size_t sent = 0;
    bool output_done = false, errors_done = false;
    while (!output_done || !errors_done) {
        if (lun_interrupted()) return TALK_STOPPED;
        if (now_ms() >= deadline) return TALK_SLOW;
        struct pollfd wait[3] = { { output_done ? -1 : gnuplot.answers, POLLIN, 0 },
                                  { errors_done ? -1 : gnuplot.complaints, POLLIN, 0 },
                                  { sent < script->length ? gnuplot.commands : -1, POLLOUT, 0 } };
        if (poll(wait, 3, 50) < 0 && errno != EINTR) return TALK_DIED;
        if (wait[2].revents) {
            ssize_t n = send(gnuplot.commands, script->text + sent, script->length - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n > 0) sent += (size_t)n;
            else if (n < 0 && errno != EAGAIN && errno != EINTR) return TALK_DIED;
        }
        if (wait[0].revents && !read_some(gnuplot.answers, output)) return TALK_DIED;
        if (wait[1].revents && !read_some(gnuplot.complaints, errors)) return TALK_DIED;
        if (output->broken || errors->broken) return TALK_MEMORY;
        output_done = output_done || ends_with(output, word);
        errors_done = errors_done || ends_with(errors, word);
    }
    return TALK_DONE;
}

/* The complaint as one line: gnuplot echoes the command and puts a caret below it; the caret is lost on one line, so it goes. */
static void flatten(const lun_sheet *errors, char *line, size_t room)
{
    size_t used = 0;
    bool space = true;
    for (size_t i = 0; i < errors->length && used + 1 < room; i++) {
        unsigned char c = (unsigned char)errors->text[i];
        if (c == '^' && space) continue;
        bool blank = c <= ' ' || c == 0x7f;
        if (blank && space) continue;
        line[used++] = blank ? ' ' : (char)c;
        space = blank;
    }
    while (used && line[used - 1] == ' ') used--;
    line[used] = '\0';
}

static bool explain(talk_end end, const lun_sheet *errors)
{
    char line[400];
    flatten(errors, line, sizeof line);
    bool words = line[0] != '\0';
    reap(end == TALK_DIED ? 100 : 0);
    if (end == TALK_STOPPED) lun_fail(LUN_E_INTERRUPT, NULL, "plot: interrupted");
    else if (end == TALK_MEMORY) lun_fail(LUN_E_MEMORY, "ask for a smaller picture", "plot: no memory for the picture");
    else if (end == TALK_SLOW)
        lun_fail(LUN_E_PROCESS, "draw fewer points, or a smaller picture", "plot: gnuplot took longer than %d s and was ended%s%s",
                 gnuplot.patience, words ? "; it said: " : "", line);
    else
        lun_fail(LUN_E_PROCESS, "try again: a new gnuplot is started", "plot: gnuplot died%s%s",
                 words ? "; it said: " : "", line);
    return false;
}

/* After the complaints stands gnuplot's own error number: 0 means that they were warnings. */
static bool judge(lun_sheet *errors, lun_sheet *warnings)
{
    char *tail = errors->text && errors->length ? strrchr(errors->text, '\n') : NULL;
    if (tail) *tail = '\0', errors->length = (size_t)(tail - errors->text), tail = strrchr(errors->text, '\n');
    const char *number = tail ? tail + 1 : errors->text;
    bool good = number && !strcmp(number, "0");
    if (tail) *tail = '\0', errors->length = (size_t)(tail - errors->text);
    else lun_sheet_clear(errors);
    char line[400];
    flatten(errors, line, sizeof line);
    if (!good) lun_fail(LUN_E_PROCESS, "plot.script(chart) shows all commands", "plot: gnuplot refused: %s", line);
    else if (warnings && line[0]) lun_sheet_text(warnings, line);
    return good;
}

bool lun_gnuplot_run(const char *text, size_t length, lun_sheet *output, lun_sheet *warnings)
{
    if (!start()) return false;
    lun_sheet script = {0}, errors = {0};
    char word[LUN_WORD_SIZE];
    lun_gnuplot_word(word);
    lun_sheet_text(&script, "reset session\nreset errors\nset encoding utf8\n");
    lun_sheet_put(&script, text, length);
    /* `unset output` makes formats with a trailer (PDF) complete before the word */
    lun_sheet_format(&script, "\nunset output\nset print '-'\nprint '%s'\nset print\nprint GPVAL_ERRNO\nprint '%s'\n", word, word);
    bool good = lun_sheet_good(&script);
    if (good) {
        talk_end end = talk(&script, word, output, &errors);
        good = end == TALK_DONE ? judge(&errors, warnings) : explain(end, &errors);
    }
    lun_sheet_free(&script);
    lun_sheet_free(&errors);
    return good;
}
