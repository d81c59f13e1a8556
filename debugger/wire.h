/* wire.h - messages between this process and whoever debugs it from outside: an editor, a program
 *
 * One wire per process: standard input and output, or a port of the loopback address where one client at a time may come and go. A thread
 * reads; the thread of the run takes whole messages, and is woken by a signal (LUN_WIRE_SIGNAL) when one waits while it computes.
 * What the program prints goes to unlinked files meanwhile, so that it never blocks and never mixes with messages.
 * Holds: nothing here knows what a message means. Read next: lua_bindings/debug_wire.c, lib/dap.lua. SPDX-License-Identifier: MIT
 */
#ifndef LUN_DEBUGGER_WIRE_H
#define LUN_DEBUGGER_WIRE_H
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum { LUN_WIRE_SIGNAL = SIGUSR1, LUN_WIRE_STDIO = -1, LUN_WIRE_LONGEST = 64 << 20 /* bytes of a message */ };

typedef enum {
    LUN_WIRE_LINES,   /* a message is a line */
    LUN_WIRE_HEADERS  /* "Content-Length: N", an empty line, N bytes */
} lun_wire_framing;

typedef enum { LUN_WIRE_NOTHING, LUN_WIRE_MESSAGE, LUN_WIRE_OPENED, LUN_WIRE_CLOSED } lun_wire_news;

/* Opens it: port LUN_WIRE_STDIO, 0 (any free one) or the port. `wake` is called in the calling thread, in a signal handler, when there is
 * news and it is not serving. False after lun_fail. */
bool lun_wire_open(int port, lun_wire_framing framing, void (*wake)(void));
/* Ends the connection of a client at a port; another may come. */
void lun_wire_drop(void);
bool lun_wire_is_open(void);
/* The port that it listens at, or LUN_WIRE_STDIO. */
int lun_wire_port(void);
/* The next news, in order; waits up to `ms` milliseconds. Of a message, *text is freed by the caller with free(). */
lun_wire_news lun_wire_receive(int ms, char **text, size_t *length);
/* False when nobody is there to get it. */
bool lun_wire_send(const char *text, size_t length);
/* While it serves, the thread of the run looks for news itself and is not woken; news that waits at the end of it wakes. */
void lun_wire_serve(bool on);
/* What the program wrote to stdout (0) or stderr (1) since the last call; at most `size` bytes. */
size_t lun_wire_output(int stream, char *buffer, size_t size);
#endif
