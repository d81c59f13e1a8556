/* editor.c - typing, recalling and pasting cells of many lines, as a terminal shows it
 *
 * Each check types keys and waits for a piece of the screen. "\r" is Enter, "\033" Escape.
 * Read next: repl/painter.c, repl/keys.c, repl/move.c, t/screen.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/screen.h"
#include "t/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 8000 };

static char folder[] = "/tmp/lunette-editor-XXXXXX";
static screen seen;
static pty shell;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Waits until the screen (and what left it) holds `text`. */
static bool comes(const char *text, bool all)
{
    double end = now() + PATIENCE;
    while (now() < end) {
        if (strstr(screen_text(&seen, all), text)) return true;
        pty_drain(&shell, 50);
    }
    return false;
}

static void shows(const char *keys, const char *text, const char *name)
{
    pty_settle(&shell);
    size_t before = shell.length;
    pty_send(&shell, keys);
    double end = now() + PATIENCE;
    while (shell.length == before && !shell.ended && now() < end) pty_drain(&shell, 50); /* what stood there before is no answer */
    if (!ok(comes(text, false), "%s", name)) note("wanted:\n%s\nthe screen:\n%s", text, screen_text(&seen, false));
}

static bool start(int rows, int columns)
{
    char *argv[] = {pty_program(), (char[]){"--no-config"}, NULL};
    screen_open(&seen, rows, columns);
    if (!pty_start(&shell, argv)) return false;
    pty_resize(&shell, rows, columns);
    shell.watch = screen_feed;
    shell.watcher = &seen;
    return comes("In[1]:", false);
}

static void finish(const char *name)
{
    pty_send(&shell, "\003");
    is_int(pty_finish(&shell, true), 0, "%s: it ends well", name);
    is_int(seen.strange, 0, "%s: no sequence but the simple ones", name);
    screen_close(&seen);
}

static void type_cells(void)
{
    shows("for i = 1, 2 do\rif i == 2 then\rprint('two')\relse\rprint('one')\rend\rend\r",
          "In[1]: for i = 1, 2 do\n   ..    if i == 2 then\n   ..      print('two')\n   ..    else\n   ..      print('one')\n"
          "   ..    end\n   ..  end\none\ntwo\nIn[2]:",
          "rows are indented while typed, `else` and `end` go back, and Enter runs what is whole");
    shows("\033[A\033[B\033[B\033[FX", "print('two')X\n", "Up brings the cell back, Down goes into it");
    shows("\003", "^C\nIn[", "Ctrl-C drops the cell below its last row");
    shows("a = 1\033\rb = 2\ra + b\r", "In[2]: a = 1\n   ..  b = 2\nIn[3]: a + b\nOut[3]: 3\nIn[4]:", "M-Enter breaks the line");
    shows("(\r1 + 2\r)\r", "In[4]: (\n   ..    1 + 2\n   ..  )\nOut[4]: 3\n", "brackets indent too");
    shows("x = [[\ry]] endx = 1", "x = [[\n   ..  y]] endx = 1\n", "in a string nothing is indented");
    shows("\003", "endx = 1^C\nIn[5]:", "and dropped");
    shows("1 +\r2\025\177 3\r", "In[5]: 1 + 3\nOut[5]: 4\n", "C-u and Backspace join rows");
}

static void recall_by_prefix(void)
{
    shows("lun.zeros(2):relu(\033OP", "gelu\nIn[1]: lun.zeros(2):relu(\n", "F1 explains what is called at the cursor");
    shows("\003", "relu(^C\nIn[", "and the cell is still there");
    shows("alpha = 1\rbeta = 2\ralpha = 3\r", "alpha = 3\nIn[", "three cells are typed");
    shows("be\033[A\r", "beta = 2\nIn[", "Up meets only what begins as was typed");
    shows("alpha\033[A\033[A + 0;\r", "alpha = 1 + 0;\nIn[", "again and again");
    shows("draft\020\020\016\016", "draft\n", "and Down comes back to what was not yet run");
    shows("\003", "draft^C\nIn[", "unchanged");
    shows("\022eta\r", "beta = 2\nIn[", "C-r searches anywhere in a cell");
    shows("\022two", "print('two')", "C-r shows the cell it found");
    shows("\003", "end^C\nIn[7]:", "Ctrl-C leaves the search");
}

