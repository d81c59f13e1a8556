/* journal.c - what this session typed, safe from whatever ends it
 *
 * Holds: the lock of the file says that its session lives; the kernel drops it however the process ends. Of dead sessions the newest few are
 * kept. Read next: journal.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/journal.h"

#include "repl/history.h"
#include "repl/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KEPT = 10, MOST_LOOKED_AT = 1000 };

static int file = -1;
static char own_path[4096];

/* --- writing -------------------------------------------------------------------------------------------- */

static void put(const char *bytes, size_t length)
{
    if (file < 0) return;
    ssize_t n = write(file, bytes, length);
    if (n == (ssize_t)length) return;
    lun_history_complain(own_path, n < 0 ? strerror(errno) : "the disk is full");
    close(file);
    file = -1;
}

void lun_journal_open(void)
{
    if (!lun_history_file(own_path, sizeof own_path, "sessions/")) return;
    size_t n = strlen(own_path);
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    n += strftime(own_path + n, sizeof own_path - n, "%Y%m%d-%H%M%S", &local);
    if (n == 0 || n + 20 >= sizeof own_path) return;
    snprintf(own_path + n, sizeof own_path - n, "-%ld.lua", (long)getpid());
    file = open(own_path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        lun_history_complain(own_path, strerror(errno));
        return;
    }
    flock(file, LOCK_EX | LOCK_NB);
    atexit(lun_journal_close); /* os.exit is leaving too */
}

void lun_journal_cell(int number, const char *text, size_t length)
{
    lun_text cell = {0};
    if (file < 0) return;
    int rows = 1;
    for (size_t i = 0; i < length; i++) rows += text[i] == '\n';
    lun_text_print(&cell, "-- %%%% In[%d] rows=%d\n", number, rows); /* counted, because a cell may hold any row */
    lun_text_add(&cell, text, length);
    lun_text_put(&cell, "\n");
    if (!cell.failed) put(cell.bytes, cell.length);
    lun_text_free(&cell);
}

void lun_journal_ended(bool good)
{
    put(good ? "-- good\n\n" : "-- failed\n\n", good ? 9 : 11);
    if (file >= 0) fdatasync(file); /* here, where the person thinks, and not before the cell runs */
}

void lun_journal_let_go(void)
{
    if (file >= 0) close(file);
    file = -1;
}

void lun_journal_go_on(void)
{
    if (own_path[0]) file = open(own_path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file >= 0) flock(file, LOCK_EX | LOCK_NB);
}

void lun_journal_undone(int number)
{
    char line[40];
    put(line, (size_t)snprintf(line, sizeof line, "-- undone In[%d]\n\n", number));
}

void lun_journal_close(void)
{
    if (file < 0) return;
    unlink(own_path);
    close(file);
    file = -1;
}

/* --- sessions that died --------------------------------------------------------------------------------- */

static bool is_dead(const char *path)
{
    int other = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    if (other < 0) return false;
    bool dead = flock(other, LOCK_EX | LOCK_NB) == 0;
    bool empty = fstat(other, &about) == 0 && about.st_size == 0;
    close(other);
    if (dead && empty) unlink(path);
    return dead && !empty;
}

static int newest_first(const struct dirent **a, const struct dirent **b) { return strcmp((*b)->d_name, (*a)->d_name); }

static int is_session(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end && strcmp(end, ".lua") == 0;
}

bool lun_journal_dead(char *path, size_t size)
{
    char folder[4096], one[8192];
    struct dirent **names;
    int found = 0;
    if (!lun_history_file(folder, sizeof folder, "sessions/")) return false;
    int count = scandir(folder, &names, is_session, newest_first);
    for (int i = 0; i < count; i++) {
        snprintf(one, sizeof one, "%s%s", folder, names[i]->d_name);
        if (i < MOST_LOOKED_AT && is_dead(one)) {
            if (found++ == 0) snprintf(path, size, "%s", one);
            if (found > KEPT) unlink(one);
        }
        free(names[i]);
    }
    if (count >= 0) free(names);
    return found > 0;
}
