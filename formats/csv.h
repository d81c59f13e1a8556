/* csv.h - comma-separated text, as RFC 4180 says: quoted fields, doubled quotes, line breaks inside quotes, CRLF or LF
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_CSV_H
#define LUN_FORMATS_CSV_H
#include <stdbool.h>
#include <stddef.h>

typedef struct lun_csv_field {
    const char *text; /* into the parsed text; a quoted field without its outer quotes, inner ones still doubled */
    size_t length;
    bool quoted;
} lun_csv_field;

typedef struct lun_csv {
    lun_csv_field *field; /* rows * columns, row after row */
    size_t rows, columns, capacity;
} lun_csv;

/* Splits `size` bytes of text. Every row must have as many fields as the first; empty lines are skipped. False after lun_fail
 * naming the line. Free with lun_csv_free (also after a failure). The fields point into `text`. */
bool lun_csv_parse(const char *text, size_t size, char delimiter, lun_csv *out);
void lun_csv_free(lun_csv *csv);
/* The field as a number; empty, "NA", "nan" and "?" are NaN. False when it is something else. */
bool lun_csv_number(const lun_csv_field *f, double *out);
#endif
