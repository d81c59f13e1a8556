/* source.h - what a parser reads from: a file or a member of an archive
 *
 * Holds: `left` is never more than can truly come, so a count that a header claims is checked against it before memory is asked for.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_FORMATS_SOURCE_H
#define LUN_FORMATS_SOURCE_H
#include "core/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lun_source {
    bool (*read)(struct lun_source *s, void *out, size_t bytes); /* exactly so many; false after lun_fail */
    uint64_t left;
    const char *name; /* for messages */
    int descriptor;   /* the file, and where to read next */
    uint64_t at;
} lun_source;

/* A plain file; false after lun_fail (then nothing is open). Close its descriptor. */
bool lun_source_open(lun_source *s, const char *path);
/* Exactly so many bytes from the file at s->at, which moves; false after lun_fail. */
bool lun_source_read(lun_source *s, void *out, size_t bytes);

/* Does a bool tensor that was read from a file hold nothing but 0 and 1? */
bool lun_true_or_false(const lun_tensor *x);

/* Turns each of `count` numbers of `size` bytes round. */
void lun_swap_bytes(unsigned char *p, int64_t count, size_t size);
static inline uint64_t lun_little(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) value = value << 8 | p[i];
    return value;
}
static inline void lun_put_little(unsigned char *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) p[i] = (unsigned char)(value >> (8 * i));
}
#endif
