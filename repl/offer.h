/* offer.h - the words that Tab gathers
 *
 * Holds: words begin with what was typed; gathering is given up after lun_offer_patience, with what there is by then.
 * Read next: repl/complete.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_OFFER_H
#define LUN_REPL_OFFER_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_offer {
    const char *prefix;      /* what was typed: `length` bytes, borrowed */
    size_t length;
    bool functions_only;
    char **words;            /* malloced, NULL-terminated once there is one */
    size_t count, room;
    double until;            /* set by lun_offer_start */
} lun_offer;

/* An empty offer of words that begin with prefix[0, length). */
lun_offer lun_offer_start(const char *prefix, size_t length);
/* Takes a copy of the word if it fits; names with a leading underscore only when one was typed. */
void lun_offer_add(lun_offer *o, const char *word);
/* Has it taken too long? Looks at the clock now and then. */
bool lun_offer_late(lun_offer *o);
/* Each word once; in order of the alphabet if `sorted`, else as they came. */
void lun_offer_settle(lun_offer *o, bool sorted);
/* Drops word i. */
void lun_offer_drop(lun_offer *o, size_t i);
#endif
