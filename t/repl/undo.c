/* undo.c - %undo: the session is as it was before the last cell, and goes on as one
 *
 * Read next: repl/undo.h, t/pty.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 20000 };

static char folder[] = "/tmp/lunette-undo-XXXXXX";

/* Types a cell, waits for what it shows, and for the next prompt. */
static void gives(pty *p, const char *cell, const char *shown, const char *name)
{
    pty_send(p, cell);
    pty_send(p, "\r");
    bool there = pty_wait(p, shown, PATIENCE) && pty_wait(p, "In[", PATIENCE);
    if (!ok(there, "%s", name)) note("%s", p->output + (p->length > 600 ? p->length - 600 : 0));
}

static void back(pty *p)
{
    gives(p, "%undo", "no cell has run yet", "nothing to undo at the start");
    gives(p, "x = lun.ones(3); lun.manual_seed(3); t = {1}; #t + 10", "]: 11", "a session begins");
    gives(p, "x:add_(5); t[2] = 2; t.f = print; r = lun.randn(1):item(); x:sum():item() + #t", "]: 20", "a cell changes tensors, tables and random numbers");
    gives(p, "?lun.ones", "ones", "a look at something");
    gives(p, "%undo", "In[3] is undone", "the last cell is undone, the look does not count");
    gives(p, "x:sum():item() + #t + (rawget(_G, 'r') and 100 or 0)", "]: 4", "tensors, tables and names are what they were");
    gives(p, "lun.randn(1):item() .. '!'", "!", "a random number");
    gives(p, "%undo", "In[4] is undone", "is undone");
    gives(p, "%undo", "there is one copy only", "and only one cell can be");
    gives(p, "first = lun.randn(1):item(); lun.manual_seed(3); first == lun.randn(1):item()", "]: true", "the generator was where it was");
    gives(p, "lun.ones(300, 300):matmul(lun.ones(300, 300)):sum():item() // 1 | 0", "]: 27000000", "threads compute in the woken session");
    pty_send(p, "while true do end\r");
    usleep(200000);
    pty_send(p, "\003");
    ok(pty_wait(p, "interrupted", PATIENCE) && pty_wait(p, "In[", PATIENCE), "Ctrl-C reaches it");
    gives(p, "40 + 2", "]: 42", "once");
    gives(p, "large = lun.zeros(5000000)", "\n", "much memory is taken");
    gives(p, "large:add_(1);", "\n", "and written to");
    gives(p, "%undo", "took more than 16 MiB", "of which no copy is made unasked");
    gives(p, "%undo on", "%undo on", "but");
    gives(p, "large:add_(1);", "\n", "when it is asked for");
    gives(p, "%undo", "is undone", "it is undone");
    gives(p, "large[1]:item() .. '!'", "1.0!", "and is what it was");
    gives(p, "%undo off", "%undo off", "it can be turned off");
    gives(p, "1", "]: 1", "a cell");
    gives(p, "%undo", "%undo is off", "and says so");
    pty_send(p, "os.exit(7)\r");
    is_int(pty_finish(p, true), 7, "how the woken session ends is how the program ends");
}

static void journal(void)
{
    pty p;
    if (!ok(pty_shell(&p, "--plain"), "another session")) return;
    gives(&p, "kept = 1", "\n", "a cell");
    gives(&p, "dropped = 2", "\n", "another");
    gives(&p, "%undo", "In[2] is undone", "which is undone");
    gives(&p, "behind = 3", "\n", "one more");
    kill(p.pid, SIGKILL);
    pty_finish(&p, false);
    if (!ok(pty_shell(&p, "--plain"), "the next session")) return;
    pty_send(&p, "%recover\r");
    bool told = pty_wait(&p, "%recover forget drops them", PATIENCE);
    const char *list = strstr(p.output, "In[1]: kept = 1");
    ok(told && list && strstr(list, "In[2]: behind = 3") && !strstr(list, "dropped"), "what was undone is not recovered");
    pty_send(&p, "%recover forget\r");
    pty_wait(&p, "In[3]", PATIENCE);
    gives(&p, "crew = data.DataLoader(data.TensorDataset(lun.randn(400, 4)), {batch_size = 4, workers = 2})", "\n", "a loader");
    gives(&p, "for b in crew do break end", "\n", "with threads");
    gives(&p, "step = 1", "\n", "a cell beside them");
    pty_send(&p, "%undo\r"); /* the threads may have ended with their loop */
    ok(pty_wait(&p, "threads run besides", PATIENCE / 10) || strstr(p.output, " is undone"), "is undone, or it is said why not");
    is_int(pty_finish(&p, true), 0, "and is left");
}

/* A copy could not use the device; before the cell that opens it there is one. */
static void beside_device(void)
{
    pty p;
    char module[4096];
    const char *build = getenv("LUNETTE_BUILD");
    snprintf(module, sizeof module, "%s/lunette_cuda_host.so", build ? build : "build");
    if (access(module, R_OK)) {
        skip("the module for the host device was not built");
        return;
    }
    setenv("LUNETTE_CUDA_MODULE", module, 1);
    if (!ok(pty_shell(&p, "--plain"), "a session with a device opens")) return;
    gives(&p, "y = 1; y + 20", "]: 21", "a cell");
    gives(&p, "x = lun.ones(3):cuda(); y + 30", "]: 31", "a cell that uses the device");
    gives(&p, "x:add_(1):sum():item() // 1 | 0", "]: 6", "and another one");
    gives(&p, "%undo", "a GPU is in use", "which is not undone, and that is said");
    gives(&p, "x:sum():item() // 1 | 0", "]: 6", "the device goes on");
    is_int(pty_finish(&p, true), 0, "and the session is left");
    unsetenv("LUNETTE_CUDA_MODULE");
}

int main(void)
{
    pty p;
    char command[200];
    if (!ok(mkdtemp(folder) != NULL, "a folder for the state")) return done_testing();
    setenv("TERM", "dumb", 1);
    setenv("XDG_STATE_HOME", folder, 1);
    if (ok(pty_shell(&p, "--plain"), "a session opens")) back(&p);
    journal();
    beside_device();
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
