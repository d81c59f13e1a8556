/* latency.c - how long the shell lets a person wait
 *
 * From exec to the prompt, from a key to the screen in cells of 1, 50, 200 and 500 rows, a paste of 1000 rows. The figures are notes; a
 * check fails only far beyond what the manual promises, because machines that run tests are busy. `./dev bench shell` shows them, with a
 * tensor of 1e8 elements and the prompts of other programs beside ours.
 * Read next: t/pty.h, repl/painter.c.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE = 20000, STARTS = 15, KEYS = 100 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

/* Median milliseconds from exec until `prompt` is there; negative when it never comes. */
static double time_to(char *const argv[], const char *prompt)
{
    double times[STARTS];
    for (int i = 0; i < STARTS; i++) {
        pty p;
        double start = now();
        bool came = pty_start(&p, argv) && pty_wait(&p, prompt, PATIENCE);
        times[i] = now() - start;
        pty_finish(&p, false);
        if (!came) return -1;
    }
    return median(times, STARTS);
}

static void starts(void)
{
    char *lunette[] = {pty_program(), (char[]){"--no-config"}, NULL};
    double t = time_to(lunette, "In[1]: ");
    note("exec to prompt, median of %d: lunette %.1f ms", STARTS, t);
    ok(t >= 0 && t < 200, "the prompt comes soon");
    char *ipython = getenv("LUNETTE_PEER_IPYTHON");
    char *const others[] = {(char[]){"/usr/bin/lua5.4"}, (char[]){"/usr/bin/python3"}, ipython};
    for (int i = 0; i < 3 && others[i]; i++) {
        char *argv[] = {others[i], NULL};
        t = time_to(argv, i < 2 ? "> " : "In [");
        if (t >= 0) note("exec to prompt: %s %.1f ms", others[i], t);
    }
}

/* Types a cell of so many rows, then measures keys at its end and in its middle. */
static void keys(pty *p, int rows, double most)
{
    double times[KEYS];
    char *text = malloc((size_t)rows * 60 + 100), *at = text + sprintf(text, "\033[200~do\n");
    for (int i = 2; i < rows; i++) at += sprintf(at, "  local name%d = string.format(\"%%d\", %d) -- a comment\n", i, i);
    sprintf(at, "  last = 1\033[201~");
    pty_send(p, text);
    pty_wait(p, "last", PATIENCE);
    pty_wait(p, "= 1", 300);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < KEYS; i++) {
            while (pty_wait(p, "\001", 2)) continue; /* nothing sends this: all that comes is read */
            size_t before = p->length;
            double start = now();
            pty_send(p, (char[]){(char)('a' + i % 26), '\0'});
            while (p->length == before && now() - start < PATIENCE) pty_drain(p, 1000);
            times[i] = now() - start;
        }
        double typical = median(times, KEYS);
        note("key to screen, %d rows, %s: median %.2f ms, worst %.2f ms", rows, round ? "after Up" : "at the end", typical,
             times[KEYS - 1]);
        ok(typical < most, "a key in a cell of %d rows appears soon", rows);
        pty_send(p, "\020");
    }
    pty_send(p, "\003");
    pty_wait(p, "^C\n", PATIENCE);
    pty_wait(p, "In[", PATIENCE);
    free(text);
}

/* The same where every key has its ghost (repl/ghost.h) worked out. */
static void ghosts(pty *p)
{
    double times[KEYS];
    pty_send(p, "x = lun.randn(64, 10) net = lun.nn.Sequential(lun.nn.Linear(10, 5), lun.nn.ReLU())\r");
    pty_wait(p, "In[2]: ", PATIENCE);
    pty_send(p, "y = net(x):softmax(2):matmul(x:view(5, 128)) + 1");
    ok(pty_wait(p, "f32[64,128]", PATIENCE), "a ghost stands behind the row");
    for (int i = 0; i < KEYS; i++) {
        while (pty_wait(p, "\001", 2)) continue;
        size_t before = p->length;
        double start = now();
        pty_send(p, i % 2 ? "\177" : "0");
        while (p->length == before && now() - start < PATIENCE) pty_drain(p, 1000);
        times[i] = now() - start;
    }
    double typical = median(times, KEYS);
    note("key to screen with a ghost: median %.2f ms, worst %.2f ms", typical, times[KEYS - 1]);
    ok(typical < 20, "a key with a ghost appears soon");
    pty_send(p, "\003");
    pty_wait(p, "^C\n", PATIENCE);
    pty_wait(p, "In[", PATIENCE);
}

static void paste(pty *p)
{
    char *text = malloc(100000), *at = text + sprintf(text, "\033[200~");
    for (int i = 1; i <= 999; i++) at += sprintf(at, "print(%d + 1, \"text\")\n", i);
    sprintf(at, "print 'the ' .. 'end'\033[201~");
    double start = now();
    pty_send(p, text);
    bool shown = pty_wait(p, "'the ' .. 'end'", PATIENCE);
    double t = now() - start;
    note("paste of 1000 rows: %.1f ms", t);
    ok(shown && t < 2000, "a paste of 1000 rows appears soon");
    ok(!pty_wait(p, "the end", 300), "and does not run before Enter");
    pty_send(p, "\003");
    pty_wait(p, "^C\n", PATIENCE);
    pty_wait(p, "In[", PATIENCE);
    free(text);
}

/* Takes 400 MB, so only when it is asked for. */
static void large(pty *p)
{
    double times[STARTS];
    pty_send(p, "%set ghost off\rlarge = lun.rand(100000000)\r");
    pty_wait(p, "large = ", PATIENCE);
    ok(pty_wait(p, "In[", 60000), "a tensor of 1e8 elements");
    for (int i = 0; i < STARTS; i++) {
        pty_settle(p);
        pty_send(p, "large");
        pty_wait(p, "large", PATIENCE);
        double start = now();
        pty_send(p, "\r");
        bool shown = pty_wait(p, "Out[", PATIENCE) && pty_wait(p, "In[", PATIENCE);
        times[i] = shown ? now() - start : PATIENCE;
    }
    double typical = median(times, STARTS);
    note("a tensor of 1e8 elements shown, Enter to the next prompt: median %.1f ms, worst %.1f ms", typical, times[STARTS - 1]);
    ok(typical < 50, "it is shown within 50 ms");
}

int main(void)
{
    pty p;
    char *argv[] = {pty_program(), (char[]){"--no-config"}, NULL};
    setenv("TERM", "xterm-256color", 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("HOME", "/dev/null", 1);
    unsetenv("XDG_STATE_HOME");
    starts();
    if (ok(pty_start(&p, argv) && pty_wait(&p, "In[1]: ", PATIENCE), "the shell opens")) {
        keys(&p, 1, 20);
        keys(&p, 50, 40);
        keys(&p, 200, 40);
        keys(&p, 500, 100);
        paste(&p);
        ghosts(&p);
        if (getenv("LUNETTE_LATENCY")) large(&p);
    }
    is_int(pty_finish(&p, true), 0, "it ends well");
    return done_testing();
}
