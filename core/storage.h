/* storage.h - refcounted bytes on a device, shared by views
 *
 * Holds: `version` grows with every write, so that a value saved for backward can be proven unchanged. Data of at most
 * LUN_INLINE_BYTES lives in the record itself. Counts are atomic: a handle may be dropped on another thread.
 * SPDX-License-Identifier: MIT
 */
#ifndef LUN_CORE_STORAGE_H
#define LUN_CORE_STORAGE_H
#include <stddef.h>
#include <stdint.h>

typedef enum { LUN_CPU, LUN_CUDA, LUN_DEVICE_TYPES } lun_device_type;
typedef struct { uint8_t type, index; } lun_device;
static inline int lun_device_same(lun_device a, lun_device b) { return a.type == b.type && a.index == b.index; }

enum { LUN_INLINE_BYTES = 64, LUN_HOLLOW = -1 };

typedef struct lun_storage {
    int refs;
    lun_device device;
    uint32_t version;
    int queued;              /* how many of `refs` a queue of ops holds; while it is not 0, data may be NULL: lun_storage_data */
    const char *write_file;  /* where the last write happened (interned), for messages; NULL unknown */
    int write_line;
    int slot;                /* where it stands in that queue; LUN_HOLLOW: there is no memory (core/hollow.h), and `queued` is 1 */
    size_t bytes;
    void *data;
    void (*release)(struct lun_storage *); /* foreign memory (a mapped file): called instead of freeing; else NULL */
    void *owner;             /* for release */
    __attribute__((aligned(64))) unsigned char inline_data[];
} lun_storage;

/* New storage of `bytes` on `device`, refs 1, contents undefined; NULL after lun_fail. */
lun_storage *lun_storage_new(size_t bytes, lun_device device);
/* Storage over memory that somebody else owns; release(s) is called once when the last reference goes. */
lun_storage *lun_storage_wrap(void *data, size_t bytes, void (*release)(lun_storage *), void *owner);
/* Runs the ops that wait to read or write s, and gives where its bytes are. Set by whoever queues ops (graph/queue.c). */
extern void *(*lun_storage_wait)(lun_storage *);
/* A storage without memory, and what reading one gives, with an error: core/hollow.h. */
lun_storage *lun_storage_hollow(size_t bytes, lun_device device);
void *lun_storage_hollow_data(void);
/* The bytes, as they are after every op so far. */
static inline void *lun_storage_data(lun_storage *s)
{
    if (__builtin_expect(s->data || !s->queued, 1)) return s->data;
    return s->slot == LUN_HOLLOW ? lun_storage_hollow_data() : lun_storage_wait(s);
}
static inline void lun_storage_keep(lun_storage *s) { __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED); }
void lun_storage_drop(lun_storage *s); /* NULL is fine */
#endif
