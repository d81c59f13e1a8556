/* console.h - what the shell is connected to, and its signals
 *
 * Holds: SIGINT only raises a flag, writes to a pipe and tells Lua; SIGTERM and SIGHUP put the terminal back before they end
 * the program; a broken pipe ends it only when it is our own output that nobody reads. Read next: repl/edit.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_CONSOLE_H
#define LUN_REPL_CONSOLE_H
#include <stdbool.h>

/* Installs the signal handlers. Once, at start. */
void lun_console_start(void);

bool lun_console_input(void);    /* stdin is a terminal */
bool lun_console_output(void);   /* stdout is a terminal */
bool lun_console_dumb(void);     /* TERM is unset or "dumb": no escape sequence at all */
int lun_console_width(void);     /* columns; 80 when unknown */

/* Readable when a signal came: 'C' for Ctrl-C, 'Z' for Ctrl-Z, 'W' for a window of another size. -1 if there is none. */
int lun_console_signal_pipe(void);
/* The oldest signal in the pipe, 0 if there is none. Never waits. */
char lun_console_take_signal(void);
/* In a forked process: a pipe of its own. */
void lun_console_renew(void);
/* Drops what is in the pipe; was Ctrl-C among it, of which the terminal has echoed "^C"? */
bool lun_console_forget_signals(void);

/* While true, Ctrl-Z is put in the pipe instead of stopping us with the terminal in raw mode. */
void lun_console_catch_stop(bool on);

/* Was Ctrl-C pressed since the last call? Who asks has taken it: it interrupts nothing that runs later. */
bool lun_console_interrupted(void);

/* Gives a Ctrl-C to all that a key would reach below process `of`: the program that a cell waits for, and those that it waits for. */
void lun_console_interrupt_children(long of);
#endif
