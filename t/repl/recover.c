/* recover.c - what a session that is killed leaves behind, and %recover
 *
 * Kills at random moments, while cells are typed as fast as they run, while it starts, leaves or recovers: of what was typed at most the
 * cell that ran may be missing, and the next session starts at once. LUNETTE_SOAK=N kills N times; `./dev soak repl` makes that 1000.
 * Read next: repl/journal.c, lib/magics/recover.lua.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE = 20000 };

static char folder[] = "/tmp/lunette-recover-XXXXXX";

static bool open_one(pty *p)
{
    char *argv[] = {pty_program(), (char[]){"--no-config"}, (char[]){"--plain"}, NULL};
    return pty_start(p, argv);
}

static void gives(pty *p, const char *keys, const char *shown, const char *name)
{
    pty_send(p, keys);
    if (!ok(pty_wait(p, shown, PATIENCE / 4), "%s", name)) note("%s", p->output + (p->length > 600 ? p->length - 600 : 0));
}

static int files_left(bool private_only)
{
    char path[300];
    int count = 0;
    snprintf(path, sizeof path, "%s/lunette/sessions", folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        struct stat about;
        char one[600];
        snprintf(one, sizeof one, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.' && stat(one, &about) == 0 && (!private_only || (about.st_mode & 077) == 0)) count++;
    }
    if (d) closedir(d);
    return count;
}

static void killed_in_a_cell(void)
{
    pty p;
    if (!ok(pty_shell(&p, "--plain"), "a session opens")) return;
    gives(&p, "for i = 1, 2 do\rkept = i * 21\rend\r", "In[2]: ", "a cell of three rows runs");
    gives(&p, "error 'no'\r", "In[3]: ", "one fails");
    gives(&p, "print 'go' while true do end\r", "go\n", "one runs for ever");
    is_int(files_left(true), 1, "the journal is nobody else's");
    pty_finish(&p, false);
    is_int(files_left(false), 1, "killed, it leaves the journal");
    if (!ok(pty_shell(&p, "--plain"), "the next session opens")) return;
    ok(strstr(p.output, "%recover") != NULL, "and says so");
    gives(&p, "%recover\r", "In[3]: print 'go' while true do end   (it ran when the session ended)\n", "the cell that ran is there");
    gives(&p, "%recover run\r", "  > for i = 1, 2 do\n", "what went well runs again");
    gives(&p, "kept\r", "]: 42\n", "and its values are there");
    gives(&p, "%recover forget\r%recover\r", "no session was lost", "it can be dropped");
    is_int(pty_finish(&p, true), 0, "the session ends well");
    is_int(files_left(false), 0, "and leaves no journal");
}

/* Where a session is when it is killed. */
typedef enum { TYPING, STARTING, LEAVING, RECOVERING, MOMENTS } moment;

/* Types cells until the moment has come, and kills; how many of them had ended, -1 when the session did not start. */
static int live_and_die(int i, moment when)
{
    pty p;
    char cell[80], wanted[80];
    int ended = 0, cells = when == STARTING ? 0 : 1 + i % 5;
    useconds_t wait = (useconds_t)(i * 379 % (when == STARTING ? 40000 : 3000));
    if (when == RECOVERING) live_and_die(i, TYPING); /* there must be something to recover */
    if (when == STARTING ? !open_one(&p) : !pty_shell(&p, "--plain")) return -1;
    for (int k = 1; k <= cells; k++) {
        snprintf(cell, sizeof cell, "cell_%d_%d = %d\r", i, k, k);
        snprintf(wanted, sizeof wanted, "In[%d]: ", k + 1);
        pty_send(&p, cell);
        bool last_is_awaited = when != TYPING || k < cells;
        if (last_is_awaited && pty_wait(&p, wanted, PATIENCE)) ended = k;
    }
    if (when == LEAVING) pty_send(&p, "\004");
    if (when == RECOVERING) pty_send(&p, "%recover run\r%recover forget\r");
    usleep(wait);
    kill(p.pid, SIGKILL);
    pty_finish(&p, false);
    return ended;
}

/* Is the last cell that ended in the history, as a whole line? */
static bool remembered(const char *cell)
{
    char path[300], line[400];
    bool found = false;
    snprintf(path, sizeof path, "%s/lunette/history", folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        char *tab = strchr(line, '\t');
        found |= tab && strncmp(tab + 1, cell, strlen(cell)) == 0 && tab[1 + strlen(cell)] == '\n';
    }
    if (file) fclose(file);
    return found;
}

static void soak(int times)
{
    int blocked = 0, lost = 0, forgotten = 0, counts[MOMENTS] = {0};
    for (int i = 0; i < times; i++) {
        pty p;
        char cell[60], wanted[80];
        moment when = (moment)(i % MOMENTS);
        int ended = live_and_die(i, when);
        counts[when]++;
        if (ended < 0 || !pty_shell(&p, "--plain")) {
            blocked++;
            continue;
        }
        snprintf(cell, sizeof cell, "cell_%d_%d = %d", i, ended, ended);
        snprintf(wanted, sizeof wanted, "In[%d]: %s\n", ended, cell);
        forgotten += ended > 0 && !remembered(cell);
        if (ended > 0 && when != LEAVING) { /* who was leaving may have left */
            pty_send(&p, "%recover\r");
            lost += !pty_wait(&p, wanted, PATIENCE / 4);
        }
        for (int k = 0; k < 3 && files_left(false) > 1; k++) {
            pty_send(&p, "%recover forget\r");
            pty_wait(&p, "In[", PATIENCE);
        }
        pty_finish(&p, true);
    }
    note("%d kills (%d while cells ran, %d while starting, %d while leaving, %d in %%recover): %d cells lost, %d missing in the history, "
         "%d starts blocked", times, counts[TYPING], counts[STARTING], counts[LEAVING], counts[RECOVERING], lost, forgotten, blocked);
    ok(lost == 0 && forgotten == 0 && blocked == 0, "kills at random moments lose no cell that had ended, and block no start");
}

int main(void)
{
    const char *wanted = getenv("LUNETTE_SOAK");
    if (!ok(mkdtemp(folder) != NULL, "a folder for the state")) return done_testing();
    setenv("TERM", "dumb", 1);
    setenv("XDG_STATE_HOME", folder, 1);
    killed_in_a_cell();
    soak(wanted ? atoi(wanted) : 28);
    char command[200];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ok(system(command) == 0, "the folder is removed");
    return done_testing();
}
