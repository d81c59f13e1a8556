/* error.c - the thread's error
 *
 * Holds: reporting never allocates. Read next: core/context.h. SPDX-License-Identifier: MIT
 */
#include "core/error.h"

#include "core/context.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *number, *kind; } codes[LUN_E_COUNT] = {
#define X(id, number, kind, about) [LUN_E_##id] = {number, kind},
    LUN_ERROR_CODES(X)
#undef X
};

/* C prints a sign that NaN does not have. */
static void drop_sign_of_nan(char *text)
{
    for (char *at = text; (at = strstr(at, "-nan"));) memmove(at, at + 1, strlen(at));
}

void *lun_fail(lun_code code, const char *hint, const char *format, ...)
{
    lun_error *e = &lun_context_get()->error;
    if (e->code != LUN_E_NONE) return NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    drop_sign_of_nan(e->message);
    e->code = code;
    e->earlier = false;
    e->op[0] = 0;
    snprintf(e->hint, sizeof e->hint, "%s", hint ? hint : "");
    return NULL;
}

void *lun_hint(const char *format, ...)
{
    lun_error *e = &lun_context_get()->error;
    if (e->code == LUN_E_NONE || e->hint[0]) return NULL;
    va_list args;
    va_start(args, format);
    vsnprintf(e->hint, sizeof e->hint, format, args);
    va_end(args);
    return NULL;
}

bool lun_fail_interrupted(void) { return lun_fail(LUN_E_INTERRUPT, NULL, "interrupted"), false; }
bool lun_failed(void) { return lun_context_get()->error.code != LUN_E_NONE; }
const lun_error *lun_error_get(void) { return &lun_context_get()->error; }
void lun_error_clear(void) { lun_context_get()->error.code = LUN_E_NONE; }
const char *lun_error_number(lun_code code) { return codes[code].number; }
const char *lun_error_kind(lun_code code) { return codes[code].kind; }
