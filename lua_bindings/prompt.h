/* prompt.h - the seam through which the debugger gets a shell prompt
 *
 * A stop asks for a nested prompt; the program (repl/) answers it, because only it owns a line editor. lua_bindings/ does not
 * know the shell: it calls the pointer below, which the shell fills in at start and which stays NULL in a stock lua5.4.
 * Holds: nothing here raises a Lua error, so it may be called with core frames underneath; what the user types runs on a
 * fresh coroutine, and Ctrl-C ends that one evaluation only.
 * Read next: repl/prompt.c (who answers), lua_bindings/interrupt.h (how a run is given up).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_LUA_BINDINGS_PROMPT_H
#define LUN_LUA_BINDINGS_PROMPT_H
#include <lua.h>
#include <stdbool.h>

typedef struct lunL_prompt_request {
    const char *prompt;  /* what stands before the cursor: "(lun op#17)> " */
    int env;             /* stack index of the table that typed code sees: locals of the stopped frame as plain fields,
                            a metatable whose __index is _G for the rest; assignments are the metatable's business */
    int command;         /* stack index of a function, or 0. It gets each line first: command(line, from_script) returns
                            nil or false: not a command, evaluate it as Lua;  true: done, ask again;
                            any other value: leave the prompt with it as the action.
                            It runs on a fresh coroutine too: Ctrl-C ends it, an error in it is shown */
    int words;           /* stack index of a list of command names to complete, or 0 */
    bool repeat_blank;   /* give blank lines to `command` as well (an empty line repeats the last step) */
} lunL_prompt_request;

typedef enum {
    LUNL_PROMPT_ACTION,  /* `command` returned an action: it is pushed */
    LUNL_PROMPT_END,     /* end of input: Ctrl-D, or the command file is used up; nil is pushed */
    LUNL_PROMPT_UNWIND,  /* typed code asked to leave a run further out (lunL_unwind_reason): nil is pushed */
    LUNL_PROMPT_NOBODY,  /* no terminal and no commands: log the stop and go on; nil is pushed. The shell then
                            ends with exit status 4 */
    LUNL_PROMPT_TOO_DEEP /* 16 prompts are open already: nil is pushed */
} lunL_prompt_result;

typedef lunL_prompt_result (*lunL_prompt_function)(lua_State *L, const lunL_prompt_request *request);

/* Set by the shell; NULL where there is none. Pushes exactly one value. */
extern lunL_prompt_function lunL_prompt_nested;

/* Takes lines of nested prompts from `path` from now on (--dbg FILE); NULL goes back to the terminal. False and a message
 * through `problem` when it cannot be opened. NULL without a shell. */
extern bool (*lunL_prompt_script)(const char *path, const char **problem);

/* Called by the shell after a cell or script failed, while the frames of `dead` can still be read (before its <close>
 * variables run); the error object is on top of `dead`. For post-mortems. NULL until the debugger sets it. Runs
 * protected. */
extern void (*lunL_prompt_failed)(lua_State *L, lua_State *dead);

/* A cell or a script can be gone back in. BEGINS: before it; true: yes. REWOUND: it was left to go back; true: to be run again. DONE: it has
 * ended well; true: to be run again nevertheless (a fork). ENDS: after it, if BEGINS said yes. NULL until the debugger sets it; does not raise. */
typedef enum { LUNL_RUN_BEGINS, LUNL_RUN_REWOUND, LUNL_RUN_DONE, LUNL_RUN_ENDS } lunL_prompt_moment;
extern bool (*lunL_prompt_run)(lua_State *L, lunL_prompt_moment moment);

/* With `--dbg FILE` the shell calls the Lua function `dbg.script(FILE)` before the script's first line. */
#endif
