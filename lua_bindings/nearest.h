/* nearest.h - "did you mean": the candidate that takes the fewest slips of the finger
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_NEAREST_H
#define LUN_LUA_BINDINGS_NEAREST_H

typedef struct lunL_nearest { const char *word, *best; int distance; } lunL_nearest;

/* Starts a search; candidates then compete, and `best` stays NULL while none is near enough (about a third of the letters). */
lunL_nearest lunL_nearest_begin(const char *word);
void lunL_nearest_try(lunL_nearest *search, const char *candidate);
#endif
