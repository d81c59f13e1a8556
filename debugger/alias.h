/* alias.h - which memory is saved for a backward pass, while somebody asks. SPDX-License-Identifier: MIT */
#ifndef LUN_DEBUGGER_ALIAS_H
#define LUN_DEBUGGER_ALIAS_H
#include "core/hook.h"

/* Starts to remember the nodes that are recorded from now on, or forgets them. */
void lun_alias_track(bool on);
/* After an op: its node is remembered if it saved something. */
void lun_alias_note(const lun_event *e);
/* Is x's memory, as it is now, saved by a node that is still needed? Then `why` (LUN_EVENT_WHY bytes) says by whom. */
bool lun_alias_find(const lun_tensor *x, char *why);
#endif