static void paste(void)
{
    shows("\033[200~p = 1\nq = 2\n\033[201~", "p = 1\n   ..  q = 2", "a paste is text");
    shows("\r", "q = 2\nIn[", "that Enter runs");
    shows("\033[200~In[3]: x = 4\nIn[4]: x + 1\nOut[4]: 5\nnoise\n"
          "In[5]: for i = 1, 2 do\n   ..    y = i\n   ..  end\nIn[6]:\n\033[201~",
          "x = 4\n   ..  x + 1\n   ..  for i = 1, 2 do\n   ..    y = i\n   ..  end\n", "prompts and results are taken out of it");
    shows("\003", "end^C\nIn[8]:", "and dropped");
    shows("\033[200~s = [[\r\n\tt]]\033[201~\rs\r", "\"\\tt\"", "tabs stay, line ends become newlines");
    shows("\033[200~1\033[201~ + 1\r", "]: 2\n", "keys that come at once behind it are keys");
}

static void widths(void)
{
    shows("w = '\xe6\x97\xa5\xe6\x9c\xac\xc3\xa9' .. 1"
          "\x02\x02\x02\x02\x02\x02X\x7f\x7f\x05\r", "w = '\xe6\x97\xa5\xe6\x9c\xac' .. 1\nIn[",
          "Backspace takes a whole character");
    shows("#w\r", "]: 7\n", "and nothing else");
    shows("l = '0123456789012345678901234567890123456789'\r",
          "l = '012345678901234567890123456\n       7890123456789'\nIn[", "a long row is broken");
    shows("io.write 'no newline';\r", "no newline\nIn[", "a prompt begins at the left");
}

static void narrow(void)
{
    shows("lun.full({300, 30}, 12345.5)\r",
          "  [12345.5000 12345.5000 12345.5000 ... 12345.5000\n   12345.5000 12345.5000]]\nIn[", "a tensor is as wide as the window");
}

static void resize(void)
{
    shows("r = 'aaaaaaaaaabbbbbbbbbbccccccccccdddd'", "dddd'", "a row is typed");
    screen_resize(&seen, 12, 60);
    pty_resize(&shell, 12, 60);
    shows("X", "r = 'aaaaaaaaaabbbbbbbbbbccccccccccdddd'X\n", "a wider window shows it on one row");
    shows("\003", "X^C\nIn[", "which is left well");
}

static void tall(void)
{
    char keys[400] = "do\r", text[400] = "In[1]: do\n", *k = keys + 3, *t = text + 10;
    for (int i = 1; i <= 14; i++) {
        k += sprintf(k, "n = %d\r", i);
        t += sprintf(t, "   ..    n = %d\n", i);
    }
    strcpy(k, "end");
    shows(keys, "   ..    n = 14\n   ..  end", "a cell taller than the screen is seen in part");
    shows("\020\020\020\020\020\020\020\020\020\020\020\020\020\020\020", "In[1]: do\n", "the window follows the cursor");
    pty_send(&shell, "\rn\r");
    strcpy(t, "   ..  end\nIn[2]: n\nOut[2]: 14\n");
    if (!ok(comes(text, true), "and when it runs all of it stands there")) note("%s", screen_text(&seen, true));
}

/* Dim shapes and red reasons behind what is typed; as text they are told from it by the three blanks. */
static void ghosts(void)
{
    shows("x = lun.randn(64, 10)\r", "In[2]:", "a session that has met the library");
    shows("y = x:view(32, 20)", "y = x:view(32, 20)   f32[32,20]\n", "the shape of the result stands behind the row");
    shows("\r", "y = x:view(32, 20)\nIn[3]:", "and goes when the cell runs");
    shows("x + y", "x + y   add: cannot broadcast [64,10] with [32,20]: align", "a mismatch gives its reason, cut at the margin");
    shows(":view(64, 10)", "x + y:view(64, 10)   f32[64,10]\n", "until it is mended");
    shows("\001z = \005\033\rz[1]", "z = x + y:view(64, 10)\n   ..  z[1]   f32[10]\n", "rows above count, and have none of their own");
    shows("\033[A", "z = x + y:view(64, 10)   f32[64,10]\n   ..  z[1]\n", "but where the cursor stands");
    shows("\003", "z[1]^C\nIn[", "and none is left behind");
    shows("x:sum(", "In[3]: x:sum(\n", "nothing stands behind what is not whole");
    shows("\003%set ghost off\rx", "ghost        false", "%set ghost off");
    shows("\002\006", "In[4]: x\n", "turns them off");
    shows("\003", "x^C\nIn[", "and all goes on");
}

