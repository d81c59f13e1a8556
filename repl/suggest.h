/* suggest.h - "did you mean"
 *
 * Holds: only names at a small edit distance are offered, the nearest; nothing is better than a bad guess.
 * Read next: repl/report.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_SUGGEST_H
#define LUN_REPL_SUGGEST_H
#include <lua.h>
#include <stdbool.h>

typedef struct lun_suggestion {
    const char *wanted;
    int distance;       /* of the best so far */
    char best[64];      /* "" when nothing is near */
} lun_suggestion;

lun_suggestion lun_suggest_start(const char *wanted);
void lun_suggest_offer(lun_suggestion *suggestion, const char *candidate);
/* Offers each string key of the table at `index`, read raw. */
void lunL_suggest_keys(lua_State *L, int index, lun_suggestion *suggestion);
#endif
