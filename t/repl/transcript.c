/* transcript.c - literal sessions, replayed through a terminal
 *
 * Each t/repl/NAME.txt is what a terminal showed: after a prompt stands what was typed. The test types it again and compares
 * everything that appears. Lines beginning with "# " at the top are for the reader. "^C" at the end of a typed line is the key;
 * "~~" in an expected line stands for any text. LUNETTE_GOLDEN=1 writes what appeared over the file.
 * Read next: t/pty.h, the .txt files beside this one.
 * SPDX-License-Identifier: MIT
 */
#include "t/pty.h"
#include "t/tap.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 20000 };

/* Bytes of a prompt that this line begins with, 0 if none: "In[7]: ", "   ..  ", "(lun ...)> ". */
static size_t prompt_length(const char *line)
{
    size_t spaces = strspn(line, " ");
    if (strncmp(line, "In[", 3) == 0 && isdigit((unsigned char)line[3])) {
        const char *end = strstr(line, "]: ");
        return end ? (size_t)(end - line) + 3 : 0;
    }
    if (spaces >= 1 && strncmp(line + spaces, "..  ", 4) == 0) return spaces + 4;
    if (strncmp(line, "(lun", 4) == 0) {
        const char *end = strstr(line, ")> ");
        return end ? (size_t)(end - line) + 3 : 0;
    }
    return 0;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    if (file && text) {
        size_t n = fread(text, 1, (1 << 20) - 1, file);
        text[n] = '\0';
        fclose(file);
    }
    return text;
}

static char *skip_notes(char *text)
{
    while (text[0] == '#') {
        char *newline = strchr(text, '\n');
        if (!newline) break;
        text = newline + 1;
    }
    return text;
}

/* Does the line match, with ~~ for any run of characters? */
static bool matches(const char *expected, const char *got)
{
    while (*expected) {
        if (expected[0] == '~' && expected[1] == '~') {
            for (const char *rest = got;; rest++) {
                if (matches(expected + 2, rest)) return true;
                if (!*rest) return false;
            }
        }
        if (*expected++ != *got++) return false;
    }
    return *got == '\0';
}

/* Types one line. "^C" at its end is the key. */
static void type(pty *p, const char *line)
{
    size_t n = strlen(line);
    bool interrupt = n >= 2 && strcmp(line + n - 2, "^C") == 0;
    char *keys = strdup(line);
    if (interrupt) keys[n - 2] = '\0';
    pty_send(p, keys);
    if (interrupt) pty_wait(p, keys, 1000);
    pty_send(p, interrupt ? "\003" : "\r");
    free(keys);
}

/* Waits for the prompt behind the last cell, which the file may leave out: a ^D typed before it is there would get lost. */
static bool last_prompt(pty *p, const char *session)
{
    const char *last = strstr(session, "\nIn["), *next;
    while (last && (next = strstr(last + 1, "\nIn[")) != NULL) last = next;
    char prompt[64];
    if (!last) return true;
    bool bare = last[strcspn(last + 1, "\n")] == ':';
    snprintf(prompt, sizeof prompt, "\nIn[%d]:", atoi(last + 4) + !bare);
    return pty_wait(p, prompt, PATIENCE);
}

/* Types every line that stands after a prompt, each when its prompt has appeared. */
static bool replay(pty *p, char *session)
{
    char *save = NULL, *copy = strdup(session);
    bool good = true;
    for (char *line = strtok_r(copy, "\n", &save); line && good; line = strtok_r(NULL, "\n", &save)) {
        size_t n = prompt_length(line);
        char prompt[64];
        if (n == 0 || n >= sizeof prompt) continue;
        snprintf(prompt, sizeof prompt, "\n%.*s", (int)n, line);
        good = pty_wait(p, prompt, PATIENCE);
        if (good && line[n]) type(p, line + n);
    }
    free(copy);
    return good && last_prompt(p, session);
}

/* The first line that differs, on the test's output. */
static bool compare(const char *expected, const char *got)
{
    int number = 1;
    while (*expected || *got) {
        bool last_line = strcspn(got, "\n") + 1 >= strlen(got);
        if (!*expected && last_line && strncmp(got, "In[", 3) == 0) return true; /* the last prompt, left out */
        size_t n = strcspn(expected, "\n"), m = strcspn(got, "\n");
        char *want = strndup(expected, n), *have = strndup(got, m);
        for (size_t k = m; k > 0 && have[k - 1] == ' '; k--) have[k - 1] = '\0'; /* no blanks at line ends in files */
        for (size_t k = n; k > 0 && want[k - 1] == ' '; k--) want[k - 1] = '\0';
        bool same = matches(want, have);
        if (!same) note("line %d\n  expected: %s\n  got:      %s", number, want, have);
        free(want);
        free(have);
        if (!same) return false;
        expected += n + (expected[n] == '\n');
        got += m + (got[m] == '\n');
        number++;
    }
    return true;
}

/* The greeting's line keeps its wild cards. */
static void write_golden(const char *path, const char *text, const char *session, const char *got)
{
    FILE *file = fopen(path, "w");
    if (!file) return;
    fwrite(text, 1, (size_t)(session - text) + strcspn(session, "\n") + 1, file);
    got += strcspn(got, "\n");
    got += *got == '\n';
    for (const char *line = got; *line;) {
        size_t n = strcspn(line, "\n"), end = n;
        while (end > 0 && line[end - 1] == ' ') end--;
        fprintf(file, "%.*s\n", (int)end, line);
        line += n + (line[n] == '\n');
    }
    fclose(file);
}

static void check(const char *path)
{
    const char *golden = getenv("LUNETTE_GOLDEN");
    char *argv[] = {pty_program(), (char[]){"--no-config"}, (char[]){"--plain"}, NULL};
    char *text = read_file(path), *session = skip_notes(text);
    const char *name = strrchr(path, '/') + 1;
#ifdef LUN_WITHOUT_DEBUGGER
    if (strstr(text, "dbg.") || strstr(text, "%nan") || strstr(text, "%pm")) {
        skip("this build has no debugger");
        free(text);
        return;
    }
#endif
    char state[] = "/tmp/lunette-transcript-XXXXXX", command[80];
    pty p;
    if (!ok(mkdtemp(state) != NULL, "%s: it remembers nothing of others", name)) return;
    setenv("XDG_STATE_HOME", state, 1);
    if (!ok(pty_start(&p, argv), "%s: the program starts", name)) return;
    bool typed = replay(&p, session);
    pty_send(&p, "\004"); /* the last prompt has been seen */
    while (pty_wait(&p, "\001", 3000)) continue; /* nothing sends this: reads until the end */
    const char *got = p.output ? p.output : "";
    if (golden && strcmp(golden, "1") == 0 && typed) write_golden(path, text, session, got);
    bool same = compare(session, got);
    ok(typed && same, "%s: the session is as it was", name);
    is_int(pty_finish(&p, false), 0, "%s: it ends well", name);
    snprintf(command, sizeof command, "rm -r %s", state);
    if (system(command) != 0) note("%s stays", state);
    free(text);
}

int main(void)
{
    char pattern[4096];
    const char *root = getenv("LUNETTE_TEST_ROOT");
    glob_t found = {0};
    setenv("TERM", "dumb", 1);
    setenv("HOME", "/dev/null", 1);
    snprintf(pattern, sizeof pattern, "%s/t/repl/*.txt", root ? root : ".");
    if (ok(glob(pattern, 0, NULL, &found) == 0, "there are transcripts"))
        for (size_t i = 0; i < found.gl_pathc; i++) check(found.gl_pathv[i]);
    globfree(&found);
    return done_testing();
}
