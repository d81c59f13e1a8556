/* keys.c - Tab, recall of whole cells, pasting, the history file
 *
 * Read next: repl/complete.c, repl/history.c, t/pty.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE = 20000 };

static char folder[] = "/tmp/lunette-keys-XXXXXX";

/* Types, then waits for what must appear. */
static void gives(pty *p, const char *keys, const char *shown, const char *name)
{
    pty_send(p, keys);
    if (!ok(pty_wait(p, shown, PATIENCE / 4), "%s", name)) note("%s", p->output + (p->length > 600 ? p->length - 600 : 0));
}

static void tab(pty *p)
{
    gives(p, "string.form\t('%d', 41 + 1)\r", "]: \"42\"", "Tab completes a field");
    gives(p, "s = 'abc'\rs:upp\t()\r", "]: \"ABC\"", "and a method of a string");
    gives(p, "coroutin\t.isyieldable() and 1 or 'no' .. 'pe'\r", "]: \"nope\"", "and a global");
    gives(p, "deep = {inner = {answer = 7}}\rdeep.inner.ans\t * 6\r", "]: 42", "through a chain of fields");
    gives(p, "trap = setmetatable({known = 1}, {__index = function() ran = 'it ran' return {} end})\r", "In[", "a trap is set");
    gives(p, "trap.kno\t + 1\rrawget(_G, 'ran') or 'never' .. ' ran'\r", "]: \"never ran\"", "Tab never calls __index");
    gives(p, "trap.unknown.more\t\t\003", "^C", "nor behind an unknown field");
    gives(p, "rawget(_G, 'ran') or 'still' .. ' not'\r", "]: \"still not\"", "... it did not");
    char typed[200];
    snprintf(typed, sizeof typed, "('%s/unique_n\t):sub(-11)\r", folder);
    gives(p, typed, "]: \"unique_name\"", "Tab in a string completes files, and closes it");
    gives(p, "net = lun.zeros(2, 2)\rnet:sum_\t", "sum_to_size", "behind : a tensor's methods");
    gives(p, "{2, 2});\r", "In[", "which are called");
    gives(p, "net:su\t", "sum(dim?, keepdim = false, dtype?)  Sum over dims", "a short list says what each takes and does");
    gives(p, "\003", "^C", "and is left");
    gives(p, "net:bitwise_a\tX", "net:bitwise_aX", "methods that do not take its dtype are not offered");
    gives(p, "\003", "^C", "and is left");
    gives(p, "nn.Linear(\t", "nn.Linear(in_features, out_features, bias = true)", "behind ( the arguments");
    gives(p, "\003", "^C", "and is left");
    gives(p, "net:sum{kee\ttrue, di\t1}.shape\r", "]: [1,2]", "in { their names");
    gives(p, "net:to('float6\t).dtype\r", "]: \"float64\"", "in a string what the argument takes");
    gives(p, "optim.Adam(p, {l\t", "lr = ", "also of an optimiser");
    gives(p, "\003", "^C", "and is left");
    gives(p, "lun.zeros(2, 3):matrix_n\t()\r", "f32[]", "and behind a call, by the shape that it will give");
    gives(p, "lun.zeros(5):matrix_n\torm_()\r", "no method 'matrix_norm_'", "what needs more dims is not offered");
    gives(p, "lun.nn.Conv2d(1, 2, {padding_mo\t\"circ\t\", kernel_size = 3})\r", "circular", "names and words of a module's arguments");
    gives(p, "for i = 1, 30000 do _G['word' .. i] = i end\r", "In[", "many names");
    gives(p, "word\t\t29999\r", "]: 29999", "do not keep Tab busy");
    gives(p, "%lsma\t\r", "history", "Tab completes magics");
}

static void recall(pty *p)
{
    gives(p, "for i = 1, 2 do\r", "..", "a cell of several lines begins");
    gives(p, "print('turn ' .. i)\rend\r", "turn 2\n", "and runs");
    gives(p, "\033[A\r", "turn 2\n", "Up brings back all its lines at once");
    gives(p, "\033[200~pasted = 1\npasted = pasted + 1\033[201~\r", "In[", "a paste is one cell");
    gives(p, "pasted * 100\r", "]: 200", "and runs as one");
}

static void file(void)
{
    char path[200], text[4096] = "";
    struct stat about;
    snprintf(path, sizeof path, "%s/lunette/history", folder);
    ok(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600, "the history file is nobody else's");
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f) fclose(f);
    ok(strstr(text, "\tfor i = 1, 2 do\\n  print('turn ' .. i)\\nend\n") != NULL, "a cell is one line in it");
}

static void next_session(void)
{
    pty p;
    if (!ok(pty_shell(&p, NULL), "the next session opens")) return;
    gives(&p, "\022turn\r", "turn 2\n", "C-r finds the cell of the session before");
    is_int(pty_finish(&p, true), 0, "and ends well");
}

int main(void)
{
    pty p;
    if (!ok(mkdtemp(folder) != NULL, "a folder for the history")) return done_testing();
    char path[200];
    snprintf(path, sizeof path, "%s/unique_name", folder);
    FILE *unique = fopen(path, "w");
    if (unique) fclose(unique);
    setenv("TERM", "xterm", 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("XDG_STATE_HOME", folder, 1);
    if (ok(pty_shell(&p, NULL), "the shell opens")) {
        tab(&p);
        recall(&p);
        is_int(pty_finish(&p, true), 0, "Ctrl-D ends the session");
    }
    file();
    next_session();
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
