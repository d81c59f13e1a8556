/* job.h - a function that runs in a process of its own, for %bg
 *
 * The process is a fork, so it has all that the session has, and changes nothing of it. What it prints goes to a file, and what the function
 * returns comes back as bytes (lua_bindings/pack.h): numbers, texts, plain tables, tensors on the CPU.
 * Holds: Ctrl-C is not for it; it ends with the session. Read next: job.c, lib/magics/background.lua.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_REPL_JOB_H
#define LUN_REPL_JOB_H
#include <lua.h>

/* Functions of the module lunette.shell. start_job(f, path): prints go to `path`, the result to `path`.value; the process's number, or nil and why.
 * job(pid): "running", "done", "failed", or "ended by signal 9"; asked once more it is nil. stop_job(pid). job_value(path): what came back. */
int lunL_job_start(lua_State *L);
int lunL_job_state(lua_State *L);
int lunL_job_stop(lua_State *L);
int lunL_job_value(lua_State *L);
#endif
