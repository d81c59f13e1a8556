/* picture.c - a chart as a file or as an image in the terminal
 *
 * Read next: picture.h, script.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mkostemps */
#endif
#include "plot/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "plot/gnuplot.h"

enum { SIZE_LIMIT = 8000 };

bool lun_picture_draw(const lun_chart *c, const lun_picture *p, lun_sheet *out)
{
    if (p->width < 1 || p->height < 1 || p->width > SIZE_LIMIT || p->height > SIZE_LIMIT)
        return lun_fail(LUN_E_ARGUMENT, "size = {800, 500}", "plot: size %dx%d, each side must be 1 to %d", p->width, p->height,
                        SIZE_LIMIT), false;
    lun_sheet script = {0}, warnings = {0};
    bool good = lun_script_write(c, p, &script) && lun_gnuplot_run(script.text, script.length, out, &warnings);
    if (good && warnings.length) fprintf(stderr, "gnuplot: %s\n", warnings.text);
    if (good && !out->length)
        good = lun_fail(LUN_E_PROCESS, "plot.script(chart) shows the commands", "plot: gnuplot drew nothing") != NULL;
    lun_sheet_free(&script);
    lun_sheet_free(&warnings);
    return good;
}

bool lun_picture_format(const char *path, lun_format *format)
{
    static const struct { const char *end; lun_format format; } ends[] =
        { { ".png", LUN_PICTURE_PNG }, { ".svg", LUN_PICTURE_SVG }, { ".pdf", LUN_PICTURE_PDF } };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof ends / sizeof *ends; i++) {
        if (strcasecmp(dot, ends[i].end)) continue;
        *format = ends[i].format;
        return true;
    }
    lun_fail(LUN_E_ARGUMENT, "to = \"chart.png\"", "plot: \"%.200s\" names no picture format: .png, .svg or .pdf", path);
    return false;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count) {
        ssize_t n = write(fd, bytes, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

/* Through a temporary name in the same folder: a full disk or a crash leaves the old file as it was. */
static bool replace_file(const char *path, const char *bytes, size_t count)
{
    size_t room = strlen(path) + 16;
    struct stat old;
    bool there = stat(path, &old) == 0;
    if (there && !S_ISREG(old.st_mode)) /* a rename would put a file in its place */
        return lun_fail(LUN_E_FILE, "give the name of a file", "plot: \"%.200s\" is a folder, a device or a pipe", path), false;
    char *name = malloc(room);
    if (!name) return lun_fail(LUN_E_MEMORY, NULL, "plot: no memory for a file name"), false;
    snprintf(name, room, "%s.XXXXXX", path);
    int fd = mkostemp(name, O_CLOEXEC);
    int why = fd < 0 ? errno : 0;
    if (fd >= 0) {
        mode_t mask = umask(0); /* mkostemp makes files that only their owner may read */
        umask(mask);
        mode_t mode = there ? old.st_mode & 0777 : 0666 & ~mask;
        if (fchmod(fd, mode) || !write_all(fd, bytes, count) || fsync(fd)) why = errno;
        if (close(fd) && !why) why = errno;
        if (!why && rename(name, path)) why = errno;
        if (why) unlink(name);
    }
    free(name);
    if (why) lun_fail(LUN_E_FILE, "check that the folder exists and may be written to", "plot: cannot write \"%.200s\": %s", path,
                      strerror(why));
    return !why;
}

bool lun_picture_save(const lun_chart *c, const char *path, int width, int height, lun_theme theme)
{
    lun_picture p = { LUN_PICTURE_PNG, width ? width : 720, height ? height : 440, theme };
    if (!lun_picture_format(path, &p.format)) return false;
    if (c->grid.kind == LUN_GRID_HEAT && !height) p.height = 600;
    if (c->grid.kind == LUN_GRID_IMAGE && !height && c->grid.columns) { /* as tall as its pixels are square, and the title above */
        p.height = (int)(p.width * ((double)c->grid.rows / (double)c->grid.columns)) + 60;
        p.height = p.height > 1200 ? 1200 : p.height;
    }
    if (!height) p.height += 260 * (lun_chart_panels(c) - 1);
    if (p.height > SIZE_LIMIT) p.height = SIZE_LIMIT;
    lun_sheet bytes = {0};
    bool good = lun_picture_draw(c, &p, &bytes) && replace_file(path, bytes.text, bytes.length);
    lun_sheet_free(&bytes);
    return good;
}

bool lun_picture_kitty(const lun_chart *c, int width, int height, lun_sheet *out)
{
    enum { PIECE = 4096 }; /* the protocol's limit for one sequence */
    lun_picture p = { LUN_PICTURE_PNG, width / 2, height / 2, LUN_THEME_CLEAR };
    lun_sheet png = {0}, text = {0};
    bool good = lun_picture_draw(c, &p, &png);
    if (good) lun_sheet_base64(&text, (const unsigned char *)png.text, png.length);
    for (size_t at = 0; good && at < text.length; at += PIECE) {
        size_t count = text.length - at < PIECE ? text.length - at : PIECE;
        lun_sheet_format(out, "\033_G%sm=%d;", at ? "" : "a=T,f=100,q=2,", at + count < text.length);
        lun_sheet_put(out, text.text + at, count);
        lun_sheet_text(out, "\033\\");
    }
    if (good) lun_sheet_text(out, "\n");
    good = good && lun_sheet_good(&text) && lun_sheet_good(out);
    lun_sheet_free(&png);
    lun_sheet_free(&text);
    return good;
}
