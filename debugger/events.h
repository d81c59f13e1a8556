/* events.h - what can happen at an op that is worth a stop. Read next: debugger/events.def. SPDX-License-Identifier: MIT */
#ifndef LUN_DEBUGGER_EVENTS_H
#define LUN_DEBUGGER_EVENTS_H
#include "core/hook.h"

typedef enum { LUN_EVENT_ROW_BEFORE, LUN_EVENT_ROW_AFTER, LUN_EVENT_ROW_ERROR, LUN_EVENT_ROW_HOST } lun_event_when;
enum { LUN_EVENT_WHY = 240 };

typedef struct lun_event_row {
    const char *name, *help;
    lun_event_when when;
    /* Does it happen here? `size` is what stands behind the >; `why` (LUN_EVENT_WHY bytes) gets a sentence for the stop. */
    bool (*happens)(const lun_event *e, int64_t size, char *why);
} lun_event_row;

/* Reads "nan" or "alloc>10M". False when it is no event, or (lun_failed) when its size cannot be read. */
bool lun_event_read(const char *text, const lun_event_row **row, int64_t *size);
const lun_event_row *lun_event_find(const char *name);
const lun_event_row *lun_event_at(int k); /* NULL after the last */
bool lun_event_is_after(const lun_event_row *row);
bool lun_event_is_health(const lun_event_row *row); /* looks for NaN or infinity */
bool lun_event_is_write(const lun_event_row *row);  /* happens only at an op that writes in place */

/* LUN_HAS_NAN | LUN_HAS_INFINITY, as x has them, in a CPU tensor of floats; 0 for others (a device looks for itself: backend.h, watch). */
unsigned lun_health(const lun_tensor *x);
/* Those of `bits` that the row is about. */
unsigned lun_event_health(const lun_event_row *row, unsigned bits);
/* How many values were made infinite on purpose (a mask filled with -inf) while nonfinite was caught. */
int64_t lun_deliberate_count(void);

#endif
