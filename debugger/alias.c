/* alias.c - who saved which memory for its gradient
 *
 * The graph points from results to what they were made of, never from memory to its readers; so while `catch alias` is on, each node
 * that saves something is held here. One that nobody else holds any more is let go: at the latest when the list has doubled.
 * Read next: core/tape.h. SPDX-License-Identifier: MIT
 */
#include "debugger/alias.h"

#include "core/tape.h"
#include "debugger/events.h"

#include <stdio.h>
#include <stdlib.h>

static lun_node **nodes;
static size_t count, capacity;
static bool tracking;

/* From the newest: a node goes with the last that needs it, and so a whole chain in one pass. */
static void let_go(bool all)
{
    size_t kept = 0;
    for (size_t i = count; i-- > 0;) {
        bool alone = __atomic_load_n(&nodes[i]->refs, __ATOMIC_ACQUIRE) == 1;
        if (!all && !alone && !nodes[i]->freed) continue;
        lun_node_drop(nodes[i]);
        nodes[i] = NULL;
    }
    for (size_t i = 0; i < count; i++)
        if (nodes[i]) nodes[kept++] = nodes[i];
    count = kept;
}

void lun_alias_track(bool on)
{
    if (tracking && !on) {
        let_go(true);
        free(nodes);
        nodes = NULL;
        capacity = 0;
    }
    tracking = on;
}

static bool room_for_one(void)
{
    if (count < capacity) return true;
    let_go(false);
    if (count <= capacity / 2 && capacity) return true;
    size_t wanted = capacity ? 2 * capacity : 64;
    lun_node **more = realloc(nodes, wanted * sizeof *more);
    if (!more) return count < capacity;
    nodes = more;
    capacity = wanted;
    return true;
}

void lun_alias_note(const lun_event *e)
{
    lun_node *n = e->call->n_out && e->call->out[0] ? e->call->out[0]->node : NULL;
    if (!tracking || !n || (count && nodes[count - 1] == n) || !room_for_one()) return;
    lun_node_keep(n);
    nodes[count++] = n;
}

static bool holds(const lun_saved *s, const lun_tensor *x)
{
    return s->value && s->value->storage == x->storage && s->version == x->storage->version && lun_may_overlap(s->value, x);
}

static bool saves(const lun_node *n, const lun_tensor *x)
{
    for (int i = 0; i < n->n_in; i++)
        if (holds(&n->saved_in[i], x)) return true;
    for (int k = 0; k < n->n_out; k++)
        if (holds(&n->saved_out[k], x)) return true;
    return false;
}

bool lun_alias_find(const lun_tensor *x, char *why)
{
    let_go(false);
    for (size_t i = 0; i < count; i++) {
        const lun_node *n = nodes[i];
        if (!saves(n, x)) continue;
        snprintf(why, LUN_EVENT_WHY, "this memory is saved by %s #%llu (%s:%d) for its gradient; backward will fail", lun_node_name(n),
                 (unsigned long long)n->sequence, n->site.file ? n->site.file : "?", n->site.line);
        return true;
    }
    return false;
}
