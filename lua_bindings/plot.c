/* plot.c - charts for Lua: the few functions under lib/plot.lua
 *
 * A chart and a live chart are userdata; everything friendly (options, histories, tensors, where to draw) is Lua, in
 * lib/plot.lua. Values arrive as plain tables of numbers, with nil or false never in between.
 * Holds: numbers are copied into memory of the collector first, so a Lua error loses nothing; after a failing C call the
 * pending error is raised by lunL_raise.
 * Read next: lib/plot.lua, plot/chart.h. SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <string.h>

#include "lua_bindings/box.h"
#include "lua_bindings/plot.h"
#include "lua_bindings/fields.h"
#include "plot/drawing.h"
#include "plot/gnuplot.h"
#include "plot/live.h"
#include "plot/picture.h"
#include "plot/sheet.h"
#include "plot/terminal.h"

#define CHART "lunette.chart"
#define LIVE "lunette.live"

/* Every function begins with one of these two: lunL_enter forgets an older error. */
static lun_chart *to_chart(lua_State *L)
{
    lun_chart **box = luaL_checkudata(L, 1, CHART);
    lunL_frame f = lunL_enter(L);
    if (!*box) lunL_fail(L, f, "plot", LUN_E_RELEASED, NULL, "this chart has become a live chart");
    return *box;
}

static lun_live *to_live(lua_State *L)
{
    lun_live **box = luaL_checkudata(L, 1, LIVE);
    lunL_frame f = lunL_enter(L);
    if (!*box) lunL_fail(L, f, "plot.live", LUN_E_RELEASED, "plot.live{}", "the chart is closed");
    return *box;
}

/* Nothing here makes tensors, so the frame to give back is the one that is open. */
static int fail(lua_State *L)
{
    return lunL_raise(L, (lunL_frame){ lun_context_get()->scope.count });
}

static int finish(lua_State *L, bool good, int results)
{
    return good ? results : fail(L);
}

/* A sheet on the Lua stack is freed also when Lua raises. */
static int sheet_gc(lua_State *L)
{
    lun_sheet_free(lua_touserdata(L, 1));
    return 0;
}

