/* sheet.h - a growing text that a chart is written into
 *
 * Scripts, drawings and escape sequences are all built here before one write sends them off, so that nothing half-drawn ever
 * reaches a terminal or gnuplot. Holds: text is always NUL-terminated once something was put; after a failed allocation
 * the sheet is `broken` and swallows what follows, so only the end of a drawing has to look.
 * Read next: drawing.h, script.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_SHEET_H
#define LUN_PLOT_SHEET_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_sheet {
    char *text;
    size_t length, room;
    bool broken; /* memory ran out; the text is incomplete */
} lun_sheet;

void lun_sheet_put(lun_sheet *s, const char *bytes, size_t count);
void lun_sheet_text(lun_sheet *s, const char *text);
void lun_sheet_repeat(lun_sheet *s, const char *text, int times);
void lun_sheet_format(lun_sheet *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A number as %.17g with a point whatever the locale says; every non-number is the word NaN. */
void lun_sheet_number(lun_sheet *s, double value);
void lun_sheet_base64(lun_sheet *s, const unsigned char *bytes, size_t count);
void lun_sheet_clear(lun_sheet *s); /* empties it, keeps the memory */
void lun_sheet_free(lun_sheet *s);
bool lun_sheet_good(const lun_sheet *s); /* false (and an error) when memory ran out */

/* Text that people give (titles, labels) may hold no control characters: they could drive a terminal or end a command.
   Returns a copy with broken UTF-8 replaced by '?', or NULL and an error that names `what`. */
char *lun_label_copy(const char *what, const char *text, size_t length);
int lun_label_width(const char *text);                    /* columns on a terminal */
size_t lun_label_fit(const char *text, int columns); /* bytes of the longest beginning that fits */
#endif
