/* gnuplot.h - the one gnuplot child process
 *
 * Started by the first request and kept: a start costs about 13 ms, a chart then a few. No shell, no start-up files, its own
 * session (Ctrl-C at the prompt does not reach it), a pipe for what it draws and one for what it complains about.
 * Holds: callers hand over a whole script; the script comes from script.c alone, which is where strings are made harmless.
 * A child that died, hangs or is not installed is an error with a hint, and the next request starts a new one.
 * Read next: gnuplot.c, script.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_GNUPLOT_H
#define LUN_PLOT_GNUPLOT_H
#include "plot/sheet.h"

/* Runs the script and collects what gnuplot wrote to its standard output. False and an error when gnuplot refused a command:
   the message holds the command and gnuplot's own words. What it merely warned about goes to `warnings` (may be NULL). */
bool lun_gnuplot_run(const char *script, size_t length, lun_sheet *output, lun_sheet *warnings);

/* A word that no data can hold, fresh each time: the end of a data block, or of an answer. */
enum { LUN_WORD_SIZE = 40 };
void lun_gnuplot_word(char word[LUN_WORD_SIZE]);

void lun_gnuplot_close(void);           /* ends the child, if there is one; also done at exit */
bool lun_gnuplot_running(void);         /* has one been started? */
void lun_gnuplot_patience(int seconds); /* how long one chart may take; 60 to begin with. Ctrl-C ends the wait */
#endif
