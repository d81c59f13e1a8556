/* print.h - a tensor as text: a header that says everything, then a body that shows a part
 *
 * The header stands first and survives a cut-off screen: dtype and shape, device, bytes, grad, range, mean, spread, NaN and infinity in
 * words, a sparkline. The body costs O(shown); its number format is made for the values shown and does not follow an outlier.
 * Read next: print.c, core/summary.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_PRINT_H
#define LUN_CORE_PRINT_H
#include "core/tensor.h"

typedef struct lun_print_options {
    int precision;      /* digits after the point */
    int64_t threshold;  /* more elements than this are summarised */
    int edgeitems;      /* shown at each end of a summarised dim */
    int linewidth;
    bool ascii;         /* no sparkline */
    bool header, body;
} lun_print_options;
extern const lun_print_options lun_print_defaults;

/* Text that grows; free it with lun_print_free. `failed` after lun_fail(LUN_E_MEMORY). */
typedef struct lun_print_buffer {
    char *data;
    size_t length, capacity;
    bool failed;
} lun_print_buffer;
void lun_print_add(lun_print_buffer *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lun_print_free(lun_print_buffer *t);

/* Appends the display of x. False after lun_fail. */
bool lun_print(const lun_tensor *x, const lun_print_options *o, lun_print_buffer *out);
/* A one-element tensor's value as short text ("0.5", "3", "true"); returns buffer. */
char *lun_print_number(const lun_tensor *x, char *buffer, size_t room);
#endif
