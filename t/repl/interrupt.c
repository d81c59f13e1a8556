/* interrupt.c - Ctrl-C returns to the prompt, wherever it hits
 *
 * Types code that runs for ever, presses the key, and asks whether the session answers. Read next: t/pty.h,
 * lua_bindings/interrupt.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 20000 };

/* Runs `code`, which prints "go" and then never ends; then Ctrl-C; then the session must count to `answer`. */
static void stops(pty *p, const char *name, const char *code)
{
    static int answer = 1000;
    char line[80], shown[40];
    pty_send(p, code);
    pty_send(p, "\r");
    bool began = pty_wait(p, "\ngo\n", PATIENCE);
    usleep(50000);
    pty_send(p, "\003");
    bool told = pty_wait(p, "interrupted", PATIENCE);
    answer++;
    snprintf(line, sizeof line, "%d + 0\r", answer);
    snprintf(shown, sizeof shown, "]: %d\n", answer);
    pty_send(p, line);
    bool answers = pty_wait(p, shown, PATIENCE);
    ok(began && told && answers, "Ctrl-C stops %s", name);
    if (!(began && told && answers)) note("began %d, told %d, answers %d; %s", began, told, answers, p->output + p->length / 2);
}

static void in_lua(pty *p)
{
    stops(p, "a loop", "print 'go' while true do end");
    stops(p, "a loop of pcall", "print 'go' while true do pcall(function() while true do end end) end");
    stops(p, "a loop of xpcall with a handler that fails",
          "print 'go' while true do xpcall(function() while true do end end, function(e) return e.x.y end) end");
    stops(p, "a coroutine", "print 'go' coroutine.wrap(function() while true do end end)()");
    stops(p, "a loop that resumes coroutines",
          "print 'go' while true do coroutine.resume(coroutine.create(function() while true do end end)) end");
    stops(p, "a coroutine made long ago and entered again",
          "do local co = coroutine.wrap(function() while true do coroutine.yield() end end) print 'go' while true do co() end end");
    stops(p, "a sort", "print 'go' table.sort({3,2,1}, function() while true do end end)");
    stops(p, "a gsub callback", "print 'go' string.gsub('x', 'x', function() while true do end end)");
    stops(p, "a reader of load", "print 'go' while true do load(function() while true do end end) end");
    stops(p, "a metamethod", "print 'go' local t = setmetatable({}, {__index = function() while true do end end}) pcall(rawlen) t = t.x");
    stops(p, "a __tostring while a result is shown",
          "print 'go'; setmetatable({}, {__tostring = function() while true do end end})");
    stops(p, "a wait for input", "print 'go' while true do io.read() end");
}

/* Without a Lua hook's help: one call of the core that would take seconds. */
static void in_kernels(pty *p)
{
    pty_send(p, "lun.zeros\r");
    if (!pty_wait(p, "function", 3000)) {
        skip("no tensor library in this build");
        return;
    }
    pty_send(p, "x = lun.rand(4096, 4096)\r");
    stops(p, "a large matrix product", "print 'go' y = x:matmul(x):matmul(x):matmul(x):matmul(x)");
    stops(p, "a loop of small ops in a coroutine",
          "print 'go' coroutine.wrap(function() local s = lun.zeros(4) while true do s = s + 1 end end)()");
    stops(p, "a training run after its batch",
          "do local n = nn.Linear(4, 2) local t = lun.train local r = t.run {model = n, optimizer = optim.Adam(n:parameters()), epochs = 1000000, "
          "verbose = false, callbacks = {t.callbacks.Lambda {on_train_end = function(run) print(run.stopped) end}}} for _ in r:epochs() do "
          "for x in r:batches {{lun.randn(8, 4)}} do if r.step_count == 1 then print 'go' end "
          "r:step(function() return n(x):square():mean() end) end end end");
    stops(p, "ops under pcall", "print 'go' while true do pcall(function() return x:exp() end) end");
    pty_send(p, "rawequal(x, x) and x.shape[1]\r");
    ok(pty_wait(p, "]: 4096\n", PATIENCE), "the tensors of the session are there");
}

