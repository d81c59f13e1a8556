/* homes.c - a home that is not there, cannot be written or is full; damaged files; a terminal nobody knows: a note, and the shell works
 *
 * Read next: repl/history.c, repl/journal.c, t/pty.h.
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

static char folder[] = "/tmp/lunette-homes-XXXXXX";

/* Starts the shell by sh, after `before` ("unset HOME;"). */
static bool start(pty *p, const char *before)
{
    static char command[4400];
    snprintf(command, sizeof command, "%s exec %s --no-config", before, pty_program());
    char *argv[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, command, NULL};
    return pty_start(p, argv);
}

/* The shell opens, says `told` (or says nothing of files), computes, and leaves. */
static void works(const char *before, const char *told, const char *name)
{
    pty p;
    bool opened = start(&p, before) && (!told || pty_wait(&p, told, PATIENCE)) && pty_wait(&p, "In[1]: ", PATIENCE);
    bool quiet = told || !strstr(p.output, "note: ");
    pty_send(&p, "6 * 7\r");
    bool computes = pty_wait(&p, "Out[1]: 42", PATIENCE) && pty_wait(&p, "In[2]: ", PATIENCE);
    if (!ok(opened && quiet && computes, "%s", name)) note("%s", p.output);
    is_int(pty_finish(&p, true), 0, "... and is left");
}

static char *path_of(const char *name)
{
    static char path[2][300];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void put(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(path_of(name), "w");
    ok(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0, "%s is written", name);
}

static void damaged_history(void)
{
    static const char torn[] = "1700000000\t'first' .. 1\n1700000001\t'torn\0\xff\xfe\n1700000002\t'third' .. 3\n";
    pty p;
    struct stat about;
    put("lunette/history", torn, sizeof torn - 1);
    if (!ok(start(&p, "") && pty_wait(&p, "history.bad, and 2 cells", PATIENCE), "a damaged history is named")) note("%s", p.output);
    pty_wait(&p, "In[1]: ", PATIENCE);
    pty_send(&p, "\020\r");
    ok(pty_wait(&p, "\"third3\"", PATIENCE), "what is whole in it can be recalled");
    is_int(pty_finish(&p, true), 0, "the session ends well");
    ok(stat(path_of("lunette/history.bad"), &about) == 0 && about.st_size == sizeof torn - 1, "the damaged file is kept as it was");
    ok(stat(path_of("lunette/history"), &about) == 0 && (about.st_mode & 0777) == 0600, "the new one is nobody else's");
    put("lunette/history", torn, 24); /* without the newline */
    ok(chmod(path_of("lunette/history"), 0644) == 0, "it can be read by all");
    works("", NULL, "a torn line at its end is nothing to speak of");
    ok(stat(path_of("lunette/history"), &about) == 0 && (about.st_mode & 0777) == 0600, "now it cannot");
}

static void damaged_journal(void)
{
    pty p;
    struct stat about;
    put("lunette/sessions/20250101-000000-1.lua", "\0\0\0\0garbage\n", 12);
    ok(start(&p, "") && pty_wait(&p, "%recover", PATIENCE) && pty_wait(&p, "In[1]: ", PATIENCE), "a damaged session blocks nothing");
    pty_send(&p, "%recover\r");
    ok(pty_wait(&p, "20250101-000000-1.lua.bad", PATIENCE), "%%recover names its new name");
    pty_wait(&p, "In[2]: ", PATIENCE);
    is_int(pty_finish(&p, true), 0, "the session ends well");
    ok(stat(path_of("lunette/sessions/20250101-000000-1.lua.bad"), &about) == 0, "and there it is");
}

static void full(void)
{
    pty p;
    ok(start(&p, "ulimit -f 0;") && pty_wait(&p, "In[1]: ", PATIENCE), "a full disk: the shell opens");
    pty_send(&p, "6 * 7\r");
    ok(pty_wait(&p, "note: what you type is not kept", PATIENCE) && pty_wait(&p, "42", PATIENCE), "says so, and computes");
    pty_send(&p, "7 * 7\r");
    ok(pty_wait(&p, "49", PATIENCE) && !strstr(p.output + p.seen, "note: "), "says it once");
    is_int(pty_finish(&p, true), 0, "and is left");
}

int main(void)
{
    char command[200];
    if (!ok(mkdtemp(folder) != NULL, "a folder for the state")) return done_testing();
    setenv("TERM", "xterm", 1);
    setenv("INPUTRC", "/dev/null", 1);
    setenv("XDG_STATE_HOME", folder, 1);
    works("", NULL, "a folder that can be written");
    works("unset HOME XDG_STATE_HOME;", "note: what you type is not kept", "no HOME");
    works("unset XDG_STATE_HOME; export HOME=/dev/null;", "note: what you type is not kept", "a HOME that cannot be written");
    works("export XDG_STATE_HOME=/proc/1;", "note: what you type is not kept", "a folder in which nothing can be made");
    works("export TERM=nosuchterminal;", NULL, "a terminal that terminfo does not know");
    works("unset TERM;", NULL, "no TERM");
    works("export TERM=xterm TERMINFO=/nowhere TERMINFO_DIRS=/nowhere;", NULL, "no terminfo at all");
    damaged_history();
    damaged_journal();
    full();
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
