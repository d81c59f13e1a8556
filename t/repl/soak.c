/* soak.c - Ctrl-C at random moments of everything that takes long
 *
 * Each trial starts something, presses the key once, twice or three times after a random time, and measures from the first press to the
 * prompt behind the last. Then 20 tensors of the session must be what they were, an op that wrote in place must have written all or nothing,
 * fit must have stepped all parameters equally often and left a network that answers, and a matrix product must be right.
 * LUNETTE_SOAK=N makes N trials and compares the times with their bars; without it there are a few dozen, and a time is no failure.
 * `./dev soak repl` is N = 1000; LUNETTE_SOAK_ONLY=fit ./dev soak repl 1200 makes every 24th of them, 50 times fit.
 * Read next: lua_bindings/interrupt.h, t/repl/interrupt.c (each place once), t/repl/recover.c (kill -9).
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 30000, FEW = 48, MOST = 100000, MEDIAN_MS = 50, WORST_MS = 250 };

/* One thing that can be interrupted. `inside`: it is typed at a stop of the debugger, whose prompt comes back. */
typedef struct place {
    const char *name, *code;
    int longest;              /* ms from Enter to the first press, at most */
    const char *why;          /* what may take longer than the bar, and why; NULL: nothing may */
    bool inside, silent;      /* silent: it ends by itself, and need not say that it was interrupted */
    int count, told;
    double times[MOST / 20];
} place;

static place places[] = {
    {.name = "a Lua loop", .code = "while true do end", .longest = 60},
    {.name = "a loop of pcall", .code = "while true do pcall(error, 'x') end", .longest = 60},
    {.name = "strings joined and sorted", .longest = 60,
     .code = "while true do local t = {} for i = 1, 300 do t[i] = ('x'):rep(i % 7) end table.sort(t) end"},
    {.name = "matmul 2048", .code = "while true do y = a2048:matmul(a2048) end", .longest = 400},
    {.name = "conv2d", .code = "while true do y = lun.conv2d(images, filters, {padding = 1}) end", .longest = 400},
    {.name = "backward", .code = "while true do net(rows):square():mean():backward() end", .longest = 400},
    {.name = "a training loop", .code = "train()", .longest = 400, .silent = true},
    {.name = "fit with its curves", .code = "fit()", .longest = 900},
    {.name = "writing in place", .code = "while true do large:add_(1) end", .longest = 200},
    {.name = "sorting 2e6 numbers", .code = "while true do y = lines:sort() end", .longest = 400},
    {.name = "random numbers", .code = "while true do y = lun.randn(3000, 1000) end", .longest = 200},
    {.name = "many small ops", .code = "do local s = lun.zeros(4) while true do s = (s + 1):sin() end end", .longest = 60},
    {.name = "a compiled function", .code = "while true do y = fused(large) end", .longest = 300},
    {.name = "save", .code = "while true do lun.save(folder .. '/large.safetensors', {large = lines}) end", .longest = 400},
    {.name = "load", .code = "while true do y = lun.load(folder .. '/kept.safetensors') end", .longest = 400},
    {.name = "a picture by gnuplot", .code = "while true do plot.curve(curve):save(folder .. '/curve.png') end", .longest = 700},
    {.name = "a chart in the terminal", .code = "while true do print(plot.curve(curve)) end", .longest = 300},
    {.name = "printing", .code = "for i = 1, 1e9 do print(i, 'a row of some length to be written') end", .longest = 100},
    {.name = "showing tensors", .code = "while true do print(a2048) end", .longest = 200},
    {.name = "batches by workers", .code = "while true do for x in batches() do y = x end end", .longest = 400},
    {.name = "a wait for input", .code = "while true do io.read() end", .longest = 60},
    {.name = "another program", .code = "!sleep 20", .longest = 100, .silent = true,
     .why = "sh takes the key for itself while it starts; it is handed on when the program runs"},
#ifndef LUN_WITHOUT_DEBUGGER
    {.name = "a loop at a stop", .code = "while true do end", .longest = 60, .inside = true},
    {.name = "a product at a stop", .code = "while true do y = a2048:matmul(a2048) end", .longest = 300, .inside = true},
#endif
    {.name = NULL}};

