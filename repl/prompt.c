/* prompt.c - the prompt inside a stopped run
 *
 * The same editor, history, completion, commands and display as the shell's own prompt, with the stopped frame's names first.
 * Holds: while a line is awaited nothing "runs", so Ctrl-C clears the line and does not hit the stopped run; an evaluation
 * has a coroutine of its own. Nothing here raises: the work is inside one protected call.
 * Read next: lua_bindings/prompt.h (the contract), repl/run.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/prompt.h"

#include "lua_bindings/interrupt.h"
#include "lua_bindings/prompt.h"
#include "repl/capture.h"
#include "repl/command.h"
#include "repl/complete.h"
#include "repl/ghost.h"
#include "repl/input.h"
#include "repl/run.h"
#include "repl/session.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 16 };

/* Stack slots of `converse`. */
enum { CONVERSATION = 1, ENV, COMMAND, WORDS };

typedef struct conversation {
    const lunL_prompt_request *request;
    lun_input *input;
    lunL_prompt_result result;
} conversation;

static bool leaves_run(lunL_eval_status status)
{
    return status == LUNL_EVAL_QUIT || status == LUNL_EVAL_EXIT || status == LUNL_EVAL_REWIND;
}

typedef enum { STAY, LEAVE, NOT_A_COMMAND } verdict;

/* Gives the line to the debugger. LEAVE: conversation->result is set, an action is pushed. */
static verdict ask_command(lua_State *L, conversation *c, const lun_text *line)
{
    int results;
    if (lua_isnil(L, COMMAND)) return NOT_A_COMMAND;
    lua_pushvalue(L, COMMAND);
    lua_pushlstring(L, lun_text_string(line), line->length);
    lua_pushboolean(L, c->input->kind == LUN_INPUT_SCRIPT);
    lunL_eval_status status = lunL_eval(L, 2, &results, NULL);
    if (leaves_run(status)) {
        c->result = LUNL_PROMPT_UNWIND;
        lua_pushnil(L);
        return LEAVE;
    }
    if (status != LUNL_EVAL_GOOD) return STAY;
    lua_settop(L, lua_gettop(L) - results + (results > 1 ? 1 : results));
    if (results == 0) lua_pushnil(L);
    if (!lua_toboolean(L, -1) || lua_isboolean(L, -1)) {
        verdict v = lua_toboolean(L, -1) ? STAY : NOT_A_COMMAND;
        lua_pop(L, 1);
        return v;
    }
    c->result = LUNL_PROMPT_ACTION;
    return LEAVE;
}

/* Evaluates the line, and those that complete it, as a cell in the frame's names. */
static verdict evaluate(lua_State *L, conversation *c, lun_text *text)
{
    int env = lua_isnil(L, ENV) ? 0 : ENV;
    if (lunL_input_cell(L, c->input, c->request->prompt, text) != LUN_INPUT_LINE) return STAY;
    lunL_eval_status status = lun_command_is(lun_text_string(text), text->length)
                                  ? lunL_command_run(L, env, lun_text_string(text))
                                  : lunL_run_lua(L, env, lun_text_string(text), text->length);
    if (!leaves_run(status)) return STAY;
    c->result = LUNL_PROMPT_UNWIND;
    lua_pushnil(L);
    return LEAVE;
}

static int converse(lua_State *L)
{
    conversation *c = lua_touserdata(L, CONVERSATION);
    lun_text *text = lunL_text_new(L);
    verdict v = STAY;
    while (v != LEAVE) {
        lun_text_cut(text, 0);
        lunL_complete_use(L, lua_isnil(L, ENV) ? 0 : ENV, lua_isnil(L, WORDS) ? 0 : WORDS);
        lunL_ghost_use(L, lua_isnil(L, ENV) ? 0 : ENV);
        fflush(stdout);
        lun_input_result read = lunL_input_line(L, c->input, c->request->prompt, text);
        bool blank = strspn(lun_text_string(text), " \t") == text->length;
        if (read == LUN_INPUT_END) return 0;
        if (read == LUN_INPUT_CANCELLED || (blank && !c->request->repeat_blank)) continue;
        v = ask_command(L, c, text);
        if (v == NOT_A_COMMAND && !blank) v = evaluate(L, c, text);
        else if (!blank && c->input->kind == LUN_INPUT_EDITOR) lun_input_remember(lun_text_string(text));
    }
    return 1;
}

