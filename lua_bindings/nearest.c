/* nearest.c - edit distance with exchanged neighbours, for short words
 *
 * Read next: nearest.h. SPDX-License-Identifier: MIT
 */
#include "lua_bindings/nearest.h"

#include <string.h>

enum { LONGEST = 40 };

static int least(int a, int b) { return a < b ? a : b; }

static int distance(const char *a, int na, const char *b, int nb)
{
    int rows[3][LONGEST + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (int j = 0; j <= nb; j++) last[j] = j;
    for (int i = 1; i <= na; i++) {
        now[0] = i;
        for (int j = 1; j <= nb; j++) {
            int same = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = least(last[j - 1] + same, 1 + least(last[j], now[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = least(now[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = last;
        last = now;
        now = free_row;
    }
    return last[nb];
}

lunL_nearest lunL_nearest_begin(const char *word)
{
    int limit = (int)strlen(word) / 3 + 1;
    return (lunL_nearest){.word = word, .best = NULL, .distance = limit > 3 ? 4 : limit + 1};
}

void lunL_nearest_try(lunL_nearest *search, const char *candidate)
{
    size_t n = strlen(search->word), m = strlen(candidate);
    if (!n || n > LONGEST || m > LONGEST) return;
    int d = distance(search->word, (int)n, candidate, (int)m);
    if (d >= search->distance) return;
    search->distance = d;
    search->best = candidate;
}
