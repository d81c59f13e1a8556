/* typed.h - bytes from the person's terminal, waited for together with signals
 *
 * Ctrl-C makes the kernel drop what was typed and nobody has read, perhaps between the poll that saw a key and the read that fetches it. So
 * no read here may wait: one that did would sleep on with the Ctrl-C unseen. The terminal is opened anew for that, because O_NONBLOCK on
 * the descriptor we were given would be everybody's who shares it.
 * Holds: who waits for a key hears signals. No readline here. Read next: typed.c, repl/edit.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_TYPED_H
#define LUN_REPL_TYPED_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum { LUN_TYPED_KEY, LUN_TYPED_CTRL_C, LUN_TYPED_END } lun_typed_event;

/* Once. `other` hears of Ctrl-Z ('Z') and of a window of another size ('W'). */
void lun_typed_open(void (*other)(char what));

/* Waits until a byte can be had without waiting, Ctrl-C was pressed, or the terminal has gone. */
lun_typed_event lun_typed_wait(void);

/* Is there a byte now? */
bool lun_typed_more(void);

/* Waits and takes at most `room` bytes that are there. 0: the end, or Ctrl-C. */
size_t lun_typed_take(char *to, size_t room);

/* These bytes come next. */
void lun_typed_give_back(const char *bytes, size_t count);

/* For rl_getc_function. Ctrl-C is C-g, which ends whatever readline wanted a second key for. */
int lun_typed_key(FILE *stream);

/* Did Ctrl-C end one of the last two calls since this was asked? */
bool lun_typed_interrupted(void);
#endif
