/* events.cu - marks in a device's queue: has the work before it been done, and how long did it take? SPDX-License-Identifier: MIT */
#include "kernels/cuda/state.h"

#include <stdlib.h>

struct event { cudaEvent_t mark; int index; bool recorded; };

static event *usable(void *e, lun_cuda_device **d)
{
    event *own = (event *)e;
    *d = lun_cuda_use(own->index);
    if (*d && !lun_cuda_graph_allows(*d, "waiting for an event")) return NULL;
    if (*d && own->recorded) return own;
    if (*d) lun_fail(LUN_E_ARGUMENT, "e:record()", "the event was never recorded");
    return NULL;
}

void *lun_cuda_event_new(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d) return NULL;
    event *e = (event *)calloc(1, sizeof *e);
    if (!e) return lun_fail(LUN_E_MEMORY, NULL, "no memory for an event");
    e->index = index;
    if (lun_cuda_check(cudaEventCreate(&e->mark), "make an event")) return e;
    free(e);
    return NULL;
}

void lun_cuda_event_free(void *e)
{
    event *own = (event *)e;
    lun_cuda_device *d = lun_cuda_started(own->index);
    if (d && !d->lost && !lun_cuda_forked()) cudaEventDestroy(own->mark);
    free(own);
}

static cudaStream_t stream_of(const lun_cuda_device *d, int number)
{
    return lun_cuda_stream_at(d, number < 0 ? lun_cuda_stream_number(d) : number);
}

bool lun_cuda_event_record(void *e, int stream)
{
    event *own = (event *)e;
    lun_cuda_device *d = lun_cuda_use(own->index);
    if (!d || !lun_cuda_graph_allows(d, "recording an event")) return false;
    own->recorded = lun_cuda_check(cudaEventRecord(own->mark, stream_of(d, stream)), "record an event");
    return own->recorded;
}

bool lun_cuda_event_order(void *e, int stream)
{
    lun_cuda_device *d;
    event *own = usable(e, &d);
    return own && lun_cuda_check(cudaStreamWaitEvent(stream_of(d, stream), own->mark, 0), "order two streams");
}

bool lun_cuda_event_done(void *e, bool *done)
{
    lun_cuda_device *d;
    event *own = usable(e, &d);
    if (!own) return false;
    cudaError_t result = cudaEventQuery(own->mark);
    *done = result == cudaSuccess;
    if (result == cudaErrorNotReady) return cudaGetLastError(), true;
    return lun_cuda_check(result, "ask for an event");
}

bool lun_cuda_event_wait(void *e)
{
    lun_cuda_device *d;
    event *own = usable(e, &d);
    return own && lun_cuda_check(cudaEventSynchronize(own->mark), "wait for an event") && lun_cuda_look_on(d);
}

bool lun_cuda_event_elapsed(void *from, void *to, double *milliseconds)
{
    lun_cuda_device *d;
    event *a = usable(from, &d), *b = a ? usable(to, &d) : NULL;
    float elapsed = 0;
    if (!b) return false;
    if (a->index != b->index)
        return lun_fail(LUN_E_DEVICE, NULL, "the events belong to cuda:%d and cuda:%d", a->index, b->index), false;
    if (!lun_cuda_check(cudaEventSynchronize(b->mark), "wait for an event") ||
        !lun_cuda_check(cudaEventElapsedTime(&elapsed, a->mark, b->mark), "measure between events"))
        return false;
    *milliseconds = (double)elapsed;
    return true;
}
