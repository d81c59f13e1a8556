/* capture.h - what a cell writes, caught on its way out
 *
 * The file descriptors 1 and 2 lead into pipes that a thread empties, so that C code, Lua code and the programs that a cell
 * starts are all caught, however much they write. The thread also keeps watch: a cell that takes too long or writes without
 * end gets a Ctrl-C. Holds: knows no Lua; one capture at a time; between start and stop the real outputs are reached with
 * lun_capture_echo only. Read next: capture.c, repl/record.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_CAPTURE_H
#define LUN_REPL_CAPTURE_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_capture_limits {
    size_t kept;      /* bytes of a stream that are kept; the rest is counted */
    size_t flood;     /* bytes after which the cell is stopped, 0: never */
    double seconds;   /* after which the cell is stopped, 0: never */
} lun_capture_limits;

typedef enum { LUN_CAPTURE_RAN, LUN_CAPTURE_FLOOD, LUN_CAPTURE_TIME } lun_capture_verdict;

/* `echo`: what is caught is also shown at once. False with errno set when there is no pipe or thread; nothing changed then. */
bool lun_capture_start(const lun_capture_limits *limits, bool echo);

/* What came on stdout and stderr (0 and 1) since the last call: *bytes is the caller's to free; *dropped more were not kept. */
void lun_capture_take(int stream, char **bytes, size_t *length, size_t *dropped);

/* Flushes both streams and waits until the thread has all that was written. Before take. */
void lun_capture_settle(void);

/* To the real stdout or stderr (0 and 1); nothing without `echo`. */
void lun_capture_echo(int stream, const char *bytes, size_t length);

/* The real outputs are back until resume: a prompt opens inside a cell. Harmless when nothing is caught. */
void lun_capture_pause(void);
void lun_capture_resume(void);

/* The real outputs are back for good. What was caught can still be taken. Says whether the watch had to step in. */
lun_capture_verdict lun_capture_stop(void);
#endif
