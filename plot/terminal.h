/* terminal.h - what the screen we draw on can do
 *
 * Asked lazily and once: nothing is sent to a terminal before the first chart. LUNETTE_GRAPHICS = braille, sixel, kitty, dumb
 * or none overrides everything. Holds: a query waits at most 100 ms, only on a terminal, and only where somebody is likely
 * to answer: an answer that comes too late would stand at the prompt as typed text. Read next: terminal.c, drawing.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_PLOT_TERMINAL_H
#define LUN_PLOT_TERMINAL_H
#include <stdbool.h>

typedef enum { LUN_GRAPHICS_NONE, LUN_GRAPHICS_BRAILLE, LUN_GRAPHICS_DUMB, LUN_GRAPHICS_SIXEL, LUN_GRAPHICS_KITTY } lun_graphics;

/* AUTO: dark or light where COLORFGBG says so, else colours that can be read on both. NONE: no colour. */
typedef enum { LUN_TERMINAL_AUTO, LUN_TERMINAL_DARK, LUN_TERMINAL_LIGHT, LUN_TERMINAL_NONE } lun_terminal_theme;

lun_graphics lun_terminal_graphics(void);
const char *lun_graphics_name(lun_graphics g);
bool lun_terminal_is_tty(void);                      /* standard output is one */
void lun_terminal_size(int *columns, int *rows);     /* 80x24 when nobody knows; COLUMNS and LINES where there is no terminal */
void lun_terminal_pixels(int *width, int *height);   /* of the whole screen, guessed from the characters when unknown */
bool lun_terminal_ascii(void);                       /* no UTF-8, a dumb terminal, or asked to be plain */
int lun_terminal_colors(void);                       /* 0, 256 or 1 << 24 */
void lun_terminal_set_theme(lun_terminal_theme theme);
lun_terminal_theme lun_terminal_background(void);    /* DARK, LIGHT, or AUTO when nobody knows */
void lun_terminal_plain(bool plain);                 /* plain: ASCII, no colour, no pictures */
void lun_terminal_forget(void);                      /* asks again at the next chart */
#endif
