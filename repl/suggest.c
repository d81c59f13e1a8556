/* suggest.c - "did you mean"
 *
 * Holds: distances count insertions, deletions, replacements and swaps of neighbours; names beyond 63 bytes are left out.
 * Read next: suggest.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/suggest.h"

#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b) { return a < b ? a : b; }

/* Optimal string alignment with three rows. */
static int distance(const char *a, int m, const char *b, int n)
{
    int rows[3][LONGEST + 1];
    for (int j = 0; j <= n; j++) rows[0][j] = j;
    for (int i = 1; i <= m; i++) {
        int *now = rows[i % 3], *above = rows[(i + 2) % 3], *two_up = rows[(i + 1) % 3];
        now[0] = i;
        for (int j = 1; j <= n; j++) {
            int cost = a[i - 1] != b[j - 1];
            now[j] = least(least(above[j] + 1, now[j - 1] + 1), above[j - 1] + cost);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) now[j] = least(now[j], two_up[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

lun_suggestion lun_suggest_start(const char *wanted)
{
    size_t length = strlen(wanted);
    /* One slip in a short name, two in a long one; a stranger must not win. */
    return (lun_suggestion){.wanted = wanted, .distance = length < 3 ? 1 : length < 6 ? 2 : 3};
}

void lun_suggest_offer(lun_suggestion *suggestion, const char *candidate)
{
    size_t m = strlen(suggestion->wanted), n = strlen(candidate);
    if (m > LONGEST || n > LONGEST || n == 0 || m == 0 || strcmp(suggestion->wanted, candidate) == 0) return;
    int d = distance(suggestion->wanted, (int)m, candidate, (int)n);
    bool tie = d == suggestion->distance && suggestion->best[0] && strcmp(candidate, suggestion->best) < 0;
    if (d >= (int)(m < n ? n : m)) return;
    if (d < suggestion->distance || tie) {
        suggestion->distance = d;
        memcpy(suggestion->best, candidate, n + 1);
    }
}

void lunL_suggest_keys(lua_State *L, int index, lun_suggestion *suggestion)
{
    index = lua_absindex(L, index);
    if (!lua_checkstack(L, 3)) return;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (lua_type(L, -2) == LUA_TSTRING) lun_suggest_offer(suggestion, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
}
