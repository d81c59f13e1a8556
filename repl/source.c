/* source.c - the line an error is about, and the token on it
 *
 * Holds: files are read again when an error is shown, so the line is the present one; a line is shown as one row, cut at 160
 * bytes. Read next: source.h, repl/lexer.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/source.h"

#include "repl/lexer.h"
#include "repl/session.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 160 };

static bool line_of_text(const char *text, size_t length, int line, lun_text *out)
{
    const char *end = text + length;
    while (text && --line > 0) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (text) text++;
    }
    if (!text || text > end) return false;
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    lun_text_add(out, text, (size_t)((newline ? newline : end) - text));
    return true;
}

static bool line_of_file(const char *path, int line, lun_text *out)
{
    FILE *file = fopen(path, "r");
    char *buffer = NULL;
    size_t room = 0;
    ssize_t length = -1;
    if (!file) return false;
    while (line-- > 0 && (length = getline(&buffer, &room, file)) >= 0) continue;
    if (length > 0 && buffer[length - 1] == '\n') length--;
    if (length >= 0) lun_text_add(out, buffer, (size_t)length);
    free(buffer);
    fclose(file);
    return length >= 0;
}

bool lunL_source_line(lua_State *L, const char *source, int line, lun_text *out)
{
    if (line < 1 || source[0] == '\0') return false;
    if (source[0] == '@') return line_of_file(source + 1, line, out);
    lunL_session_push_source(L, source);
    size_t length;
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    bool found = text && line_of_text(text, length, line, out);
    lua_pop(L, 1);
    return found;
}

/* --- the token ------------------------------------------------------------------------------------------ */

bool lun_source_wanted(const char *message, char *name, size_t size)
{
    static const char *const before[] = {"undefined name '", "(global '", "(local '", "(method '", "(field '", "(upvalue '",
                                         "(constant '", "no method '", "no function '", "no field '", "bad argument #",
                                         "calling '", "near '", "label '", NULL};
    if (strncmp(message, "index ", 6) == 0 && strspn(message + 6, "-0123456789") > 0) { /* x[4] */
        snprintf(name, size, "%.*s", (int)strspn(message + 6, "-0123456789"), message + 6);
        return true;
    }
    for (const char *const *b = before; *b; b++) {
        const char *start = strstr(message, *b), *end;
        if (!start) continue;
        start += strlen(*b);
        if (strcmp(*b, "bad argument #") == 0) {
            start = strstr(start, "to '");
            if (!start) continue;
            start += 4;
        }
        end = strchr(start, '\'');
        if (!end || end == start || (size_t)(end - start) >= size) continue;
        memcpy(name, start, (size_t)(end - start));
        name[end - start] = '\0';
        return true;
    }
    return false;
}

/* How an op may also be written. */
static const char *operator_of(const char *op)
{
    static const char *const rows[][2] = {
        {"add", "+"}, {"sub", "-"}, {"mul", "*"}, {"div", "/"}, {"pow", "^"}, {"neg", "-"}, {"floor_divide", "//"},
        {"remainder", "%"}, {"bitwise_and", "&"}, {"bitwise_or", "|"}, {"bitwise_not", "~"}, {"bitwise_xor", "~"},
        {"lt", "<"}, {"le", "<="}, {"gt", ">"}, {"ge", ">="}, {"<", ">"}, {"<=", ">="}, {NULL, NULL}};
    for (int i = 0; rows[i][0]; i++)
        if (strcmp(rows[i][0], op) == 0) return rows[i][1];
    return NULL;
}

static int count_token(const char *line, size_t length, const char *wanted, lun_token *match)
{
    lun_lexer lexer = lun_lexer_start(line, length);
    lun_token token;
    int count = 0;
    while ((token = lun_lexer_next_code(&lexer)).kind != LUN_TOKEN_END) {
        bool string = token.kind == LUN_TOKEN_STRING && strlen(wanted) == token.length;
        if (!lun_token_is(&token, wanted) && !(string && memcmp(wanted, token.text, token.length) == 0)) continue;
        *match = token;
        count++;
    }
    return count;
}

bool lun_source_find(const char *line, size_t length, const char *wanted, size_t *at, size_t *width)
{
    lun_token match;
    char in_place[80];
    if (!wanted || !*wanted) return false;
    if (isalpha((unsigned char)wanted[0]) && strrchr(wanted, '.')) wanted = strrchr(wanted, '.') + 1; /* nn.Linear */
    int count = count_token(line, length, wanted, &match);
    if (count == 0 && snprintf(in_place, sizeof in_place, "%s_", wanted) < (int)sizeof in_place)
        count = count_token(line, length, in_place, &match);
    if (count == 0 && operator_of(wanted)) count = count_token(line, length, operator_of(wanted), &match);
    if (count != 1) return false;
    *at = match.at;
    *width = match.length;
    return true;
}

/* --- drawing -------------------------------------------------------------------------------------------- */

/* Columns that the first `bytes` bytes take, near enough: one for each character. */
static int columns(const char *text, size_t bytes)
{
    int n = 0;
    for (size_t i = 0; i < bytes; i++) n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

void lun_source_draw(lun_text *out, const char *place, const char *line, const char *wanted)
{
    lun_text one_row = {0};
    size_t at, width, length;
    line += strspn(line, " \t");
    for (size_t part; *line; line += part + (line[part] == '\t')) {
        part = strcspn(line, "\t");
        lun_text_escape(&one_row, line, part, 0, false);
        if (line[part] == '\t') lun_text_put(&one_row, " ");
    }
    length = one_row.length < LONGEST_LINE ? one_row.length : LONGEST_LINE;
    const char *row = lun_text_string(&one_row);
    lun_text_print(out, "\n  %s | %.*s", place, (int)length, row);
    if (lun_source_find(row, one_row.length, wanted, &at, &width) && at + width <= length) {
        lun_text_put(out, "\n");
        lun_text_fill(out, ' ', 2 + columns(place, strlen(place)) + 1);
        lun_text_put(out, "| ");
        lun_text_fill(out, ' ', columns(row, at));
        lun_text_fill(out, '^', columns(row + at, width));
    }
    lun_text_free(&one_row);
}
