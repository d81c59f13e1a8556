/* operands.c - the variables that stand at the call that failed
 *
 * Read next: operands.h, repl/frame.h, repl/source.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/operands.h"

#include "lua_bindings/box.h"
#include "repl/frame.h"
#include "repl/lexer.h"
#include "repl/lookup.h"
#include "repl/show.h"
#include "repl/source.h"

#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

/* A chain of names that begins at byte `from` and is all there is before `,`, `)` or the end of an operand; its end, or 0. */
static size_t chain_after(const char *line, size_t from)
{
    lun_lexer lexer = lun_lexer_start(line + from, strlen(line + from));
    lun_token token = lun_lexer_next_code(&lexer);
    size_t end = 0;
    while (token.kind == LUN_TOKEN_NAME) {
        end = from + token.at + token.length;
        token = lun_lexer_next_code(&lexer);
        if (!lun_token_is(&token, ".")) break;
        token = lun_lexer_next_code(&lexer);
    }
    bool call = lun_token_is(&token, "(") || lun_token_is(&token, ":") || lun_token_is(&token, "[") || lun_token_is(&token, "{");
    return call || token.kind == LUN_TOKEN_STRING ? 0 : end;
}

static size_t skip_blanks(const char *line, size_t at) { return at + strspn(line + at, " \t"); }

static void note(lua_State *L, lua_State *dead, int level, const char *line, size_t start, size_t end, char *name)
{
    if (end <= start || end - start >= sizeof((lun_operands *)0)->name[0]) return;
    if (!lunL_frame_push_chain(L, dead, level, line, start, end)) return;
    if (lunL_is_tensor(L, -1)) {
        memcpy(name, line + start, end - start);
        name[end - start] = '\0';
    }
    lua_pop(L, 1);
}

lun_operands lunL_operands_find(lua_State *L, lua_State *dead, int level, const char *line, const char *op)
{
    lun_operands found = {{""}};
    size_t at, width, start, left;
    if (!lun_source_find(line, strlen(line), op, &at, &width)) return found;
    bool operator = !isalpha((unsigned char)line[at]) && line[at] != '_';
    size_t right = skip_blanks(line, at + width);
    for (left = at; left > 0 && (line[left - 1] == ' ' || line[left - 1] == '\t'); left--) continue;
    bool method = !operator && left > 0 && line[left - 1] == ':';
    int next = 0;
    if (method) left--;
    if ((operator || method) && ++next && lun_lookup_chain(line, left, &start)) note(L, dead, level, line, start, left, found.name[0]);
    if (operator) {
        note(L, dead, level, line, right, chain_after(line, right), found.name[1]);
        return found;
    }
    while (line[right] && strchr("({,", line[right]) && next < LUN_MOST_OPERANDS) {
        right = skip_blanks(line, right + 1);
        size_t end = chain_after(line, right);
        if (end <= right) break; /* an expression: what comes behind it is not looked for */
        note(L, dead, level, line, right, end, found.name[next++]);
        right = skip_blanks(line, end);
    }
    return found;
}

void lunL_operands_put(lua_State *L, lua_State *dead, int level, const lun_operands *operands, const char *message, lun_text *out)
{
    lun_text *row = lunL_text_new(L), *brief = lunL_text_new(L);
    int shown = 0;
    bool news = false;
    for (int i = 0; i < LUN_MOST_OPERANDS; i++) {
        const char *name = operands->name[i];
        bool again = i > 0 && strcmp(name, operands->name[0]) == 0;
        if (!name[0] || again || !lunL_frame_push_chain(L, dead, level, name, 0, strlen(name))) continue;
        lun_text_cut(brief, 0);
        lunL_show_brief(L, lua_gettop(L), brief);
        lun_text_cut(brief, strcspn(lun_text_string(brief), " "));
        lun_text_print(row, "%s%s: %s", shown++ ? "   " : "\n  ", name, lun_text_string(brief));
        const char *shape = strchr(lun_text_string(brief), '[');
        news |= !shape || strstr(message, shape) == NULL;
        lua_pop(L, 1);
    }
    if (shown > 1 || news) lun_text_put(out, lun_text_string(row));
    lua_pop(L, 2);
}

/* The word of a hint that begins at `at`: 0 for x, 1 for y, else -1; *end is behind it, or behind one byte that is no word. */
static int placeholder(const char *hint, size_t length, size_t at, size_t *end)
{
    *end = at;
    while (*end < length && (isalnum((unsigned char)hint[*end]) || hint[*end] == '_')) ++*end;
    bool single = *end == at + 1 && (hint[at] == 'x' || hint[at] == 'y');
    if (*end == at) ++*end;
    return single ? hint[at] - 'x' : -1;
}

/* Both are known, or only one is spoken of and cannot be mistaken: x alone may be any argument that a rule complains about. */
static bool names_fit(const lun_operands *operands, const char *hint, size_t length)
{
    bool spoken[LUN_MOST_OPERANDS] = {false}, known[] = {operands->name[0][0] != 0, operands->name[1][0] != 0};
    for (size_t at = 0, end; at < length; at = end) {
        int which = placeholder(hint, length, at, &end);
        if (which >= 0) spoken[which] = true;
    }
    if (spoken[0] && spoken[1]) return known[0] && known[1];
    return spoken[1] ? known[1] : known[0] && !known[1];
}

void lun_operands_put_hint(const lun_operands *operands, const char *hint, size_t length, lun_text *out)
{
    bool fit = names_fit(operands, hint, length);
    for (size_t at = 0, end; at < length; at = end) {
        int which = placeholder(hint, length, at, &end);
        if (fit && which >= 0) lun_text_put(out, operands->name[which]);
        else lun_text_escape(out, hint + at, end - at, 0, true);
    }
}
