/* box.h - how Lua holds a tensor, and the one place that raises Lua errors
 *
 * A box is a small full userdata with one reference. `__gc`, `__close` and `:free()` are the same release, which may come twice.
 * A binding reads its arguments, pushes an empty box, computes, and gives the result to the box: a Lua error in between (out of
 * memory) then loses nothing. It looks like this:
 *     lunL_frame f = lunL_enter(L);
 *     lun_tensor *x = lunL_tensor(L, 1);          NULL after lun_fail
 *     return lunL_give(L, f, lun_neg(x));         raises when it got NULL
 * Holds: everything a C function puts in the thread's scope after lunL_enter is dropped when it returns or raises.
 * Read next: box.c, lua_bindings/call.c. SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_BOX_H
#define LUN_LUA_BINDINGS_BOX_H
#include "core/context.h"
#include "core/tensor.h"

#include <lauxlib.h>
#include <lua.h>

typedef struct lunL_box {
    const void *mark; /* &lunL_box_mark: what tells a box from every other userdata, in one comparison */
    lun_tensor *x;    /* NULL: still empty, or released */
    union {
        struct { struct lunL_box *next, **link; } scope; /* x: its place in the list of a lun.scope; link NULL: in none */
        lun_site released;                               /* no x: where it was released */
    } is;
} lunL_box;

typedef struct lunL_frame { size_t mark; } lunL_frame;

extern const char lunL_box_mark;
extern __thread lua_State *lunL_now __attribute__((tls_model("initial-exec"))); /* the coroutine that called into C last; for callbacks of the core */

/* Is this a thread of lua_bindings/workers.c? There Ctrl-C is an error like any other, since the main thread answers it. */
extern __thread bool lunL_in_worker __attribute__((tls_model("initial-exec")));

/* The box at `index`, or NULL when there is another value. */
static inline lunL_box *lunL_box_at(lua_State *L, int index)
{
    lunL_box *box = lua_touserdata(L, index);
    bool full = box && lua_rawlen(L, index) == sizeof *box; /* a light userdata has no length */
    return full && box->mark == &lunL_box_mark ? box : NULL;
}
static inline bool lunL_is_tensor(lua_State *L, int index) { return lunL_box_at(L, index) != NULL; }

/* Builds the metatable in the registry. Called once per state, before anything else here. */
void lunL_box_open(lua_State *L);
void lunL_push_metatable(lua_State *L);

/* Pushes an empty box. The second form takes the metatable from a stack (or upvalue) index, which is quicker. */
lunL_box *lunL_box_new(lua_State *L);
lunL_box *lunL_box_make(lua_State *L, int metatable);
/* Fills a box with a reference to x of its own. */
void lunL_box_fill(lua_State *L, lunL_box *box, lun_tensor *x);
/* Drops the reference; `file` and `line` are remembered for the error that using it gives. */
void lunL_box_release(lunL_box *box, lun_site at);

lunL_frame lunL_enter(lua_State *L);
/* Like lunL_box_fill; a result that is the frame's newest temporary changes hands without counting. */
void lunL_box_take(lua_State *L, lunL_frame f, lunL_box *box, lun_tensor *x);
/* Pushes x in a box and drops everything else of the frame; raises when x is NULL, pushes nil when it is LUN_NONE. Returns 1. */
int lunL_give(lua_State *L, lunL_frame f, lun_tensor *x);
/* Drops the frame's temporaries and returns the n values on top of the stack; raises when an error is pending. */
int lunL_leave(lua_State *L, lunL_frame f, int n);
/* Raises the pending error as a Lua error, after dropping the frame's temporaries. */
int lunL_raise(lua_State *L, lunL_frame f);
/* Pushes the pending error as an object (and clears it), without raising. */
void lunL_push_error(lua_State *L);
/* lun_fail with the op's (or function's) name, then lunL_raise. */
int lunL_fail(lua_State *L, lunL_frame f, const char *op, lun_code code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Keeps the error object on top of the stack (popped) and makes an error pending in its place: for callbacks from C into Lua, whose
 * errors cross C as a status. lunL_raise raises the kept object. */
void lunL_keep_error(lua_State *L);

/* The tensor at `index`: NULL after lun_fail when it is none or was released. `name` of the argument may be NULL. */
lun_tensor *lunL_tensor(lua_State *L, int index);
lun_tensor *lunL_tensor_named(lua_State *L, int index, const char *name);
/* "a table", "a number", "nil", "a tensor": for messages. */
const char *lunL_describe(lua_State *L, int index);

/* The line of user code that runs now: the nearest Lua function that is not part of Lunette's own library. */
lun_site lunL_site(void);
#endif