static lun_sheet *push_sheet(lua_State *L)
{
    lun_sheet *s = lua_newuserdatauv(L, sizeof *s, 0);
    *s = (lun_sheet){0};
    if (luaL_newmetatable(L, "lunette.sheet")) {
        lua_pushcfunction(L, sheet_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return s;
}

static int give_sheet(lua_State *L, bool good, lun_sheet *s)
{
    if (!good) return finish(L, false, 0);
    lua_pushlstring(L, s->text ? s->text : "", s->length);
    lun_sheet_free(s);
    return 1;
}

/* The numbers of the table at `index`, pushed as a block of memory. true and false count as 1 and 0. */
static const double *numbers(lua_State *L, int index, size_t *count)
{
    luaL_checktype(L, index, LUA_TTABLE);
    *count = (size_t)lua_rawlen(L, index);
    double *values = lua_newuserdatauv(L, (*count ? *count : 1) * sizeof *values, 0);
    for (size_t i = 0; i < *count; i++) {
        int type = lua_rawgeti(L, index, (lua_Integer)i + 1), is_number = 0;
        values[i] = type == LUA_TBOOLEAN ? lua_toboolean(L, -1) : lua_tonumberx(L, -1, &is_number);
        if (type != LUA_TBOOLEAN && (type != LUA_TNUMBER || !is_number))
            lun_fail(LUN_E_ARGUMENT, NULL, "plot: value %zu is %s, not a number", i + 1, lunL_describe(L, -1)), fail(L);
        lua_pop(L, 1);
    }
    return values;
}

static int chart_new(lua_State *L)
{
    lunL_enter(L);
    lun_chart **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, CHART);
    *box = lun_chart_new();
    return finish(L, *box != NULL, 1);
}

/* chart:below(other): drawn under it from now on, and part of it */
static int chart_below(lua_State *L)
{
    lun_chart *c = to_chart(L), *other = *(lun_chart **)luaL_checkudata(L, 2, CHART);
    luaL_argcheck(L, other && other != c && lun_chart_panels(c) < 16, 2, "no chart of its own");
    while (c->below) c = c->below;
    c->below = other;
    *(lun_chart **)lua_touserdata(L, 2) = NULL;
    return 0;
}

static int chart_gc(lua_State *L)
{
    lun_chart **box = luaL_checkudata(L, 1, CHART);
    lun_chart_free(*box);
    *box = NULL;
    return 0;
}

static const char *const text_names[] = { "title", "x", "y", NULL };
static const char *const axis_names[] = { "x", "y", NULL };
static const char *const mark_names[] = { "line", "points", "bars", NULL };
static const char *const theme_names[] = { "light", "dark", "clear", NULL };

static int set_text(lua_State *L, lun_chart *c)
{
    int which = luaL_checkoption(L, 2, NULL, text_names);
    size_t length;
    const char *text = luaL_checklstring(L, 3, &length);
    return finish(L, lun_chart_set_text(c, (lun_chart_text)which, text, length), 0);
}

static int chart_text(lua_State *L) { return set_text(L, to_chart(L)); }

/* chart:axis("y", log, low, high) */
static int chart_axis(lua_State *L)
{
    lun_chart *c = to_chart(L);
    int axis = luaL_checkoption(L, 2, NULL, axis_names);
    c->log[axis] = lua_toboolean(L, 3);
    c->low[axis] = luaL_optnumber(L, 4, NAN);
    c->high[axis] = luaL_optnumber(L, 5, NAN);
    return 0;
}

static int chart_smooth(lua_State *L)
{
    lun_chart *c = to_chart(L);
    double weight = luaL_checknumber(L, 2);
    luaL_argcheck(L, (weight >= 0 && weight < 1) || weight == -1, 2, "smooth must be at least 0 and below 1, or -1");
    c->smooth = weight;
    return 0;
}

/* chart:series("line", label, x or nil, y) */
static int chart_series(lua_State *L)
{
    lun_chart *c = to_chart(L);
    int mark = luaL_checkoption(L, 2, NULL, mark_names);
    size_t length = 0, count, count_y;
    const char *label = luaL_optlstring(L, 3, "", &length);
    luaL_argcheck(L, strlen(label) == length, 3, "the label holds a zero byte");
    lua_settop(L, 5);
    const double *x = lua_isnil(L, 4) ? NULL : numbers(L, 4, &count);
    const double *y = numbers(L, 5, &count_y);
    if (x && count != count_y) {
        lun_fail(LUN_E_SHAPE, NULL, "plot: %zu x values but %zu y values", count, count_y);
        return fail(L);
    }
    return finish(L, lun_chart_add(c, (lun_mark)mark, label, x, y, count_y), 0);
}

static int chart_count(lua_State *L)
{
    lun_chart *c = to_chart(L);
    size_t count;
    lua_Integer bins = luaL_optinteger(L, 3, 0);
    luaL_argcheck(L, bins >= 0, 3, "bins must be at least 1");
    const double *values = numbers(L, 2, &count);
    return finish(L, lun_chart_count(c, values, count, (size_t)bins), 0);
}

/* chart:grid(is_image, values, rows, columns, planes, low, high); low above high: from the data */
static int chart_grid(lua_State *L)
{
    lun_chart *c = to_chart(L);
    lun_grid_kind kind = lua_toboolean(L, 2) ? LUN_GRID_IMAGE : LUN_GRID_HEAT;
    lua_Integer size[3], total = 1;
    for (int i = 0; i < 3; i++) {
        size[i] = luaL_checkinteger(L, 4 + i);
        luaL_argcheck(L, size[i] >= 0 && size[i] < 1 << 24, 4 + i, "size out of range");
        luaL_argcheck(L, !__builtin_mul_overflow(total, size[i], &total), 4 + i, "the picture is too large");
    }
    double low = luaL_optnumber(L, 7, 1), high = luaL_optnumber(L, 8, 0);
    size_t count;
    const double *values = numbers(L, 3, &count);
    luaL_argcheck(L, (lua_Integer)count == total, 3, "as many values as rows x columns x planes");
    return finish(L, lun_chart_fill(c, kind, values, (size_t)size[0], (size_t)size[1], (size_t)size[2], low, high), 0);
}

static int chart_name(lua_State *L)
{
    lun_chart *c = to_chart(L);
    int axis = luaL_checkoption(L, 2, NULL, axis_names);
    size_t length;
    const char *text = luaL_checklstring(L, 3, &length);
    return finish(L, lun_chart_name(c, (lun_axis)axis, text, length), 0);
}

static int size_at(lua_State *L, int index)
{
    lua_Integer n = luaL_checkinteger(L, index);
    luaL_argcheck(L, n >= 0 && n <= 10000, index, "a size must be 1 to 10000");
    return (int)n;
}

/* chart:draw(columns, rows, ascii, colors) -> text; chart:spark(columns, ascii, colors) -> one line */
static int chart_draw(lua_State *L)
{
    lun_chart *c = to_chart(L);
    lun_drawing how = { size_at(L, 2), size_at(L, 3), lua_toboolean(L, 4), (int)luaL_optinteger(L, 5, 0) };
    lun_sheet *s = push_sheet(L);
    return give_sheet(L, lun_draw(c, &how, s), s);
}

static int chart_spark(lua_State *L)
{
    lun_chart *c = to_chart(L);
    lun_drawing how = { size_at(L, 2), 1, lua_toboolean(L, 3), (int)luaL_optinteger(L, 4, 0) };
    lun_sheet *s = push_sheet(L);
    return give_sheet(L, lun_draw_spark(c, &how, s), s);
}

/* (format, width, height, theme) from stack index 2 */
static lun_picture picture_at(lua_State *L)
{
    static const char *const formats[] = { "png", "svg", "pdf", "sixel", "dumb", NULL };
    return (lun_picture){ (lun_format)luaL_checkoption(L, 2, "png", formats), size_at(L, 3), size_at(L, 4),
                          (lun_theme)luaL_checkoption(L, 5, "light", theme_names) };
}

static int chart_script(lua_State *L)
{
    lun_chart *c = to_chart(L);
    lun_picture p = picture_at(L);
    lun_sheet *s = push_sheet(L);
    return give_sheet(L, lun_script_write(c, &p, s), s);
}

/* chart:picture(format or "kitty", width, height, theme) -> bytes for a file or the terminal */
static int chart_picture(lua_State *L)
{
    lun_chart *c = to_chart(L);
    bool kitty = !strcmp(luaL_checkstring(L, 2), "kitty");
    lun_picture p = kitty ? (lun_picture){ .width = size_at(L, 3), .height = size_at(L, 4) } : picture_at(L);
    lun_sheet *s = push_sheet(L);
    return give_sheet(L, kitty ? lun_picture_kitty(c, p.width, p.height, s) : lun_picture_draw(c, &p, s), s);
}

/* chart:save(path, width, height, theme); 0: a good size */
static int chart_save(lua_State *L)
{
    lun_chart *c = to_chart(L);
    size_t length;
    const char *path = luaL_checklstring(L, 2, &length);
    luaL_argcheck(L, strlen(path) == length, 2, "the file name holds a zero byte");
    int theme = luaL_checkoption(L, 5, "light", theme_names);
    return finish(L, lun_picture_save(c, path, size_at(L, 3), size_at(L, 4), (lun_theme)theme), 0);
}

/* core.live(chart, rows): the chart now belongs to the live chart */
static int live_new(lua_State *L)
{
    lun_chart *c = to_chart(L);
    int rows = size_at(L, 2);
    lun_live **box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, LIVE);
    *(lun_chart **)lua_touserdata(L, 1) = NULL;
    *box = lun_live_open(c, rows);
    return finish(L, *box != NULL, 1);
}

