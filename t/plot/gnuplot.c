/* gnuplot.c - the child process: errors with their command, death, absence, patience
 *
 * Read next: plot/gnuplot.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/gnuplot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "t/tap.h"

static lun_sheet output, warnings;

static bool run(const char *script)
{
    lun_error_clear();
    lun_sheet_clear(&output);
    lun_sheet_clear(&warnings);
    return lun_gnuplot_run(script, strlen(script), &output, &warnings);
}

static bool says(const char *words) { return strstr(lun_error_get()->message, words) || strstr(lun_error_get()->hint, words); }

static void without_gnuplot(void)
{
    const char *path = getenv("PATH");
    char *kept = strdup(path ? path : "");
    setenv("PATH", "/nonexistent", 1);
    ok(!run("plot 1") && lun_error_get()->code == LUN_E_PROCESS, "no gnuplot is an error");
    ok(says("apt install gnuplot-nox"), "that says what to type");
    setenv("PATH", kept, 1);
    free(kept);
}

int main(void)
{
    ok(!lun_gnuplot_running(), "nothing is started before the first chart");
    without_gnuplot();
    if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        skip("gnuplot is not installed");
        return done_testing();
    }
    ok(run("set terminal dumb 40,10\nplot x") && output.length > 300, "draws");
    ok(run("set terminal dumb 40,10\nplot 1") && strstr(warnings.text ? warnings.text : "", "empty y range"), "a warning is not lost");
    ok(!run("plot x with nonsense") && says("plot x with nonsense"), "an error holds the command");
    ok(says("unrecognized plot type"), "and what gnuplot says");
    ok(run("set terminal dumb 40,10\nplot x"), "the next chart works");
    ok(!run("exit") && says("died"), "its end is an error");
    ok(run("set terminal dumb 40,10\nplot x"), "after which a new one is started");
    lun_sheet big = {0};
    lun_sheet_text(&big, "$d << E\n");
    for (int i = 0; i < 200000; i++) lun_sheet_format(&big, "%d %d\n", i, i * 7919 % 1000);
    lun_sheet_text(&big, "E\nset terminal svg\nplot $d with lines");
    ok(run(big.text) && output.length > 1000000, "long scripts and long answers do not block each other");
    lun_sheet_free(&big);
    lun_gnuplot_patience(1);
    ok(!run("pause 30") && says("longer than 1 s"), "it has one second");
    lun_gnuplot_patience(60);
    ok(run("set terminal dumb 40,10\nplot x"), "and is replaced");
    pid_t fork_of_us = fork();
    if (fork_of_us == 0) _exit(!lun_gnuplot_running() && run("set terminal dumb 40,10\nplot x") && lun_gnuplot_running() ? 0 : 1);
    int status = 1;
    waitpid(fork_of_us, &status, 0);
    is_int(status, 0, "a forked process starts its own");
    ok(run("set terminal dumb 40,10\nplot x"), "and leaves ours alone");
    lun_gnuplot_close();
    ok(!lun_gnuplot_running() && waitpid(-1, NULL, WNOHANG) == -1, "closed: no child is left behind");
    lun_sheet_free(&output);
    lun_sheet_free(&warnings);
    return done_testing();
}
