/* history.c - what was typed before, kept between sessions
 *
 * Holds: only the last 256 KiB are read, so a long history does not slow the start; a torn or foreign line is skipped.
 * Read next: history.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL = 256 * 1024 };

static int file = -1;

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

bool lun_history_file(char *path, size_t size, const char *name)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (state && *state == '/') n = snprintf(path, size, "%s/lunette/%s", state, name);
    else if (home && *home == '/') n = snprintf(path, size, "%s/.local/state/lunette/%s", home, name);
    if (n <= 0 || (size_t)n >= size) return false;
    make_folders(path);
    return true;
}

/* In place: \n and \\ back to what they stand for. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from == '\\' && (from[1] == 'n' || from[1] == '\\')) {
            from++;
            *to++ = *from == 'n' ? '\n' : '\\';
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
}

static void load_line(char *line, void (*add)(const char *cell))
{
    char *tab = strchr(line, '\t');
    if (!tab || tab == line || strspn(line, "0123456789") != (size_t)(tab - line) || !tab[1]) return;
    unescape(tab + 1);
    add(tab + 1);
}

static void load(void (*add)(const char *cell))
{
    off_t end = lseek(file, 0, SEEK_END);
    off_t start = end > TAIL ? end - TAIL : 0;
    char *text = end > 0 ? malloc((size_t)(end - start) + 1) : NULL;
    if (!text) return;
    ssize_t got = pread(file, text, (size_t)(end - start), start);
    text[got > 0 ? got : 0] = 0;
    char *line = start > 0 ? strchr(text, '\n') : text;
    while (line && *line) {
        char *newline = strchr(line, '\n');
        if (newline) *newline = 0;
        load_line(line, add);
        line = newline ? newline + 1 : NULL;
    }
    free(text);
}

void lun_history_open(void (*add)(const char *cell))
{
    char path[4096];
    if (!lun_history_file(path, sizeof path, "history")) return;
    file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        fprintf(stderr, "note: what you type is not remembered: %s: %s\n", path, strerror(errno));
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
    }
    load(add);
}

void lun_history_append(const char *cell, size_t length)
{
    char *line = file < 0 ? NULL : malloc(2 * length + 40);
    if (!line) return;
    size_t n = (size_t)snprintf(line, 40, "%lld\t", (long long)time(NULL));
    for (size_t i = 0; i < length; i++) {
        if (cell[i] == '\n' || cell[i] == '\\') line[n++] = '\\';
        line[n++] = cell[i] == '\n' ? 'n' : cell[i];
    }
    line[n++] = '\n';
    flock(file, LOCK_EX);
    ssize_t ignored = write(file, line, n); /* a full disk must not stop the session */
    (void)ignored;
    flock(file, LOCK_UN);
    free(line);
}
