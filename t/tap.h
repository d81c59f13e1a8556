/* tap.h - the five verbs of a test written in C
 *
 * Prints TAP (Test Anything Protocol): a numbered "ok" or "not ok" line per check, diagnostics after "#", and the plan at the
 * end, so that a test that dies half-way is seen as broken. Every verb returns whether the check held, so a test may stop
 * at the first check that the rest depends on. End main with `return done_testing();`.
 * Holds: one thread tests. Read next: tap.c, tap.lua (the same verbs for Lua).
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_T_TAP_H
#define LUN_T_TAP_H

#include <stdbool.h>

#define TAP_FORMAT(at, rest) __attribute__((format(printf, at, rest)))

/* The condition holds. The rest is printf's: what is being checked, in words. */
#define ok(condition, ...) tap_ok((condition), __FILE__, __LINE__, __VA_ARGS__)

/* Two whole numbers are the same; both are printed when not. */
#define is_int(got, want, ...) tap_is_int((long long)(got), (long long)(want), __FILE__, __LINE__, __VA_ARGS__)

/* Two strings are the same; NULL is the same as NULL only. */
#define is_string(got, want, ...) tap_is_string((got), (want), __FILE__, __LINE__, __VA_ARGS__)

/* |got - want| <= tolerance * max(1, |want|); NaN is near NaN, an infinity is near itself. */
#define near(got, want, tolerance, ...) \
    tap_near((double)(got), (double)(want), (double)(tolerance), __FILE__, __LINE__, __VA_ARGS__)

bool tap_ok(bool condition, const char *file, int line, const char *format, ...) TAP_FORMAT(4, 5);
bool tap_is_int(long long got, long long want, const char *file, int line, const char *format, ...) TAP_FORMAT(5, 6);
bool tap_is_string(const char *got, const char *want, const char *file, int line, const char *format, ...)
    TAP_FORMAT(5, 6);
bool tap_near(double got, double want, double tolerance, const char *file, int line, const char *format, ...)
    TAP_FORMAT(6, 7);

/* Counts one check as skipped and says why; for what this machine lacks. */
void skip(const char *format, ...) TAP_FORMAT(1, 2);

/* A line for the reader, not a check. */
void note(const char *format, ...) TAP_FORMAT(1, 2);

/* Prints the plan; the exit status for main: 0 when every check held. */
int done_testing(void);

#endif
