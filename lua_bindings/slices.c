/* slices.c - reading index expressions
 *
 * Text: items between commas; "3" one position, "a:b" or "a:b:step" a range with both ends, ":" everything, "..." as many dims as are
 * left. Tables: the same with numbers, {a, b, step}, {} and {i} (which keeps the dim).
 * Holds: ranges are inclusive and must lie inside; nothing is clipped silently. Read next: lua_bindings/index.c.
 * SPDX-License-Identifier: MIT
 */
#include "lua_bindings/slices.h"

#include "core/error.h"
#include "lua_bindings/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool lunL_slices_look_like(const char *text)
{
    while (*text == ' ') text++;
    return *text && strchr("0123456789-:.,", *text) != NULL;
}

typedef struct scanner { const char *text, *at; } scanner;

static bool unreadable(const scanner *s)
{
    lun_fail(LUN_E_ARGUMENT, "items are 3, -1, 1:3, 2:, :4, ::2, : and ...", "cannot read the slice \"%s\" at character %d", s->text,
             (int)(s->at - s->text) + 1);
    return false;
}

static void skip(scanner *s)
{
    while (*s->at == ' ') s->at++;
}

/* A whole number, if one stands here. */
static bool number(scanner *s, int64_t *out)
{
    char *end;
    skip(s);
    if (!isdigit((unsigned char)*s->at) && !(*s->at == '-' && isdigit((unsigned char)s->at[1]))) return false;
    errno = 0;
    *out = strtoll(s->at, &end, 10);
    if (errno) return false;
    s->at = end;
    skip(s);
    return true;
}

static bool add(lunL_slices *out, lunL_slice item)
{
    if (out->n == LUN_MAX_DIMS + 1) return lun_fail(LUN_E_INDEX, NULL, "more than %d index items", LUN_MAX_DIMS), false;
    for (int i = 0; item.kind == LUNL_REST && i < out->n; i++)
        if (out->item[i].kind == LUNL_REST) return lun_fail(LUN_E_INDEX, NULL, "\"...\" may stand only once"), false;
    out->item[out->n++] = item;
    return true;
}

static bool text_item(scanner *s, lunL_slices *out)
{
    lunL_slice item = {.kind = LUNL_AT, .a = 1, .b = -1, .step = 1};
    skip(s);
    if (!strncmp(s->at, "...", 3)) {
        s->at += 3;
        skip(s);
        return add(out, (lunL_slice){.kind = LUNL_REST});
    }
    bool first = number(s, &item.a);
    if (*s->at != ':') return first ? add(out, item) : unreadable(s);
    s->at++;
    bool last = number(s, &item.b);
    skip(s);
    bool stepped = *s->at == ':';
    if (stepped) {
        s->at++;
        skip(s);
        if (!number(s, &item.step) && *s->at && *s->at != ',') return unreadable(s);
    }
    item.kind = first || last || stepped ? LUNL_RANGE : LUNL_ALL;
    return add(out, item);
}

bool lunL_slices_of_text(const char *text, lunL_slices *out)
{
    scanner s = {text, text};
    out->n = 0;
    for (;;) {
        if (!text_item(&s, out)) return false;
        skip(&s);
        if (!*s.at) return true;
        if (*s.at++ != ',') return s.at--, unreadable(&s);
    }
}

static bool range_item(lua_State *L, lunL_slices *out)
{
    int64_t v[3] = {1, -1, 1};
    int n = lunL_read_integers(L, -1, "range", v, 3);
    if (n < 0) return false;
    if (n == 0) return add(out, (lunL_slice){.kind = LUNL_ALL});
    if (n == 1) v[1] = v[0];
    return add(out, (lunL_slice){.kind = LUNL_RANGE, .a = v[0], .b = v[1], .step = v[2]});
}

static bool table_item(lua_State *L, int64_t place, lunL_slices *out)
{
    if (lua_type(L, -1) == LUA_TNUMBER) {
        lunL_slice item = {.kind = LUNL_AT};
        return lunL_read_integer(L, -1, "index", &item.a) && add(out, item);
    }
    if (lua_istable(L, -1)) return range_item(L, out);
    if (lunL_is_tensor(L, -1)) {
        lun_tensor *pick = lunL_tensor_named(L, -1, "index");
        return pick && add(out, (lunL_slice){.kind = LUNL_PICK, .pick = pick});
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        lunL_slices one;
        if (!lunL_slices_of_text(lua_tostring(L, -1), &one)) return false;
        for (int i = 0; i < one.n; i++)
            if (!add(out, one.item[i])) return false;
        return true;
    }
    lun_fail(LUN_E_ARGUMENT, "{} stands for a whole dim", "index item %lld is %s", (long long)place, lunL_describe(L, -1));
    return false;
}

/* Nils in between count: {nil, 1} must not pass as {1}. */
static lua_Integer table_length(lua_State *L, int index)
{
    lua_Integer n = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > n) n = lua_tointeger(L, -1);
    }
    return n;
}

bool lunL_slices_of_table(lua_State *L, int index, lunL_slices *out)
{
    out->n = 0;
    lua_Integer n = table_length(L, index);
    if (n > LUN_MAX_DIMS + 1) return lun_fail(LUN_E_INDEX, "lun.tensor{...} makes an index tensor", "more than %d index items", LUN_MAX_DIMS), false;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        bool ok = table_item(L, i, out);
        lua_pop(L, 1); /* the table keeps a picking tensor alive */
        if (!ok) return false;
    }
    return true;
}

bool lunL_slice_position(int64_t at, int dim, int64_t size, int64_t *out)
{
    *out = at > 0 ? at - 1 : size + at;
    if (at && *out >= 0 && *out < size) return true;
    if (!at)
        lun_fail(LUN_E_INDEX, NULL, "index 0: indices start at 1 here; the last one is -1");
    else if (!size)
        lun_fail(LUN_E_INDEX, NULL, "index %lld is out of range: dim %d is empty", (long long)at, dim);
    else
        lun_fail(LUN_E_INDEX, NULL, "index %lld is out of range: dim %d has size %lld (1..%lld or -%lld..-1)", (long long)at, dim,
                 (long long)size, (long long)size, (long long)size);
    return false;
}

bool lunL_slice_bounds(const lunL_slice *s, int dim, int64_t size, int64_t *start, int64_t *length)
{
    int64_t last;
    if (s->step < 1)
        return lun_fail(LUN_E_ARGUMENT, s->step ? "x:flip(dim) turns a dim round" : NULL, "the step of a range must be at least 1, got %lld",
                        (long long)s->step), false;
    if (s->a == 1 && s->b == -1 && !size) return *start = *length = 0, true;
    bool empty = s->a > 0 && s->b == s->a - 1 && s->b <= size; /* {a, a-1} */
    if (empty) return *start = s->b, *length = 0, true;
    if (!lunL_slice_position(s->a, dim, size, start) || !lunL_slice_position(s->b, dim, size, &last)) return false;
    if (last < *start)
        return lun_fail(LUN_E_INDEX, NULL, "the range %lld..%lld of dim %d runs backwards", (long long)s->a, (long long)s->b, dim), false;
    *length = (last - *start) / s->step + 1;
    return true;
}
