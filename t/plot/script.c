/* script.c - hostile texts never become gnuplot commands
 *
 * Forty texts that would make a careless caller of gnuplot run a program go through every place that takes a text; no file may
 * appear. The script itself is looked at, too. Read next: plot/script.c.
 * SPDX-License-Identifier: MIT
 */
#include "plot/script.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "plot/gnuplot.h"
#include "plot/picture.h"
#include "t/tap.h"

/* F stands for a file that must not come into being. */
static const char *const hostile[] = {
    "`touch F`", "'`touch F`'", "''`touch F`", "\"`touch F`\"", "a\" ; system('touch F') ; \"", "'; system('touch F'); '",
    "'; system(\"touch F\") #", "a'\nsystem('touch F')\n'", "a\n!touch F\n", "\n!touch F", "a\rsystem('touch F')\r", "!touch F",
    "$(touch F)", "<touch F", "|touch F", "'|touch F'", "< touch F", "\\'; system('touch F'); \\'", "\\", "'", "''", "'''",
    "\\\\'", "' \\\nset output '|touch F'", "@touch", "@GPVAL_TERM", "{/:Bold `touch F`}", "%`touch F`", "' . system('touch F') . '",
    "'.`touch F`.'", "END", "EOD\n!touch F", "e\n!touch F", "\x1b]0;x\x07", "a\0b", "\xc2\x9b", "\xff\xfe'; system('touch F')",
    "; shell", "' ; plot '<touch F", "' with lines ; load '|touch F' #", "sprintf('%s', system('touch F'))", "\xe2\x80\xa8!touch F",
};
enum { COUNT = sizeof hostile / sizeof *hostile };

static char bad_file[64], good_file[64];

static char *aimed(const char *text, char *out, size_t room)
{
    size_t used = 0;
    for (const char *c = text; *c && used + sizeof bad_file < room; c++) {
        if (*c == 'F' && (c == text || c[-1] == ' ')) used += (size_t)snprintf(out + used, room - used, "%s", bad_file);
        else out[used++] = *c;
    }
    out[used] = '\0';
    return out;
}

static bool exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

/* A chart with the text in every place; places that refuse it keep a harmless one. */
static lun_chart *chart_with(const char *text, bool grid)
{
    const double y[] = { 1, 2, NAN, 4 };
    lun_chart *c = lun_chart_new();
    for (int i = 0; i < LUN_TEXT_COUNT; i++) lun_chart_set_text(c, (lun_chart_text)i, text, strlen(text));
    if (!grid && !lun_chart_add(c, LUN_MARK_LINE, text, NULL, y, 4)) lun_chart_add(c, LUN_MARK_LINE, "safe", NULL, y, 4);
    if (grid) lun_chart_fill(c, LUN_GRID_HEAT, y, 2, 2, 1, 1, 0);
    if (grid) lun_chart_name(c, LUN_AXIS_X, text, strlen(text)), lun_chart_name(c, LUN_AXIS_Y, text, strlen(text));
    lun_error_clear();
    return c;
}

static void attack(const char *hostile_text)
{
    static const lun_format formats[] = { LUN_PICTURE_SVG, LUN_PICTURE_DUMB };
    char text[400];
    bool good = true;
    aimed(hostile_text, text, sizeof text);
    for (int grid = 0; grid < 2; grid++) {
        lun_chart *c = chart_with(text, grid == 1);
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
            lun_sheet out = {0};
            lun_picture p = { formats[i], i ? 160 : 700, i ? 40 : 500, LUN_THEME_LIGHT };
            good = lun_picture_draw(c, &p, &out) && out.length > 100 && good;
            lun_sheet_free(&out);
        }
        lun_chart_free(c);
    }
    if (!ok(good && !exists(bad_file), "harmless: %zu bytes beginning with 0x%02x", strlen(text), (unsigned char)text[0]))
        note("%s", lun_error_get()->message);
    unlink(bad_file);
    lun_error_clear();
}

