/* history.c - what was typed before, kept between sessions
 *
 * Holds: only the last 256 KiB are read, so a long history does not slow the start; a torn or foreign line is skipped. A file that holds bytes
 * no history has, or not one line of ours, is set aside under another name, and what could be read of it goes into a new one.
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

void lun_history_complain(const char *path, const char *why)
{
    static bool told;
    if (!told) fprintf(stderr, "note: what you type is not kept: %s%s%s\n", path ? path : "", path ? ": " : "", why);
    told = true;
}

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

/* Is it one of our lines? Then its cell is added. With `to` >= 0 the line is written there, too. */
static bool load_line(char *line, void (*add)(const char *cell), int to)
{
    char *tab = strchr(line, '\t');
    if (!tab || tab == line || strspn(line, "0123456789") != (size_t)(tab - line) || !tab[1]) return false;
    if (to >= 0) dprintf(to, "%s\n", line);
    unescape(tab + 1);
    add(tab + 1);
    return true;
}

/* How many of the lines in text[0..length) were ours. */
static int load_lines(char *text, size_t length, void (*add)(const char *cell), int to)
{
    char *line = text, *end = text + length;
    int count = 0;
    while (line && line < end) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        if (newline) *newline = 0;
        bool whole = line + strlen(line) == (newline ? newline : end); /* no 0 in it */
        count += whole && load_line(line, add, to);
        line = newline ? newline + 1 : NULL;
    }
    return count;
}

static void count_only(const char *cell) { (void)cell; }

bool lun_history_set_aside(const char *path, char *aside, size_t size)
{
    struct stat about;
    int n = 0;
    do snprintf(aside, size, n ? "%s.bad.%d" : "%s.bad", path, n);
    while (lstat(aside, &about) == 0 && ++n < 1000);
    return rename(path, aside) == 0;
}

/* The damaged file gets another name; what is whole in `text` goes into a new one. */
static void begin_anew(const char *path, char *text, size_t length, void (*add)(const char *cell))
{
    char aside[4200];
    if (!lun_history_set_aside(path, aside, sizeof aside)) return;
    close(file);
    file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    int kept = load_lines(text, length, add, file);
    fprintf(stderr, "note: the history was damaged; it is now %s, and %d cells of it are in the new one\n", aside, kept);
}

static void load(const char *path, void (*add)(const char *cell))
{
    off_t end = lseek(file, 0, SEEK_END);
    off_t start = end > TAIL ? end - TAIL : 0;
    char *text = end > 0 ? malloc((size_t)(end - start) + 1) : NULL, *copy = NULL;
    if (!text) return;
    ssize_t got = pread(file, text, (size_t)(end - start), start);
    size_t length = got > 0 ? (size_t)got : 0;
    text[length] = 0;
    char *first = start > 0 ? memchr(text, '\n', length) : text;
    size_t rest = first ? length - (size_t)(first - text) : 0;
    if (rest && text[length - 1] != '\n') dprintf(file, "\n"); /* a torn line must not swallow the next one */
    copy = rest ? malloc(rest + 1) : NULL;
    if (copy) {
        memcpy(copy, first, rest);
        copy[rest] = 0;
        bool foreign = memchr(copy, 0, rest) != NULL || load_lines(copy, rest, count_only, -1) == 0;
        if (foreign) begin_anew(path, first, rest, add);
        else load_lines(first, rest, add, -1);
    }
    free(copy);
    free(text);
}

void lun_history_open(void (*add)(const char *cell))
{
    char path[4096];
    struct stat about;
    if (!lun_history_file(path, sizeof path, "history")) {
        lun_history_complain(NULL, "neither HOME nor XDG_STATE_HOME names a folder");
        return;
    }
    file = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        lun_history_complain(path, strerror(errno));
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
    }
    if (fstat(file, &about) == 0 && (about.st_mode & 077) != 0) fchmod(file, 0600);
    load(path, add);
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
    ssize_t written = write(file, line, n); /* a full disk must not stop the session */
    if (written != (ssize_t)n) lun_history_complain("the history", written < 0 ? strerror(errno) : "the disk is full");
    flock(file, LOCK_UN);
    free(line);
}