static char folder[] = "/tmp/lunette-soak-XXXXXX";
static uint64_t seed = 20251127;

static double uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 33) / (double)(1u << 31);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Types a line and waits for what it must show. */
static bool gives(pty *p, const char *line, const char *shown)
{
    pty_send(p, line);
    pty_send(p, "\r");
    return pty_wait(p, shown, PATIENCE);
}

static bool set_up(pty *p)
{
    static const char *const lines[] = {
        "for i = 1, 20 do kept[i] = lun.randn(97, 31); sums[i] = kept[i]:sum():item() end",
        "a2048 = lun.randn(2048, 2048); images, filters = lun.randn(16, 16, 64, 64), lun.randn(32, 16, 3, 3)",
        "net = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512)); rows = lun.randn(256, 512)",
        "large, lines = lun.zeros(4000000), lun.randn(2000000); ones = lun.ones(257, 131)",
        "fused = lun.compile(function(x) return ((x + 1) * 2):sin():exp():mean() end)",
        "curve = lun.linspace(0, 9, 500):sin(); lun.save(folder .. '/kept.safetensors', {lines = lines, a = a2048})",
        "sgd = optim.SGD(net:parameters(), {lr = 1e-6}); loss = function() return net(rows):square():mean() end",
        "function train() local r = lun.train.run {model = net, optimizer = sgd, epochs = 1000000, verbose = false} "
        "for _ in r:epochs() do for x in r:batches {{rows}} do r:step(loss) end end end",
        "model = keras.Sequential {keras.Input {64}, keras.layers.Dense(32, {activation = 'relu'}), keras.layers.Dense(10)}",
        "model:compile {optimizer = 'adam', loss = 'cross_entropy', metrics = {'accuracy'}}; digits, labels = data.digits(); first, counted = 0, 0",
        "function fit() first, counted = model.optimizer and model.optimizer.state[1] and model.optimizer.state[1].step or 0, 0 "
        "model:fit(digits, labels, {epochs = 1000000, validation_split = 0.2, callbacks = {keras.callbacks.Lambda {on_batch_end = function() "
        "counted = counted + 1 end}}}) end",
        "function fitted() local s = model.optimizer and model.optimizer.state or {} if not s[1] then return end for i, p in ipairs(s) do "
        "if p.step ~= s[1].step then return 'half a step' end end local more = s[1].step - first - counted "
        "if more < 0 or more > 1 then return more .. ' steps more' end "
        "if not model:predict(digits):isfinite():all() then return 'no numbers' end end",
        "function batches() return data.DataLoader(data.TensorDataset(lun.randn(40000, 64)), {batch_size = 8, workers = 2}) end"};
    char line[400];
    snprintf(line, sizeof line, "folder = '%s'; lun.manual_seed(5); kept, sums = {}, {}\r", folder);
    pty_send(p, line);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        pty_send(p, lines[i]);
        pty_send(p, "\r");
    }
    return gives(p, "'ready' .. #kept .. type(batches)", "ready20function") && pty_wait(p, "\nIn[", PATIENCE);
}