static void close_handlers(pty *p)
{
    stops(p, "a function with a <close> variable", "do local c <close> = setmetatable({}, {__close = function() closed = 'ran' end}) "
                                                   "print 'go' pcall(function() while true do end end) end");
    pty_send(p, "closed .. ' to its end'\r");
    ok(pty_wait(p, "]: \"ran to its end\"", PATIENCE), "the <close> variable was closed");
    stops(p, "a coroutine with a <close> variable",
          "coroutine.wrap(function() local c <close> = setmetatable({}, {__close = function() closed = 'again' end}) "
          "print 'go' while true do end end)()");
    pty_send(p, "closed .. ' to its end'\r");
    ok(pty_wait(p, "]: \"again to its end\"", PATIENCE), "and that of the coroutine");
    stops(p, "a __close that never ends", "do local c <close> = setmetatable({}, {__close = function() print 'go' while true do end end}) end");
    stops(p, "a cell whose locals", "local kept = 77 print 'go' while true do end");
    pty_send(p, "kept\r");
    ok(pty_wait(p, "]: 77\n", PATIENCE), "... live on");
}

static void nested(pty *p)
{
    pty_send(p, "print 'go' while true do end\r");
    bool began = pty_wait(p, "\ngo\n", PATIENCE);
    pty_send(p, "\003");
    ok(began && pty_wait(p, "interrupted", PATIENCE) && pty_wait(p, "(lun test)> ", PATIENCE),
       "Ctrl-C at a stop ends that evaluation only");
    pty_send(p, "half a li\003");
    ok(pty_wait(p, "\n(lun test)> ", PATIENCE), "and at the stop's prompt clears the line");
    pty_send(p, "leave\r");
    ok(pty_wait(p, "left", PATIENCE) && pty_wait(p, "\nIn[", PATIENCE), "the stopped run goes on and ends");
}

static void open_nested(pty *p)
{
    pty_send(p, "garbage(");
    pty_wait(p, "garbage(", PATIENCE);
    for (int i = 0; i < 30; i++) pty_send(p, "\003");
    pty_send(p, "'still ' .. 'here'\r");
    bool alive = pty_wait(p, "]: \"still here\"", PATIENCE);
    if (!ok(alive, "thirty Ctrl-C at the prompt leave the session alive")) note("%s", p->output + (p->length > 800 ? p->length - 800 : 0));
    pty_send(p, "for i = 1, 2 do\r");
    pty_wait(p, "..  ", PATIENCE);
    pty_send(p, "\003'gone'\r");
    ok(pty_wait(p, "]: \"gone\"", PATIENCE), "Ctrl-C drops a half-typed cell");
    pty_send(p, "require('lunette.shell').prompt{prompt = '(lun test)> ', env = setmetatable({}, {__index = _G}),"
                " command = function(l) return l == 'leave' and 'left' end}\r");
    ok(pty_wait(p, "\n(lun test)> ", PATIENCE), "a nested prompt opens");
}

/* The kernel drops the keys, perhaps while they are being read; and sh takes the key for itself while it starts. */
static void at_once(pty *p)
{
    int lost = 0, deaf = 0;
    for (int i = 0; i < 1500; i++) {
        p->seen = p->length;
        pty_send(p, "abc");
        usleep((useconds_t)(i * 7 % 120));
        pty_send(p, "\003");
        lost += !pty_wait(p, "In[", PATIENCE / 4);
    }
    is_int(lost, 0, "Ctrl-C right behind a key is heard, 1500 times");
    for (int i = 0; i < 60; i++) {
        pty_settle(p);
        pty_send(p, "!sleep 30\r");
        pty_wait(p, "sleep 30\n", PATIENCE);
        usleep((useconds_t)(i * 50));
        p->seen = p->length;
        pty_send(p, "\003");
        deaf += !pty_wait(p, "In[", PATIENCE / 4);
    }
    is_int(deaf, 0, "and right behind the start of another program, 60 times");
}

static void scripts(void)
{
    pty p;
    char *argv[] = {pty_program(), (char[]){"-e"}, (char[]){"print 'go' while true do pcall(function() while true do end end) end"}, NULL};
    if (!ok(pty_start(&p, argv), "a script starts")) return;
    pty_wait(&p, "go\n", PATIENCE);
    pty_send(&p, "\003");
    pty_wait(&p, "interrupted", PATIENCE);
    is_int(pty_finish(&p, true), 130, "an interrupted script ends with 130");
}

int main(void)
{
    pty p;
    setenv("TERM", "dumb", 1);
    setenv("HOME", "/dev/null", 1);
    if (ok(pty_shell(&p, NULL), "the shell opens")) {
        in_lua(&p);
        in_kernels(&p);
        at_once(&p);
        close_handlers(&p);
        open_nested(&p);
        nested(&p);
        is_int(pty_finish(&p, true), 0, "Ctrl-D ends the session, and nothing else did");
    }
    scripts();
    return done_testing();
}
