/* text.c - a string that grows
 *
 * Holds: doubles its room, so adding n bytes costs O(n) altogether. Read next: text.h.
 * SPDX-License-Identifier: MIT
 */
#include "repl/text.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(lun_text *text, size_t more)
{
    if (text->failed) return false;
    if (text->room - text->length > more) return true;
    size_t room = text->room ? text->room : 128;
    while (room - text->length <= more) room *= 2;
    char *bytes = realloc(text->bytes, room);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void lun_text_add(lun_text *text, const char *bytes, size_t length)
{
    if (!reserve(text, length)) return;
    if (length) memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void lun_text_put(lun_text *text, const char *string) { lun_text_add(text, string, strlen(string)); }

void lun_text_print(lun_text *text, const char *format, ...)
{
    char small[512];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(small, sizeof small, format, list);
    va_end(list);
    if (n < 0) return;
    if ((size_t)n < sizeof small) {
        lun_text_add(text, small, (size_t)n);
        return;
    }
    if (!reserve(text, (size_t)n + 1)) return;
    va_start(list, format);
    vsnprintf(text->bytes + text->length, (size_t)n + 1, format, list);
    va_end(list);
    text->length += (size_t)n;
}

void lun_text_fill(lun_text *text, char byte, int times)
{
    for (int i = 0; i < times; i++) lun_text_add(text, &byte, 1);
}

void lun_text_cut(lun_text *text, size_t length)
{
    if (!text->bytes || length > text->length) return;
    text->length = length;
    text->bytes[length] = '\0';
}

void lun_text_free(lun_text *text)
{
    free(text->bytes);
    *text = (lun_text){0};
}

const char *lun_text_string(const lun_text *text) { return text->bytes ? text->bytes : ""; }

/* --- escaping ------------------------------------------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3
               : s[0] >= 0xF0 && s[0] < 0xF5 ? 4 : 0;
    if (n == 0 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (n == 2 && s[0] == 0xC2 && s[1] < 0xA0) return 0; /* C1 controls steer terminals too */
    if (n == 3 && s[0] == 0xE0 && s[1] < 0xA0) return 0;
    if (n == 4 && s[0] == 0xF0 && s[1] < 0x90) return 0;
    return n;
}

static void escape_byte(lun_text *text, unsigned char c)
{
    static const char named[] = "abtnvfr";
    if (c >= 7 && c <= 13) lun_text_print(text, "\\%c", named[c - 7]);
    else lun_text_print(text, "\\x%02X", c);
}

void lun_text_escape(lun_text *text, const char *bytes, size_t length, char quote, bool multiline)
{
    for (size_t i = 0; i < length;) {
        unsigned char c = (unsigned char)bytes[i];
        size_t n = utf8_length((const unsigned char *)bytes + i, length - i);
        bool keep = n > 1 || (n == 1 && c >= 32 && c != 127) || (multiline && (c == '\n' || c == '\t'));
        if (quote && (c == (unsigned char)quote || c == '\\')) lun_text_print(text, "\\%c", c);
        else if (keep) lun_text_add(text, bytes + i, n);
        else escape_byte(text, c);
        i += keep ? n : 1;
    }
}

/* --- for Lua -------------------------------------------------------------------------------------------- */

static int collect(lua_State *L)
{
    lun_text_free(lua_touserdata(L, 1));
    return 0;
}

lun_text *lunL_text_new(lua_State *L)
{
    lun_text *text = lua_newuserdatauv(L, sizeof *text, 0);
    *text = (lun_text){0};
    if (luaL_newmetatable(L, "lunette.text")) {
        lua_pushcfunction(L, collect);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return text;
}