/* The session answers, and everything in it is what it was. */
static bool intact(pty *p, int trial)
{
    char line[400], shown[60];
    snprintf(line, sizeof line,
             "(function() for i = 1, 20 do if kept[i]:sum():item() ~= sums[i] then return 'kept' .. i end end "
             "if fitted() then return fitted() end if large:min():item() ~= large:max():item() then return 'half written' end "
             "local y = ones:matmul(ones.T) if y:min():item() ~= 131 or y:max():item() ~= 131 then return 'product' end "
             "return 'whole ' .. %d + 5 end)()", trial);
    snprintf(shown, sizeof shown, "\"whole %d\"", trial + 5);
    if (gives(p, line, shown) && pty_wait(p, "\nIn[", PATIENCE)) return true;
    note("%s", p->output + (p->length > 800 ? p->length - 800 : 0));
    return false;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One trial; false when the session did not come back. */
static bool trial(pty *p, place *w, int number)
{
    const char *prompt = w->inside ? "(lun" : "In[";
    int presses = 1 + (uniform() < 0.3) + (uniform() < 0.1);
    if (w->inside && !gives(p, "dbg.stop()", "(lun")) return false;
    pty_send(p, w->code);
    pty_send(p, "\r");
    double begun = now(), wait = uniform() * w->longest;
    while (now() - begun < wait) pty_drain(p, 1 + (int)(wait - (now() - begun)));
    double pressed = now();
    for (int i = 0; i < presses; i++) {
        if (i) usleep((useconds_t)(uniform() * 15000));
        pty_drain(p, 0);
        p->seen = p->length;
        pty_send(p, "\003");
    }
    bool back = pty_wait(p, prompt, PATIENCE);
    w->times[w->count++] = now() - pressed;
    w->told += strstr(p->output, "interrupted") != NULL;
    if (w->inside && back) back = gives(p, ":c", "\nIn[");
    if (!back) note("pressed %d times after %.0f ms: %s", presses, wait, p->output + (p->length > 800 ? p->length - 800 : 0));
    bool another = strstr(p->output, "\nerror") != NULL; /* the interrupt must not look like another error */
    if (another) note("%s: %s", w->name, strstr(p->output, "\nerror"));
    return back && !another && intact(p, number);
}

/* What is kept is what the present trial wrote. */
static void forget_output(pty *p)
{
    if (p->output) p->output[0] = '\0';
    p->length = p->seen = 0;
}

static void tell(place *w, bool measured)
{
    int late = 0;
    if (w->count == 0) return;
    qsort(w->times, (size_t)w->count, sizeof w->times[0], ascending);
    for (int i = 0; i < w->count; i++) late += w->times[i] > WORST_MS;
    note("%-26s %4d times  median %6.1f ms  worst %6.1f ms%s%s", w->name, w->count, w->times[w->count / 2], w->times[w->count - 1],
         late ? "  late: " : "", late ? w->why ? w->why : "not allowed" : "");
    ok(w->told > 0 || w->silent || w->count < 2, "%s was interrupted", w->name); /* or its code does not even run */
    if (measured) ok(late == 0 || w->why, "%s: at most %d ms", w->name, WORST_MS);
}

int main(void)
{
    const char *wanted = getenv("LUNETTE_SOAK"), *only = getenv("LUNETTE_SOAK_ONLY");
    int trials = wanted ? atoi(wanted) : FEW, kinds = (int)(sizeof places / sizeof places[0]) - 1, bad = 0, count = 0;
    static double all[MOST];
    pty p;
    setenv("TERM", "xterm", 1); /* on which charts are drawn in place */
    setenv("HOME", "/dev/null", 1);
    if (!ok(mkdtemp(folder) != NULL && pty_shell(&p, "--plain") && set_up(&p), "a session with networks and tensors")) {
        note("%s", p.output + (p.length > 800 ? p.length - 800 : 0));
        return done_testing();
    }
    forget_output(&p);
    for (int i = 0; i < trials && i < MOST && !bad; i++) {
        place *w = &places[i % kinds];
        if (only && !strstr(w->name, only)) continue;
        if (!trial(&p, w, i)) {
            note("trial %d: %s did not come back whole", i, w->name);
            bad++;
        }
        if (w->count) all[count++] = w->times[w->count - 1];
        forget_output(&p);
    }
    ok(bad == 0, "after %d interrupts the session answers, its tensors are what they were, the next product is right", count);
    qsort(all, (size_t)count, sizeof all[0], ascending);
    for (int i = 0; i < kinds; i++) tell(&places[i], wanted != NULL);
    note("all: %d interrupts, median %.1f ms, worst %.1f ms", count, count ? all[count / 2] : 0, count ? all[count - 1] : 0);
    if (wanted && count) ok(all[count / 2] <= MEDIAN_MS, "the median is at most %d ms", MEDIAN_MS);
    is_int(pty_finish(&p, true), 0, "Ctrl-D ends the session");
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
