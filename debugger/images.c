/* images.c - copies of what is about to change
 *
 * Holds: an image keeps its thing alive, so an address names one thing. Images of things that nobody else holds any more are let go when
 * the list has doubled. Read next: debugger/travel.c. SPDX-License-Identifier: MIT
 */
#include "debugger/images.h"

#include <stdlib.h>
#include <string.h>

typedef enum { MEMORY, HANDLE, NODE } image_kind;

typedef struct lun_image {
    image_kind kind;
    union { lun_storage *storage; lun_tensor *handle; lun_node *node; const void *address; } of;
    void *bytes;                   /* MEMORY: the copy */
    uint32_t version;
    uint16_t flags;                /* HANDLE, from here on */
    int32_t output;
    uint32_t view_version;
    lun_node *node;
    lun_tensor *grad;
    int n_saved;                   /* NODE: its saved inputs, then its saved results */
    lun_saved *saved;
} lun_image;

static void drop(lun_images *set, lun_image *m)
{
    if (m->kind == MEMORY) {
        set->bytes -= m->of.storage->bytes;
        lun_storage_drop(m->of.storage);
        free(m->bytes);
    } else if (m->kind == HANDLE) {
        lun_drop(m->grad);
        if (m->node) lun_node_drop(m->node);
        lun_drop(m->of.handle);
    } else {
        for (int i = 0; i < m->n_saved; i++) lun_drop(m->saved[i].value);
        free(m->saved);
        lun_node_drop(m->of.node);
    }
}

static bool is_alone(const lun_image *m)
{
    const int *refs = m->kind == MEMORY ? &m->of.storage->refs : m->kind == HANDLE ? &m->of.handle->refs : &m->of.node->refs;
    return __atomic_load_n(refs, __ATOMIC_ACQUIRE) == 1;
}

/* ---- the index ---- */

static size_t place_of(const lun_images *set, const void *address)
{
    size_t places = 2 * (size_t)set->capacity; /* a power of two, at most half full */
    size_t at = (size_t)(((uintptr_t)address >> 4) * 0x9E3779B97F4A7C15U >> 20) & (places - 1);
    while (set->index[at] && set->list[set->index[at] - 1].of.address != address) at = (at + 1) & (places - 1);
    return at;
}

static lun_image *find(const lun_images *set, const void *address)
{
    int64_t k = set->capacity ? set->index[place_of(set, address)] : 0;
    return k ? &set->list[k - 1] : NULL;
}

static void index_all(lun_images *set)
{
    memset(set->index, 0, 2 * (size_t)set->capacity * sizeof *set->index);
    for (int64_t k = 0; k < set->count; k++) set->index[place_of(set, set->list[k].of.address)] = k + 1;
}

static void let_go_of_alone(lun_images *set)
{
    int64_t kept = 0;
    for (int64_t k = 0; k < set->count; k++) {
        if (is_alone(&set->list[k])) drop(set, &set->list[k]);
        else set->list[kept++] = set->list[k];
    }
    set->count = kept;
    if (set->capacity) index_all(set);
}

static bool room(lun_images *set)
{
    if (set->count < set->capacity) return true;
    let_go_of_alone(set);
    if (set->capacity && set->count <= set->capacity / 2) return true;
    int64_t more = set->capacity ? 2 * set->capacity : 32;
    lun_image *list = realloc(set->list, (size_t)more * sizeof *list);
    if (list) set->list = list;
    int64_t *index = list ? realloc(set->index, 2 * (size_t)more * sizeof *index) : NULL;
    if (!index) return false;
    set->index = index;
    set->capacity = more;
    index_all(set);
    return true;
}

static void add(lun_images *set, lun_image m)
{
    size_t at = place_of(set, m.of.address);
    set->list[set->count++] = m;
    set->index[at] = set->count;
}

static bool no_memory(const char **why) { return *why = "there was no memory for a copy of what was changed", false; }

