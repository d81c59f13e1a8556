/* state.c - the memory of our own Lua states
 *
 * Lua tells the size of what it gives back, so that a small object needs no header: free lists per 16 bytes, one set per state, carved
 * from slabs that go when the state closes. With malloc a small op took a twentieth more instructions. What is larger is malloc's.
 * Holds: a state's lists are touched only by the thread that runs it. Under AddressSanitizer all is malloc's, so that misuse shows.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
enum { SMALL = 0 };
#else
enum { SMALL = 128 }; /* bytes: userdata, tables, closures, short strings */
#endif
enum { STEP = 16, SLAB = 32 * 1024 };

typedef struct item { struct item *next; } item;
typedef struct slab { struct slab *next; _Alignas(STEP) char bytes[SLAB]; } slab;
typedef struct lists {
    item *free[SMALL / STEP + 1];
    slab *slabs;
    bool warns, unfinished; /* warn("@on") was said; the last message goes on */
} lists;

/* So that a state that ends with its program (os.exit) is no leak in the eyes of a sanitizer. */
static __thread lists *of_thread;

static size_t class_of(size_t bytes) { return (bytes + STEP - 1) / STEP; }

static void *carve(lists *from, size_t class)
{
    size_t bytes = class * STEP;
    slab *s = malloc(sizeof *s);
    if (!s) return NULL;
    s->next = from->slabs;
    from->slabs = s;
    for (size_t at = bytes; at + bytes <= SLAB; at += bytes) {
        item *i = (item *)(void *)(s->bytes + at);
        i->next = from->free[class];
        from->free[class] = i;
    }
    return s->bytes;
}

static inline void *get(lists *from, size_t bytes)
{
    size_t class = class_of(bytes);
    item *i = from->free[class];
    if (!i) return carve(from, class);
    from->free[class] = i->next;
    return i;
}

static inline void put(lists *to, void *block, size_t bytes)
{
    item *i = block;
    i->next = to->free[class_of(bytes)];
    to->free[class_of(bytes)] = i;
}

/* A lua_Alloc. */
static void *allocate(void *state_lists, void *block, size_t old, size_t bytes)
{
    lists *l = state_lists;
    if (!block) return !bytes ? NULL : bytes <= SMALL ? get(l, bytes) : malloc(bytes);
    if (!bytes) {
        if (old <= SMALL) put(l, block, old);
        else free(block);
        return NULL;
    }
    if (old > SMALL && bytes > SMALL) return realloc(block, bytes);
    void *fresh = bytes <= SMALL ? get(l, bytes) : malloc(bytes);
    if (!fresh) return NULL;
    memcpy(fresh, block, old < bytes ? old : bytes);
    allocate(l, block, old, 0);
    return fresh;
}

/* A lua_WarnFunction, as luaL_newstate's: silent until warn("@on"). */
static void warn(void *state_lists, const char *message, int continues)
{
    lists *l = state_lists;
    bool control = !l->unfinished && !continues && message[0] == '@';
    if (control && !strcmp(message, "@on")) l->warns = true;
    if (control && !strcmp(message, "@off")) l->warns = false;
    if (!control && l->warns) fprintf(stderr, "%s%s%s", l->unfinished ? "" : "Lua warning: ", message, continues ? "" : "\n");
    l->unfinished = continues;
}

lua_State *lunL_state_new(void)
{
    lists *l = calloc(1, sizeof *l);
    lua_State *L = l ? lua_newstate(allocate, l) : NULL;
    if (L) lua_setwarnf(L, warn, l);
    else free(l);
    if (L) of_thread = l;
    return L;
}

void lunL_state_close(lua_State *L)
{
    void *state_lists;
    lua_getallocf(L, &state_lists);
    lua_close(L);
    lists *l = state_lists;
    for (slab *s = l->slabs, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    if (of_thread == l) of_thread = NULL;
    free(l);
}
