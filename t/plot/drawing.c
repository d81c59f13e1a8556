/* drawing.c - charts as text, character by character
 *
 * Read next: plot/drawing.h, plot/view.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/drawing.h"
#include "plot/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "t/tap.h"

static char *drawn(const lun_chart *c, int columns, int rows, bool ascii, int colors)
{
    static lun_sheet s;
    lun_sheet_clear(&s);
    lun_error_clear();
    lun_drawing how = { columns, rows, ascii, colors };
    return lun_draw(c, &how, &s) ? s.text : NULL;
}

static lun_chart *line(const double *y, size_t count)
{
    lun_chart *c = lun_chart_new();
    lun_chart_add(c, LUN_MARK_LINE, "", NULL, y, count);
    return c;
}

static void text_is(lun_chart *c, bool ascii, const char *want, const char *what)
{
    is_string(drawn(c, 30, 8, ascii, 0), want, "%s", what);
    lun_chart_free(c);
}

static bool has(const char *text, const char *words) { return text && strstr(text, words); }

static void golden(void)
{
    const double rise[] = { 0, 1, 2, 3 }, gap[] = { 1, 2, NAN, 2, 1 }, three[] = { 3, 3, 3 };
    text_is(line(rise, 4), false,
            "   │                     ⢀⡠⠔⠊\n"
            "   │                 ⢀⡠⠔⠊⠁\n"
            " 2 ┤            ⢀⡠⠤⠒⠉⠁\n"
            "   │        ⣀⠤⠒⠊⠁\n"
            "   │    ⣀⠤⠒⠉\n"
            " 0 ┤⣀⠤⠒⠉\n"
            "   └┬───────┬───────┬───────┬\n"
            "    1       2       3       4\n", "a rising line");
    text_is(line(gap, 5), true,
            "    ! NaN\n"
            " 2 +     **           **\n"
            "   |   **               **\n"
            "   | ***                 ***\n"
            " 1 +**          !          **\n"
            "   +------+-----------+------\n"
            "          2           4\n"
            "    1 value is NaN or infinite\n", "a gap and its mark, in ASCII");
    text_is(line(three, 3), false,
            "     │\n"
            " 3.2 ┤\n"
            "     │\n"
            " 3.0 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉\n"
            " 2.8 ┤\n"
            "     │\n"
            "     └┬──────────┬──────────┬\n"
            "      1          2          3\n", "a constant");
    text_is(line(rise, 1), false,
            "  1 ┤\n"
            "    │\n"
            "    │\n"
            "  0 ┤           ⠛\n"
            "    │\n"
            " -1 ┤\n"
            "    └┬──────────┬───────────┬\n"
            "    0.9        1.0         1.1\n", "one point");
    text_is(line(NULL, 0), false,
            " 1.0 ┤\n"
            "     │\n"
            "     │\n"
            " 0.5 ┤\n"
            "     │\n"
            "   0 ┤\n"
            "     └┬──────────┬──────────┬\n"
            "      0         0.5        1.0\n", "no point");
}

static void logs(void)
{
    const double y[] = { 1, 10, 0, -5, 100 }, none[] = { -1, 0, -3 };
    lun_chart *c = line(y, 5);
    c->log[LUN_AXIS_Y] = true;
    const char *text = drawn(c, 60, 12, false, 0);
    ok(has(text, "2 values are not positive: not on the log axis"), "a log axis says what it cannot show");
    ok(has(text, "100 ┤") && has(text, "10 ┤"), "and has powers of ten");
    lun_chart_free(c);
    c = line(none, 3);
    c->log[LUN_AXIS_Y] = true;
    ok(has(drawn(c, 60, 12, false, 0), "no positive value: the axis is linear"), "with no positive value it is linear");
    lun_chart_free(c);
}

static void numbers_that_are_none(void)
{
    const double y[] = { NAN, INFINITY, -INFINITY }, x[] = { NAN, 1, 2 }, good[] = { 1, 2, 3 }, huge[] = { 1e308, -1e308, 0 };
    lun_chart *c = line(y, 3);
    ok(has(drawn(c, 60, 10, false, 0), "3 values are NaN or infinite"), "only values that are no numbers");
    lun_chart_free(c);
    c = lun_chart_new();
    lun_chart_add(c, LUN_MARK_LINE, "", x, good, 3);
    ok(has(drawn(c, 60, 10, false, 0), "1 value is NaN or infinite"), "an x that is no number is counted");
    lun_chart_free(c);
    c = line(huge, 3);
    ok(drawn(c, 60, 10, false, 0) != NULL, "the largest numbers can be drawn");
    lun_chart_free(c);
    c = line(good, 3);
    c->low[LUN_AXIS_Y] = 1.9, c->high[LUN_AXIS_Y] = 2.1;
    ok(has(drawn(c, 60, 10, false, 0), "2.1"), "limits cut the curve");
    lun_chart_free(c);
}

static void smoothing(void)
{
    const double y[] = { 4, 4, 4, NAN, 4, 8 };
    double s[6];
    lun_smooth(y, 6, 0.9, s);
    near(s[0], 4, 1e-12, "the first value is not drawn towards 0");
    near(s[4], 4, 1e-12, "a constant stays constant");
    ok(isnan(s[3]), "a gap stays a gap");
    near(s[5], (4 * (0.9 + 0.81 + 0.729 + 0.6561) + 8) / (1 + 0.9 + 0.81 + 0.729 + 0.6561), 1e-12, "the weighted mean");
    double many[5000];
    for (int i = 0; i < 5000; i++) many[i] = i == 2500 ? 50 : i % 2;
    lun_chart *c = line(many, 5000);
    lun_view *v = lun_chart_view(c, 100);
    double top = 0;
    for (size_t i = 0; i < v->series[0].count; i++) top = fmax(top, v->series[0].y[i]);
    ok(v->series[0].count <= 400 && top == 50, "a thinned curve keeps its peak");
    ok(v->series[0].y[0] == 0 && v->series[0].x[v->series[0].count - 1] == 5000, "and its ends");
    lun_view_free(v);
    c->smooth = -1;
    v = lun_chart_view(c, 100);
    ok(v->count == 2 && v->series[0].faint && !v->series[1].faint, "the raw curve lies faint behind the smoothed one");
    lun_view_free(v);
    lun_chart_free(c);
}

static void colors(void)
{
    const double y[] = { 1, 2, 3 };
    lun_chart *c = line(y, 3);
    ok(!has(drawn(c, 60, 10, false, 0), "\033"), "no escape sequence unless colour is asked for");
    ok(has(drawn(c, 60, 10, false, 256), "\033[38;5;68m"), "colour when it is");
    bool plain = true;
    for (const char *p = drawn(c, 60, 10, true, 0); *p; p++) plain = plain && (unsigned char)*p < 128;
    ok(plain, "ASCII is ASCII");
    lun_chart_free(c);
}

static void width_is_kept(void)
{
    int widest = 0;
    const double y[] = { 1, 20000, 3 };
    for (int columns = 24; columns <= 120; columns += 7) {
        lun_chart *c = line(y, 3);
        lun_chart_set_text(c, LUN_TEXT_TITLE, "a title that is much longer than a narrow screen is wide", 56);
        lun_chart_set_text(c, LUN_TEXT_X, "損失 step", 11);
        lun_chart_add(c, LUN_MARK_LINE, "a label that is rather long", NULL, y, 3);
        char *text = drawn(c, columns, 9, false, 0);
        for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
            int over = lun_label_width(at) - columns;
            widest = over > widest ? over : widest;
        }
        lun_chart_free(c);
    }
    is_int(widest, 0, "no line is wider than asked");
}

static void grids(void)
{
    const double m[] = { 1, 2, 3, NAN };
    lun_chart *c = lun_chart_new();
    lun_chart_fill(c, LUN_GRID_HEAT, m, 2, 2, 1, 1, 0);
    lun_chart_name(c, LUN_AXIS_X, "cat", 3);
    lun_chart_name(c, LUN_AXIS_Y, "dog", 3);
    is_string(drawn(c, 60, 12, true, 0), "       cat      2\ndog      1      2\n  2      3    NaN\n", "a small matrix shows its numbers");
    lun_chart_free(c);
    double image[64];
    for (int i = 0; i < 64; i++) image[i] = i / 63.0;
    c = lun_chart_new();
    lun_chart_fill(c, LUN_GRID_IMAGE, image, 8, 8, 1, 0, 1);
    ok(has(drawn(c, 20, 6, false, 1 << 24), "▀"), "a picture in half blocks");
    ok(has(drawn(c, 20, 8, true, 0), "@"), "a picture in signs");
    lun_chart_free(c);
    c = lun_chart_new();
    lun_chart_fill(c, LUN_GRID_IMAGE, NULL, 0, 5, 1, 1, 0);
    ok(has(drawn(c, 20, 8, true, 0), "nothing to draw"), "an empty picture");
    ok(!lun_chart_fill(c, LUN_GRID_HEAT, m, (size_t)1 << 40, (size_t)1 << 40, 1, 1, 0), "a size beyond memory is refused");
    lun_chart_free(c);
}

static void histograms(void)
{
    const double values[] = { 1, 1, 2, 2, 2, 3, NAN };
    lun_chart *c = lun_chart_new();
    ok(lun_chart_count(c, values, 7, 0), "a histogram");
    is_int(c->series[0].count, 3, "few whole numbers get a bar each");
    near(c->series[0].y[1], 3, 0, "that counts them");
    ok(has(drawn(c, 40, 10, false, 0), "1 value is NaN or infinite"), "and says what it could not count");
    lun_chart_free(c);
    c = lun_chart_new();
    ok(lun_chart_count(c, values, 0, 0) && drawn(c, 40, 10, false, 0), "a histogram of nothing");
    lun_chart_free(c);
    double many[1000], total = 0;
    for (int i = 0; i < 1000; i++) many[i] = i * i / 1e6;
    c = lun_chart_new();
    lun_chart_count(c, many, 1000, 7);
    for (size_t i = 0; i < c->series[0].count; i++) total += c->series[0].y[i];
    ok(c->series[0].count == 7 && total == 1000, "as many bars as asked, and each value once");
    lun_chart_free(c);
}

static void backgrounds(void)
{
    static const char *const said[] = {"15;0", "0;15", "0;default;7", "7;8", "15;default", ""};
    static const lun_terminal_theme wanted[] = {LUN_TERMINAL_DARK, LUN_TERMINAL_LIGHT, LUN_TERMINAL_LIGHT, LUN_TERMINAL_DARK,
                                                LUN_TERMINAL_AUTO, LUN_TERMINAL_AUTO};
    for (int i = 0; i < 6; i++) {
        setenv("COLORFGBG", said[i], 1);
        is_int(lun_terminal_background(), wanted[i], "COLORFGBG=%s", said[i]);
    }
    setenv("COLORFGBG", "15;0", 1);
    lun_terminal_set_theme(LUN_TERMINAL_LIGHT);
    is_int(lun_terminal_background(), LUN_TERMINAL_LIGHT, "what was set counts more");
    lun_terminal_set_theme(LUN_TERMINAL_NONE);
    is_int(lun_terminal_colors(), 0, "none is no colour");
    lun_terminal_set_theme(LUN_TERMINAL_AUTO);
}

int main(void)
{
    backgrounds();
    golden();
    logs();
    numbers_that_are_none();
    smoothing();
    colors();
    width_is_kept();
    grids();
    histograms();
    const double y[] = { 1, 2, 3, NAN };
    lun_chart *c = line(y, 4);
    lun_sheet s = {0};
    lun_draw_spark(c, &(lun_drawing){ 40, 1, false, 0 }, &s);
    is_string(s.text, "▁▄█× NaN\n", "a chart on one line");
    lun_sheet_free(&s);
    lun_chart_free(c);
    return done_testing();
}