/* One painter owns the bottom lines. */
static void chart_and_bars(void)
{
    shows("bar = require 'lunette.progress'.bar; wait = require 'lunette.shell'.pause\r", "In[", "progress bars");
    shows("all, part = bar(4, {label = 'all'}), bar(2, {label = 'part'}); part:update(1); all:update(1); print 'above'\r",
          "above\nIn[", "what is printed takes them away");
    shows("all, part = bar(4, {label = 'all'}), bar(2, {label = 'part'}); part:update(1); all:update(4)\r",
          "all 100% [========================] 4/4", "the outer one stands above");
    ok(comes("\npart  50% [============            ] 1/2", false), "the inner one below it");
    shows("live, all = plot.live(), bar(4, {label = 'all'}); live:add {loss = 1}; all:update(2); wait(0.2); live:add {loss = 2}\r",
          "\nloss 2\nall  50% [", "and a chart draws them under its curves");
}

static void editor_program(void)
{
    char path[200];
    snprintf(path, sizeof path, "%s/editor", folder);
    FILE *file = fopen(path, "w");
    if (!file) return;
    fputs("#!/bin/sh\necho 'edited = 7' >\"$1\"\n", file);
    fclose(file);
    chmod(path, 0700);
    setenv("VISUAL", path, 1);
    if (!ok(start(20, 70), "the shell opens with an editor")) return;
    shows("nothing\030\005\redited\r", "edited = 7\nIn[2]: edited\nOut[2]: 7\n", "C-x C-e takes the cell to it and back");
    finish("editor");
}

static void vi_mode(void)
{
    char path[200];
    snprintf(path, sizeof path, "%s/inputrc", folder);
    FILE *file = fopen(path, "w");
    if (!file) return;
    fputs("set editing-mode vi\n$if lunette\n\"\\C-t\": \"from inputrc\"\n\"\\C-o\": lunette-break-line\n$endif\n", file);
    fclose(file);
    setenv("INPUTRC", path, 1);
    if (!ok(start(20, 70), "the shell opens in vi mode")) return;
    shows("v = 10 + 5", "v = 10 + 5", "keys insert");
    shows("\0330cwu\r", "u = 10 + 5\nIn[", "Escape, 0, cw: vi's commands");
    shows("u\033", "u", "a name");
    shows("\r", "]: 15\n", "Enter runs from command mode");
    shows("\024", "from inputrc", "a macro of the inputrc");
    shows("\017X", "from inputrc\n   ..  X\n", "our commands have names there");
    finish("vi");
}

int main(void)
{
    if (!ok(mkdtemp(folder) != NULL, "a folder for the history")) return done_testing();
    setenv("TERM", "xterm-256color", 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("LUNETTE_GRAPHICS", "braille", 1); /* or a chart asks the terminal */
    setenv("XDG_STATE_HOME", folder, 1);
    unsetenv("LC_ALL"), unsetenv("LC_CTYPE"), unsetenv("LANG");
    if (ok(start(40, 80), "the shell opens")) type_cells(), finish("typing");
    if (ok(start(40, 80), "again")) recall_by_prefix(), paste(), finish("history");
    if (ok(start(12, 40), "in a small window")) widths(), resize(), narrow(), finish("small");
    if (ok(start(10, 60), "in a low one")) tall(), finish("low");
    if (ok(start(30, 72), "with the library")) ghosts(), chart_and_bars(), finish("ghosts");
    editor_program();
    vi_mode();
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