static int live_gc(lua_State *L)
{
    lun_live **box = luaL_checkudata(L, 1, LIVE);
    lun_live_free(*box);
    *box = NULL;
    return 0;
}

/* The chart of a panel, which is counted from 1 and stands at `index`. */
static lun_chart *panel_at(lua_State *L, int index)
{
    lua_Integer panel = luaL_optinteger(L, index, 1);
    lun_chart *c = panel >= 1 && panel <= 100 ? lun_live_chart(to_live(L), (int)panel - 1) : NULL;
    luaL_argcheck(L, c != NULL, index, "no such panel");
    return c;
}

/* live:append(series, x, y, panel) */
static int live_append(lua_State *L)
{
    lun_chart *c = panel_at(L, 5);
    lua_Integer series = luaL_checkinteger(L, 2);
    luaL_argcheck(L, series >= 1 && series <= c->count, 2, "no such series");
    return finish(L, lun_chart_append(c, (int)series - 1, luaL_checknumber(L, 3), luaL_checknumber(L, 4)), 0);
}

/* live:series(label, panel) -> its number */
static int live_series(lua_State *L)
{
    lun_chart *c = panel_at(L, 3);
    size_t length;
    const char *label = luaL_checklstring(L, 2, &length);
    luaL_argcheck(L, strlen(label) == length, 2, "the name holds a zero byte");
    bool good = lun_chart_add(c, LUN_MARK_LINE, label, NULL, NULL, 0);
    lua_pushinteger(L, c->count);
    return finish(L, good, 1);
}

