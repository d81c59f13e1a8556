/* choice.c - reads the table of what is faster by oneDNN
 *
 * Read next: kernels/cpu/choice.def. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/choice.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The decade of multiplications from which on oneDNN is the way; 0, as where there is no row: not at all. */
enum { NEVER = 0, DECADES = 13 };
static const double powers_of_ten[DECADES] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
static const unsigned char from[LUN_CHOICE_TASK_COUNT][LUN_CHOICE_CLASS_COUNT][LUN_CHOICE_FILL_COUNT] = {
#define CHOICE(task, class, fill, decade) [LUN_CHOICE_##task][LUN_CHOICE_##class][LUN_CHOICE_##fill] = decade,
#include "kernels/cpu/choice.def"
#undef CHOICE
};

static enum { BY_TABLE, OFF, ALWAYS, PRODUCTS, TELL } wish;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_wish(void)
{
    const char *word = getenv("LUNETTE_ONEDNN");
    if (!word) return;
    wish = !strcmp(word, "off") ? OFF : !strcmp(word, "always") ? ALWAYS : !strcmp(word, "products") ? PRODUCTS :
           !strcmp(word, "tell") ? TELL : BY_TABLE;
}

bool lun_choice_is_off(void)
{
    pthread_once(&once, read_wish);
    return wish == OFF;
}

static void tell(lun_choice_task task, lun_choice_class class, lun_choice_fill fill, double multiplications, bool onednn)
{
#define NAME(name) #name,
    static const char *const tasks[] = {LUN_CHOICE_TASKS(NAME)}, *const classes[] = {LUN_CHOICE_CLASSES(NAME)};
    static const char *const fills[] = {LUN_CHOICE_FILLS(NAME)};
#undef NAME
    const int decade = (int)floor(log10(multiplications));
    fprintf(stderr, "choice %s %s %s %d %s\n", tasks[task], classes[class], fills[fill], decade, onednn ? "oneDNN" : "ours");
}

bool lun_choice_is_onednn(lun_choice_task task, lun_choice_class class, lun_choice_fill fill, double multiplications)
{
    if (lun_choice_is_off() || multiplications < 1 || (wish == PRODUCTS && task >= LUN_CHOICE_forward)) return false;
    const int least = from[task][class][fill];
    const bool yes = least != NEVER && multiplications >= powers_of_ten[least]; /* no logarithm: each small product asks */
    if (wish == TELL) tell(task, class, fill, multiplications, yes);
    return yes || wish == ALWAYS;
}
