/* call.h - the call that the cursor stands in
 *
 * Holds: pure, works on text alone, cut anywhere. Read next: call.c, repl/complete.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_CALL_H
#define LUN_REPL_CALL_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_call {
    size_t from, to;            /* what is called: bytes of "optim.Adam" in "optim.Adam(p, {lr = " */
    int position;               /* of the argument, from 1 */
    bool table;                 /* the cursor is in its table of named arguments */
    bool starts;                /* nothing of the argument was typed but perhaps one name */
    size_t key, key_length;     /* `lr` behind "lr = "; length 0: none */
} lun_call;

/* False when the cursor is in no call, or what is called is no chain of names. */
bool lun_call_at(const char *text, size_t cursor, lun_call *call);
#endif
