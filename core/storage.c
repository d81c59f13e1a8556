/* storage.c - refcounted bytes. Read next: core/alloc.c. SPDX-License-Identifier: MIT */
#include "core/storage.h"

#include "core/alloc.h"
#include "core/backend.h"
#include "core/error.h"

static size_t record_bytes(size_t bytes, int device_type)
{
    return sizeof(lun_storage) + (device_type == LUN_CPU && bytes <= LUN_INLINE_BYTES ? LUN_INLINE_BYTES : 0);
}

void *(*lun_storage_wait)(lun_storage *);

static lun_storage *record(size_t bytes, lun_device device)
{
    lun_storage *s = lun_block_get(record_bytes(bytes, device.type));
    if (!s) return NULL;
    s->refs = 1;
    s->device = device;
    s->version = 0;
    s->queued = s->slot = 0;
    s->write_file = NULL;
    s->write_line = 0;
    s->bytes = bytes;
    s->data = s->inline_data;
    s->release = NULL;
    s->owner = NULL;
    return s;
}

lun_storage *lun_storage_new(size_t bytes, lun_device device)
{
    lun_storage *s = record(bytes, device);
    if (!s || (device.type == LUN_CPU && bytes <= LUN_INLINE_BYTES)) return s;
    const lun_backend *backend = lun_backends[device.type];
    if (device.type == LUN_CPU) s->data = lun_data_get(bytes);
    else s->data = backend ? backend->get(bytes, device.index)
                           : lun_fail(LUN_E_DEVICE, "use device \"cpu\"", "device type %d is not present", device.type);
    if (s->data) return s;
    lun_block_put(s, record_bytes(bytes, device.type));
    return NULL;
}

lun_storage *lun_storage_wrap(void *data, size_t bytes, void (*release)(lun_storage *), void *owner)
{
    lun_storage *s = lun_block_get(record_bytes(LUN_INLINE_BYTES + 1, LUN_CPU));
    if (!s) return NULL;
    *s = (lun_storage){.refs = 1, .bytes = bytes, .data = data, .release = release, .owner = owner};
    return s;
}

void lun_storage_drop(lun_storage *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL)) return;
    if (s->slot == LUN_HOLLOW && !s->data) {
        lun_block_put(s, record_bytes(0, LUN_CPU));
        return;
    }
    size_t bytes = record_bytes(s->release ? LUN_INLINE_BYTES + 1 : s->bytes, s->device.type);
    if (s->release) s->release(s);
    else if (s->device.type != LUN_CPU) lun_backends[s->device.type]->put(s->data, s->bytes, s->device.index);
    else if (s->data != s->inline_data) lun_data_put(s->data, s->bytes);
    lun_block_put(s, bytes);
}
