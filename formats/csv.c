/* csv.c - splitting comma-separated text
 *
 * Holds: reads only inside [text, text + size). Read next: lua_bindings/data.c. SPDX-License-Identifier: MIT
 */
#include "formats/csv.h"

#include "core/alloc.h"
#include "core/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool add(lun_csv *csv, size_t count, lun_csv_field f)
{
    if (count == csv->capacity && !lun_block_grow(&csv->field, &csv->capacity, sizeof *csv->field, 1024)) return false;
    csv->field[count] = f;
    return true;
}

/* One field from p; returns the first byte after it (delimiter, line end or end), NULL when a quote is not closed. */
static const char *read_field(const char *p, const char *end, char delimiter, lun_csv_field *f)
{
    f->quoted = p < end && *p == '"';
    if (!f->quoted) {
        f->text = p;
        while (p < end && *p != delimiter && *p != '\n' && *p != '\r') p++;
        f->length = (size_t)(p - f->text);
        return p;
    }
    f->text = ++p;
    for (; p < end; p++) {
        if (*p != '"') continue;
        if (p + 1 < end && p[1] == '"') p++;
        else break;
    }
    if (p >= end) return NULL;
    f->length = (size_t)(p - f->text);
    p++;
    while (p < end && *p != delimiter && *p != '\n' && *p != '\r') p++;
    return p;
}

bool lun_csv_parse(const char *text, size_t size, char delimiter, lun_csv *out)
{
    const char *p = text, *end = text + size;
    size_t count = 0, line = 1, in_row = 0;
    *out = (lun_csv){0};
    if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) p += 3;
    while (p < end) {
        if (in_row == 0 && (*p == '\n' || *p == '\r')) {
            line += *p++ == '\n';
            continue;
        }
        lun_csv_field f;
        const char *next = read_field(p, end, delimiter, &f);
        if (!next)
            return lun_fail(LUN_E_FORMAT, "a quote inside a quoted field is doubled: \"\"", "line %zu: a quote is opened and never closed",
                            line), false;
        for (const char *q = p; q < next; q++) line += *q == '\n';
        if (!add(out, count, f)) return false;
        count++;
        in_row++;
        p = next;
        bool more = p < end && *p == delimiter;
        if (more) p++;
        if (more && p == end) { /* a delimiter at the very end: an empty last field */
            if (!add(out, count, (lun_csv_field){.text = p})) return false;
            count++;
            in_row++;
            more = false;
        }
        if (more) continue;
        if (!out->columns) out->columns = in_row;
        if (in_row != out->columns)
            return lun_fail(LUN_E_FORMAT, "is the delimiter right? {delimiter = \";\"}", "line %zu has %zu fields, the first row has %zu",
                            line, in_row, out->columns), false;
        out->rows++;
        in_row = 0;
    }
    return true;
}

void lun_csv_free(lun_csv *csv)
{
    lun_block_put(csv->field, csv->capacity * sizeof *csv->field);
    *csv = (lun_csv){0};
}

bool lun_csv_number(const lun_csv_field *f, double *out)
{
    static const char *const missing[] = {"", "NA", "nan", "?"};
    char buffer[64];
    const char *s = f->text;
    size_t n = f->length;
    while (n && (*s == ' ' || *s == '\t')) s++, n--;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    if (n >= sizeof buffer) return false;
    memcpy(buffer, s, n);
    buffer[n] = 0;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (!strcasecmp(buffer, missing[i])) return *out = NAN, true;
    char *rest;
    *out = strtod(buffer, &rest);
    return *rest == 0 && rest != buffer;
}
