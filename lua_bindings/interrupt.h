/* interrupt.h - who may stop a running Lua program, and how it is given up
 *
 * Four things that must agree live here. (1) Lua has one debug hook per coroutine: it is owned here and shared by Ctrl-C,
 * the debugger's line breakpoints and a profiler. (2) Ctrl-C: the signal handler marks the core's context and sets the
 * hook of the coroutine that runs now. (3) The unwind: an error that pcall and friends cannot swallow, by which Ctrl-C and
 * the debugger's `q` return to the prompt; <close> variables still finish. (4) A message for the debugger from
 * outside, which takes the same way as Ctrl-C and unwinds nothing.
 * Holds: one interactive Lua state per process, because a signal handler has no argument; which coroutine runs is known
 * because coroutine.resume and wrap are ours.
 * Read next: interrupt.c, lua_bindings/protected.c (pcall, xpcall, coroutine.*), repl/eval.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_INTERRUPT_H
#define LUN_LUA_BINDINGS_INTERRUPT_H
#include <lua.h>
#include <stdbool.h>

/* --- the hook ------------------------------------------------------------------------------------------- */

typedef enum { LUNL_HOOK_DEBUGGER, LUNL_HOOK_PROFILER, LUNL_HOOK_OWNERS } lunL_hook_owner;
typedef void (*lunL_hook_function)(lua_State *L, lua_Debug *event);

/* From now on `f` sees the events in `mask` (LUA_MASKLINE, ..., LUA_MASKCOUNT with `count`) of every coroutine, old and
 * new. mask 0 gives the hook back. Owners do not disturb each other; each gets the events it asked for. Two counts:
 * the smaller one is used for both. */
void lunL_hook_set(lua_State *L, lunL_hook_owner owner, lunL_hook_function f, int mask, int count);

/* The same for one coroutine only: line events where they are needed (a call hook that finds a breakpoint in the
 * function it enters asks for lines, and drops them at its return). `extra` is added to the common mask until it is set anew or the
 * debugger gives the hook back. */
void lunL_hook_extra(lua_State *thread, int extra);

/* --- running -------------------------------------------------------------------------------------------- */

/* lua_resume, and Ctrl-C finds the coroutine while it runs. `from` may be NULL. Use it for every resume in C. */
int lunL_resume(lua_State *co, lua_State *from, int arguments, int *results);

/* The same for a fresh coroutine that stands for a whole run (a cell, a script, a line typed at a stop, a condition): to
 * the code in it it looks like Lua's main coroutine, so coroutine.yield in it is an error instead of a way out. */
int lunL_run(lua_State *co, lua_State *from, int arguments, int *results);

/* Runs the <close> variables that wait on a failed or unfinished coroutine and makes it fresh; interruptible like a resume.
 * Its status is lua_resetthread's. */
int lunL_close(lua_State *co, lua_State *from);

/* The coroutine that runs now, NULL at the prompt. */
lua_State *lunL_running(void);

/* Says that `co` runs now (NULL: nothing that Ctrl-C should stop, a prompt waits) and returns what ran before. */
lua_State *lunL_set_running(lua_State *co);

/* Is this the main coroutine of a run? */
bool lunL_is_main(lua_State *L);

/* The main coroutine of the innermost run; NULL outside. */
lua_State *lunL_main(void);

/* Calls f with every living coroutine that hooks reach. */
void lunL_each_thread(lua_State *L, void (*f)(lua_State *thread));

/* A new coroutine that hooks set later will reach. Pushed on L. */
lua_State *lunL_newthread(lua_State *L);

/* --- Ctrl-C --------------------------------------------------------------------------------------------- */

/* Async-signal-safe: what the shell's SIGINT handler calls. */
void lunL_interrupt_signal(void);

/* Forgets a Ctrl-C that came too late to stop anything. Called after each evaluation and by a prompt; one that comes between Enter and the
 * first instruction stays, and stops what was started. */
void lunL_interrupt_clear(void);

/* While held, a first Ctrl-C is only noted, for a loop that ends by itself at its next good moment; a second one acts. Holds nest;
 * the outermost begins with nothing noted. */
void lunL_interrupt_hold(void);
void lunL_interrupt_release(void);
bool lunL_interrupt_noted(void);

/* --- a message from outside ----------------------------------------------------------------------------- */

/* Async-signal-safe: somebody outside has something to say (debugger/wire.h). The host answers at the next hook of the running coroutine,
 * on its stack, where it may stop and may raise an unwind. */
void lunL_message_signal(void);
void lunL_message_answer(lua_State *L);
/* The message waits for the coroutine that this one returns to. */
void lunL_message_keep(void);
void lunL_message_host(void (*answer)(lua_State *L));

/* --- the unwind ----------------------------------------------------------------------------------------- */

typedef enum {
    LUNL_UNWIND_NONE,
    LUNL_UNWIND_INTERRUPT, /* Ctrl-C: ends the innermost evaluation (a cell, or a line typed at a stop) */
    LUNL_UNWIND_QUIT,      /* `q`: ends the cell, through all stops, silently */
    LUNL_UNWIND_EXIT,      /* `Q`: ends the program, exit status 5 */
    LUNL_UNWIND_REWIND     /* time travel: caught by the debugger's entry loop */
} lunL_unwind_kind;

/* Raises the unwind. Never returns; the int is for `return lunL_unwind(...)`. */
int lunL_unwind(lua_State *L, lunL_unwind_kind kind);

/* Is the value at `index` the unwind's error object? C code that calls lua_pcall must pass it on with lua_error. */
bool lunL_is_unwind(lua_State *L, int index);

/* Why the last unwind was raised. */
lunL_unwind_kind lunL_unwind_reason(void);

/* What a binding does when the core says LUN_E_INTERRUPT: clears the request and unwinds. */
int lunL_interrupted(lua_State *L);

/* Replaces pcall, xpcall, load, loadfile, dofile and the coroutine library in L by versions that keep the promises above
 * (and that take text only, unless asked: a damaged binary chunk can crash Lua). Idempotent. Without it (a stock lua5.4)
 * an unwind is an ordinary error with a readable text. */
void lunL_interrupt_install(lua_State *L);
#endif
