/* tap.c - counts checks and prints them as TAP
 *
 * Holds: every line is flushed at once, so that the last line before a crash is seen.
 * Read next: tap.h.
 * SPDX-License-Identifier: MIT
 */
#include "t/tap.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int checks;
static int failures;

/* One result line; names may not hold '#', which would start a directive. */
__attribute__((format(printf, 4, 0)))
static bool verdict(bool held, const char *file, int line, const char *format, va_list arguments)
{
    char name[512];
    vsnprintf(name, sizeof name, format, arguments);
    for (char *c = name; *c; c++) {
        if (*c == '#' || *c == '\n')
            *c = ' ';
    }
    checks++;
    printf("%sok %d - %s\n", held ? "" : "not ", checks, name);
    if (!held) {
        failures++;
        printf("#   failed at %s:%d\n", file, line);
    }
    fflush(stdout);
    return held;
}

bool tap_ok(bool condition, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    verdict(condition, file, line, format, arguments);
    va_end(arguments);
    return condition;
}

bool tap_is_int(long long got, long long want, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool held = verdict(got == want, file, line, format, arguments);
    va_end(arguments);
    if (!held)
        note("  got %lld, want %lld", got, want);
    return held;
}

bool tap_is_string(const char *got, const char *want, const char *file, int line, const char *format, ...)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    va_list arguments;
    va_start(arguments, format);
    verdict(same, file, line, format, arguments);
    va_end(arguments);
    if (!same) {
        note("   got: %s", got ? got : "(null)");
        note("  want: %s", want ? want : "(null)");
    }
    return same;
}

static bool close_enough(double got, double want, double tolerance)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got))
        return isinf(want) && isinf(got) && signbit(got) == signbit(want);
    return fabs(got - want) <= tolerance * fmax(1.0, fabs(want));
}

bool tap_near(double got, double want, double tolerance, const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool held = verdict(close_enough(got, want, tolerance), file, line, format, arguments);
    va_end(arguments);
    if (!held)
        note("  got %.17g, want %.17g, within %g", got, want, tolerance);
    return held;
}

void skip(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("ok %d # SKIP ", ++checks);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

/* A message of several lines keeps its '#' on each. */
void note(const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        printf("# %s\n", line);
    fflush(stdout);
}

int done_testing(void)
{
    printf("1..%d\n", checks);
    if (failures)
        note("%d of %d checks failed", failures, checks);
    fflush(stdout);
    return failures || !checks ? 1 : 0;
}