bool lun_images_storage(lun_images *set, lun_storage *s, const char **why)
{
    if (find(set, s)) return true;
    if (s->device.type != LUN_CPU) return *why = "memory of a device was overwritten", false;
    const void *data = lun_storage_data(s);
    void *bytes = malloc(s->bytes ? s->bytes : 1);
    if (!bytes || !data || !room(set)) {
        free(bytes);
        return no_memory(why);
    }
    memcpy(bytes, data, s->bytes);
    lun_storage_keep(s);
    add(set, (lun_image){.kind = MEMORY, .of.storage = s, .bytes = bytes, .version = s->version});
    set->bytes += s->bytes;
    return true;
}

bool lun_images_handle(lun_images *set, lun_tensor *x, const char **why)
{
    if (find(set, x)) return true;
    if (!room(set)) return no_memory(why);
    if (x->node) lun_node_keep(x->node);
    add(set, (lun_image){.kind = HANDLE, .of.handle = lun_keep(x), .flags = x->flags, .output = x->output, .node = x->node,
                         .view_version = x->view_version, .grad = x->grad ? lun_keep(x->grad) : NULL});
    return true;
}

bool lun_images_node(lun_images *set, lun_node *n, const char **why)
{
    if (find(set, n) || n->freed) return true;
    lun_saved *saved = malloc((size_t)(n->n_in + n->n_out) * sizeof *saved);
    if (!saved || !room(set)) {
        free(saved);
        return no_memory(why);
    }
    for (int i = 0; i < n->n_in + n->n_out; i++) {
        saved[i] = i < n->n_in ? n->saved_in[i] : n->saved_out[i - n->n_in];
        if (saved[i].packed) *why = "what was saved for its gradients is in somebody's keeping (saved_tensors_hooks, checkpoint)";
        lun_keep(saved[i].value);
    }
    lun_node_keep(n);
    add(set, (lun_image){.kind = NODE, .of.node = n, .n_saved = n->n_in + n->n_out, .saved = saved});
    return !*why;
}

static void restore_handle(const lun_image *m)
{
    lun_tensor *x = m->of.handle, *grad = x->grad;
    lun_node *node = x->node;
    x->flags = (uint16_t)((x->flags & ~LUN_REQUIRES_GRAD) | (m->flags & LUN_REQUIRES_GRAD));
    x->output = m->output;
    x->view_version = m->view_version;
    x->node = m->node;
    if (m->node) lun_node_keep(m->node);
    x->grad = m->grad ? lun_keep(m->grad) : NULL;
    if (node) lun_node_drop(node);
    lun_drop(grad);
}

static void restore_node(const lun_image *m)
{
    lun_node *n = m->of.node;
    for (int i = 0; i < m->n_saved; i++) {
        lun_saved *s = i < n->n_in ? &n->saved_in[i] : &n->saved_out[i - n->n_in];
        lun_tensor *now = s->value;
        *s = m->saved[i];
        lun_keep(s->value);
        lun_drop(now);
    }
    n->freed = false;
}

void lun_images_restore(lun_images *set)
{
    for (int64_t k = 0; k < set->count; k++) {
        const lun_image *m = &set->list[k];
        if (m->kind == HANDLE) restore_handle(m);
        else if (m->kind == NODE) restore_node(m);
        if (m->kind != MEMORY) continue;
        memcpy(lun_storage_data(m->of.storage), m->bytes, m->of.storage->bytes); /* whoever saved it sees the version it knew */
        m->of.storage->version = m->version;
    }
}

bool lun_images_hand_on(lun_images *set, lun_images *outer, uint64_t sequence)
{
    bool ok = true;
    for (int64_t k = 0; k < set->count; k++) {
        lun_image *m = &set->list[k];
        bool younger = m->kind == NODE && m->of.node->sequence > sequence; /* it will be made again */
        if (!ok || younger || is_alone(m) || find(outer, m->of.address) || !(ok = room(outer))) {
            drop(set, m);
            continue;
        }
        if (m->kind == MEMORY) {
            set->bytes -= m->of.storage->bytes;
            outer->bytes += m->of.storage->bytes;
        }
        add(outer, *m);
    }
    set->count = 0;
    lun_images_forget(set);
    return ok;
}

void lun_images_forget(lun_images *set)
{
    for (int64_t k = 0; k < set->count; k++) drop(set, &set->list[k]);
    free(set->list);
    free(set->index);
    *set = (lun_images){0};
}
