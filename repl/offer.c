/* offer.c - the words that Tab gathers. Read next: offer.h. SPDX-License-Identifier: MIT */
#include "repl/offer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double patience = 0.05; /* seconds */
enum { LOOK_EVERY = 256, FEW = 100 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

lun_offer lun_offer_start(const char *prefix, size_t length)
{
    return (lun_offer){.prefix = prefix, .length = length, .until = now() + patience};
}

void lun_offer_add(lun_offer *o, const char *word)
{
    if (strncmp(word, o->prefix, o->length) != 0) return;
    if (word[0] == '_' && o->length == 0) return;
    if (o->count + 2 > o->room) {
        size_t room = o->room ? 2 * o->room : 32;
        char **words = realloc(o->words, room * sizeof *words);
        if (!words) return;
        o->words = words;
        o->room = room;
    }
    char *copy = strdup(word);
    if (copy) o->words[o->count++] = copy;
    o->words[o->count] = NULL;
}

bool lun_offer_late(lun_offer *o)
{
    static unsigned asked;
    return ++asked % LOOK_EVERY == 0 && now() > o->until;
}

void lun_offer_drop(lun_offer *o, size_t i)
{
    free(o->words[i]);
    memmove(o->words + i, o->words + i + 1, (o->count - i) * sizeof *o->words); /* the NULL at the end too */
    o->count--;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void lun_offer_settle(lun_offer *o, bool sorted)
{
    size_t kept = 0;
    if (sorted && o->count > 1) qsort(o->words, o->count, sizeof *o->words, compare);
    if (!sorted && o->count > FEW) return; /* lists that come in an order of their own are short, and name each word once */
    for (size_t i = 0; i < o->count; i++) {
        size_t from = sorted && kept > 0 ? kept - 1 : 0;
        bool known = false;
        for (size_t k = from; k < kept && !known; k++) known = strcmp(o->words[k], o->words[i]) == 0;
        if (known) free(o->words[i]);
        else o->words[kept++] = o->words[i];
    }
    if (o->words) o->words[o->count = kept] = NULL;
}