/* No line of the script begins or ends inside a text, and no quote stands alone. */
static void script_is_sound(void)
{
    lun_chart *c = chart_with("it's a \"test\" `x` \\", false);
    lun_sheet out = {0};
    lun_picture p = { LUN_PICTURE_PNG, 700, 400, LUN_THEME_LIGHT };
    ok(lun_script_write(c, &p, &out), "a script");
    ok(strstr(out.text, "'it''s a \"test\" `x` \\'") != NULL, "a text in single quotes, its quote doubled");
    ok(strstr(out.text, "noenhanced") != NULL, "noenhanced");
    ok(strstr(out.text, "2 2\n3 NaN\n4 4\n") != NULL, "NaN is a word in the data block");
    ok(strstr(out.text, "set output") == NULL, "no output file is ever named");
    bool even = true;
    int quotes = 0;
    for (const char *at = out.text; *at; at++) {
        quotes += *at == '\'';
        if (*at == '\n') even = even && quotes % 2 == 0, quotes = 0;
    }
    ok(even, "every line closes its quotes");
    char first[LUN_WORD_SIZE] = "", *word = strstr(out.text, "<< END");
    if (word) memcpy(first, word + 3, 35);
    lun_sheet_clear(&out);
    lun_script_write(c, &p, &out);
    ok(word && first[0] && !strstr(out.text, first), "the end word of the data is new each time");
    lun_sheet_free(&out);
    lun_chart_free(c);
}

static void files(void)
{
    const double y[] = { 3, 1, 2 };
    char name[120];
    lun_chart *c = lun_chart_new();
    lun_chart_add(c, LUN_MARK_LINE, "y", NULL, y, 3);
    static const struct { const char *end, *magic; } kinds[] = { { ".png", "\x89PNG" }, { ".svg", "<?xm" }, { ".PDF", "%PDF" } };
    for (size_t i = 0; i < 3; i++) {
        char head[5] = "";
        snprintf(name, sizeof name, "%s'; system('touch %s');|`x`%s", good_file, "x", kinds[i].end);
        ok(lun_picture_save(c, name, 0, 0, LUN_THEME_DARK), "writes %s under a hostile name", kinds[i].end);
        FILE *f = fopen(name, "rb");
        ok(f && fread(head, 1, 4, f) == 4 && !strcmp(head, kinds[i].magic), "it is one");
        if (f) fclose(f);
        unlink(name);
    }
    ok(!lun_picture_save(c, "x.gif", 0, 0, LUN_THEME_LIGHT) && lun_error_get()->code == LUN_E_ARGUMENT, "an unknown ending is refused");
    lun_error_clear();
    ok(!lun_picture_save(c, "/dev/null/x.png", 0, 0, LUN_THEME_LIGHT) && lun_error_get()->code == LUN_E_FILE, "a folder that is not there");
    lun_error_clear();
    snprintf(name, sizeof name, "%s.svg", good_file);
    FILE *old = fopen(name, "w");
    if (old) fputs("old", old), fclose(old);
    lun_gnuplot_patience(0);
    ok(!lun_picture_save(c, name, 0, 0, LUN_THEME_LIGHT) && lun_error_get()->code == LUN_E_PROCESS, "a drawing that takes too long");
    lun_error_clear();
    lun_gnuplot_patience(60);
    char kept[8] = "";
    old = fopen(name, "r");
    ok(old && fgets(kept, sizeof kept, old) && !strcmp(kept, "old"), "leaves the old file as it was");
    if (old) fclose(old);
    unlink(name);
    lun_chart_free(c);
}

int main(void)
{
    script_is_sound();
    if (system("command -v gnuplot >/dev/null 2>&1") != 0) {
        skip("gnuplot is not installed");
        return done_testing();
    }
    snprintf(bad_file, sizeof bad_file, "/tmp/lun-plot-bad-%ld", (long)getpid());
    snprintf(good_file, sizeof good_file, "/tmp/lun-plot-good-%ld", (long)getpid());
    ok(COUNT >= 40, "%d hostile texts", COUNT);
    for (int i = 0; i < COUNT; i++) attack(hostile[i]);
    files();
    return done_testing();
}