/* Who answers: a command file first; the person; in a pipe the lines that follow. */
static lun_input *who_answers(void)
{
    if (lun_input_script.kind != LUN_INPUT_NOBODY) return &lun_input_script;
    return lun_input_main.kind != LUN_INPUT_NOBODY ? &lun_input_main : NULL;
}

static void push_slot(lua_State *L, int index)
{
    if (index) lua_pushvalue(L, index);
    else lua_pushnil(L);
}

static lunL_prompt_result hold(lua_State *L, const lunL_prompt_request *request, lun_input *input)
{
    conversation c = {.request = request, .input = input, .result = LUNL_PROMPT_END};
    lunL_prompt_request here = *request;
    if (here.env) here.env = lua_absindex(L, here.env);
    if (here.command) here.command = lua_absindex(L, here.command);
    if (here.words) here.words = lua_absindex(L, here.words);
    lua_State *stopped = lunL_set_running(NULL);
    lunL_interrupt_clear();
    lun_capture_pause();
    lunL_the_shell.prompts++;
    lua_pushcfunction(L, converse);
    lua_pushlightuserdata(L, &c);
    push_slot(L, here.env);
    push_slot(L, here.command);
    push_slot(L, here.words);
    if (lua_pcall(L, 4, 1, 0) != LUA_OK) {
        fputs("error[E601] not enough memory at this stop; the run goes on\n", stderr);
        lua_pop(L, 1);
        lua_pushnil(L);
        c.result = LUNL_PROMPT_END;
    }
    lunL_the_shell.prompts--;
    lun_capture_resume();
    lunL_complete_use(lunL_the_shell.L, 0, 0);
    lunL_ghost_use(lunL_the_shell.L, 0);
    lunL_interrupt_clear();
    lunL_set_running(stopped);
    return c.result;
}

static lunL_prompt_result nested(lua_State *L, const lunL_prompt_request *request)
{
    lun_input *input = who_answers();
    if (lunL_the_shell.prompts < DEEPEST && input && lua_checkstack(L, 20)) return hold(L, request, input);
    lua_pushnil(L);
    if (input) return LUNL_PROMPT_TOO_DEEP;
    lunL_the_shell.stop_met_nobody = true;
    return LUNL_PROMPT_NOBODY;
}

int lunL_prompt_from_lua(lua_State *L)
{
    static const char *const results[] = {"action", "end", "unwind", "nobody", "too deep"};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lunL_prompt_request request = {.prompt = "> "};
    if (lua_getfield(L, 1, "prompt") == LUA_TSTRING) request.prompt = lua_tostring(L, 2);
    if (lua_getfield(L, 1, "env") == LUA_TTABLE) request.env = 3;
    if (lua_getfield(L, 1, "command") == LUA_TFUNCTION) request.command = 4;
    if (lua_getfield(L, 1, "words") == LUA_TTABLE) request.words = 5;
    lua_getfield(L, 1, "repeat_blank");
    request.repeat_blank = lua_toboolean(L, 6);
    lunL_prompt_result result = nested(L, &request);
    if (result == LUNL_PROMPT_UNWIND) return lunL_unwind(L, lunL_unwind_reason());
    lua_pushstring(L, results[result]);
    lua_insert(L, -2);
    return 2;
}

static bool take_script(const char *path, const char **problem)
{
    if (lun_input_script.file) fclose(lun_input_script.file);
    lun_input_script = (lun_input){.kind = LUN_INPUT_NOBODY};
    if (!path) return true;
    FILE *file = fopen(path, "re");
    if (!file) {
        *problem = strerror(errno);
        return false;
    }
    lun_input_script = (lun_input){.kind = LUN_INPUT_SCRIPT, .file = file};
    return true;
}

void lunL_prompt_plug_in(void)
{
    lunL_prompt_nested = nested;
    lunL_prompt_script = take_script;
}