/* live:text(which, text, panel) */
static int live_text(lua_State *L) { return set_text(L, panel_at(L, 4)); }

/* live:status(line, line, ...): all that stand below the curves */
static int live_status(lua_State *L)
{
    lun_live *l = to_live(L);
    bool good = true;
    for (int i = 0; i < 8 && good; i++) {
        size_t length = 0;
        const char *text = luaL_optlstring(L, i + 2, NULL, &length);
        good = lun_live_status(l, i, text, length);
    }
    return finish(L, good, 0);
}

static int live_note(lua_State *L)
{
    lun_live *l = to_live(L);
    size_t length;
    const char *text = luaL_checklstring(L, 2, &length);
    return finish(L, lun_live_note(l, text, length), 0);
}

static int live_show(lua_State *L)
{
    return finish(L, lun_live_show(to_live(L), lua_toboolean(L, 2)), 0);
}

static int live_close(lua_State *L)
{
    return finish(L, lun_live_close(to_live(L)), 0);
}

static void set_size(lua_State *L, const char *a, int x, const char *b, int y)
{
    lunL_set_integer(L, a, x);
    lunL_set_integer(L, b, y);
}

/* core.fail(message, hint) raises what lib/plot.lua found wrong in an argument. */
static int core_fail(lua_State *L)
{
    lunL_enter(L);
    lun_fail(LUN_E_ARGUMENT, luaL_optstring(L, 2, NULL), "%s", luaL_checkstring(L, 1));
    return fail(L);
}

/* core.screen() -> what the terminal can do; core.screen(true) only its size, for which it is not asked */
static int core_screen(lua_State *L)
{
    int a, b;
    bool size_only = lua_toboolean(L, 1);
    lua_newtable(L);
    lun_terminal_size(&a, &b);
    set_size(L, "columns", a, "rows", b);
    if (size_only) return 1;
    lun_terminal_pixels(&a, &b);
    set_size(L, "width", a, "height", b);
    lunL_set_integer(L, "colors", lun_terminal_colors());
    lunL_set_flag(L, "ascii", lun_terminal_ascii());
    lunL_set_flag(L, "tty", lun_terminal_is_tty());
    lunL_set_flag(L, "in_place", lun_live_in_place());
    lunL_set_text(L, "graphics", lun_graphics_name(lun_terminal_graphics()));
    return 1;
}

/* core.fit(text, columns) -> as much of the text as fits */
static int core_fit(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    lua_pushlstring(L, text, lun_label_fit(text, (int)luaL_checkinteger(L, 2)));
    return 1;
}

static int core_plain(lua_State *L)
{
    lun_terminal_plain(lua_toboolean(L, 1));
    lun_terminal_forget();
    return 0;
}

static int core_touched(lua_State *L)
{
    (void)L;
    lun_live_touched();
    return 0;
}

static int core_patience(lua_State *L)
{
    lun_gnuplot_patience(size_at(L, 1));
    return 0;
}

static void make_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc)
{
    luaL_newmetatable(L, name);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

int lunL_open_plot(lua_State *L)
{
    static const luaL_Reg chart[] = {
        { "text", chart_text }, { "axis", chart_axis }, { "smooth", chart_smooth }, { "series", chart_series },
        { "count", chart_count }, { "grid", chart_grid }, { "name", chart_name }, { "draw", chart_draw },
        { "below", chart_below }, { "spark", chart_spark }, { "script", chart_script }, { "picture", chart_picture },
        { "save", chart_save }, { NULL, NULL } };
    static const luaL_Reg live[] = { { "append", live_append }, { "series", live_series }, { "text", live_text },
                                     { "status", live_status }, { "note", live_note },
                                     { "show", live_show }, { "close", live_close }, { NULL, NULL } };
    static const luaL_Reg core[] = { { "chart", chart_new }, { "live", live_new }, { "screen", core_screen },
                                     { "fit", core_fit }, { "plain", core_plain }, { "touched", core_touched }, { "patience", core_patience },
                                     { "fail", core_fail }, { NULL, NULL } };
    make_class(L, CHART, chart, chart_gc);
    make_class(L, LIVE, live, live_gc);
    luaL_newlib(L, core);
    return 1;
}
