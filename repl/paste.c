/* paste.c - pasted text as code
 *
 * Holds: only what no Lua cell begins with counts as a prompt, so a paste of code is never touched. Read next: paste.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/paste.h"

#include <ctype.h>
#include <string.h>

typedef struct line { const char *text; size_t length; } line;

static bool begins(line l, const char *word)
{
    size_t n = strlen(word);
    return l.length >= n && memcmp(l.text, word, n) == 0;
}

/* "In[7]: " or "In [7]: ", whose blank may be missing at the end of the line; its bytes, 0 if there is none. */
static size_t cell_prompt(line l)
{
    size_t at = begins(l, "In [") ? 4 : begins(l, "In[") ? 3 : 0, digits = at;
    while (at && at < l.length && isdigit((unsigned char)l.text[at])) at++;
    if (at == digits || at + 1 >= l.length || l.text[at] != ']' || l.text[at + 1] != ':') return 0;
    at += 2;
    if (at == l.length) return at;
    return l.text[at] == ' ' ? at + 1 : 0;
}

static size_t prompt_of(line l)
{
    static const char *const others[] = {"th> ", ">>> ", "> ", NULL};
    size_t n = cell_prompt(l);
    for (const char *const *p = others; *p && n == 0; p++)
        if (begins(l, *p)) n = strlen(*p);
    return n;
}

/* "   ..  ", "   ...: ", ">> ", "... ": only read behind a prompt. A blank after the dots may be lost at the end of a line. */
static size_t continuation_of(line l)
{
    size_t at = 0, dots;
    if (begins(l, ">> ")) return 3;
    while (at < l.length && l.text[at] == ' ') at++;
    for (dots = at; at < l.length && l.text[at] == '.'; at++) continue;
    dots = at - dots;
    if (dots != 2 && dots != 3) return 0;
    if (at < l.length && l.text[at] == ':') at++;
    for (int i = 0; i < (dots == 2 ? 2 : 1) && at < l.length; i++) {
        if (l.text[at] != ' ') return 0;
        at++;
    }
    return at;
}

static line next_line(const char **at, const char *end)
{
    line l = {*at, 0};
    while (*at < end && **at != '\n' && **at != '\r') (*at)++;
    l.length = (size_t)(*at - l.text);
    if (*at < end && **at == '\r' && *at + 1 < end && (*at)[1] == '\n') (*at)++;
    if (*at < end) (*at)++;
    return l;
}

static bool is_session(const char *text, const char *end)
{
    bool first = true;
    while (text < end) {
        line l = next_line(&text, end);
        if (cell_prompt(l) || (first && prompt_of(l))) return true;
        if (strspn(l.text, " \t") < l.length) first = false;
    }
    return false;
}

void lun_paste_clean(const char *text, size_t length, lun_text *out)
{
    const char *end = text + length;
    bool session = is_session(text, end), inside = false;
    size_t start = out->length;
    while (text < end) {
        line l = next_line(&text, end);
        size_t prompt = session ? prompt_of(l) : 0, more = session && inside && !prompt ? continuation_of(l) : 0;
        if (session) inside = prompt || more;
        if (session && !inside) continue;
        lun_text_add(out, l.text + prompt + more, l.length - prompt - more);
        lun_text_put(out, "\n");
    }
    while (out->length > start && isspace((unsigned char)out->bytes[out->length - 1])) lun_text_cut(out, out->length - 1);
}
