/* streams.cu - streams beside a device's own, for work that need not wait for other work
 *
 * A thread's work on a device goes to the device's own stream, number 0, or to the side stream that it chose (lun.cuda.stream).
 * Nobody has to say who waits for whom: each block of memory knows which stream used it last, and a call on another stream first
 * waits for that one, by an event, on the device. So what shares no memory runs side by side, and the rest in program order.
 * Each stream has memory of its own to take blocks from; a block that another stream used last goes home when it is freed, and
 * its home waits.
 * Holds: without side streams none of this is looked at. Copies to and from the host, graphs and copies between devices are the
 * own stream's. What the host waits for is all streams. Read next: kernels/cuda/memory.cu. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/state.h"

static __thread unsigned char chosen[LUN_CUDA_DEVICES];

int lun_cuda_stream_number(const lun_cuda_device *d) { return chosen[d->index]; }
cudaStream_t lun_cuda_stream_at(const lun_cuda_device *d, int number) { return number ? d->side[number - 1] : d->stream; }

bool lun_cuda_wait_for(lun_cuda_device *d, int waiter, int other)
{
    return lun_cuda_check(cudaEventRecord(d->tail[other], lun_cuda_stream_at(d, other)), "order two streams") &&
           lun_cuda_check(cudaStreamWaitEvent(lun_cuda_stream_at(d, waiter), d->tail[other], 0), "order two streams");
}

bool lun_cuda_gather(lun_cuda_device *d)
{
    if (d->recording) return true; /* it began with a wait, and is the own stream's */
    for (int k = 1; k <= d->sides; k++)
        if (!lun_cuda_wait_for(d, 0, k)) return false;
    return true;
}

bool lun_cuda_spread(lun_cuda_device *d)
{
    if (d->recording) return true;
    for (int k = 1; k <= d->sides; k++)
        if (!lun_cuda_wait_for(d, k, 0)) return false;
    return true;
}

static bool follow_tensor(lun_cuda_device *d, const lun_tensor *x, int number)
{
    if (!x || lun_is_none(x) || !x->storage) return true;
    const lun_device device = lun_tensor_device(x);
    return device.type != LUN_CUDA || device.index != d->index || lun_cuda_follow(d, x->storage->data, number);
}

bool lun_cuda_follow_call(lun_cuda_device *d, const lun_call *c)
{
    const int number = lun_cuda_stream_number(d);
    if (!d->sides) return true;
    if (!lun_cuda_join(d)) return false; /* what is copied beside other work lands on the own stream */
    if (d->owed && !d->recording) {
        if (!lun_cuda_gather(d) || !lun_cuda_spread(d)) return false;
        d->owed = false;
    }
    for (int i = 0; i < c->n_in; i++)
        if (!follow_tensor(d, c->in[i], number)) return false;
    for (int k = 0; k < c->n_out; k++)
        if (!follow_tensor(d, c->out[k], number)) return false;
    return true;
}

bool lun_cuda_follow_one(const lun_tensor *x)
{
    lun_cuda_device *d = lun_cuda_here();
    return !d->sides || (lun_cuda_join(d) && follow_tensor(d, x, lun_cuda_stream_number(d)));
}

static bool make_tail(lun_cuda_device *d, int number)
{
    return d->tail[number] || lun_cuda_check(cudaEventCreateWithFlags(&d->tail[number], cudaEventDisableTiming), "make an event");
}

/* --- what lun.cuda sees ------------------------------------------------------------------------------------------------------- */

int lun_cuda_stream_new(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !lun_cuda_graph_allows(d, "a new stream")) return 0;
    pthread_mutex_lock(&d->lock);
    const bool fresh = d->sides < LUN_CUDA_SIDES; /* many share what there is */
    const int number = fresh ? d->sides + 1 : 1 + d->next_side++ % LUN_CUDA_SIDES;
    bool ok = !fresh ||
              (lun_cuda_check(cudaStreamCreateWithFlags(&d->side[number - 1], cudaStreamNonBlocking), "make a stream") &&
               make_tail(d, 0) && make_tail(d, number) && lun_cuda_arena_for(d, number));
    if (ok && fresh) d->sides = number;
    pthread_mutex_unlock(&d->lock);
    return ok ? number : 0;
}

bool lun_cuda_stream_use(int index, int number, int *before)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !lun_cuda_graph_allows(d, "changing streams")) return false;
    *before = chosen[index];
    chosen[index] = (unsigned char)number;
    lun_cuda_refresh(d);
    return true;
}

int lun_cuda_stream_now(int index)
{
    lun_cuda_device *d = lun_cuda_use(index);
    return d ? lun_cuda_stream_number(d) : -1;
}

bool lun_cuda_stream_wait(int index, int number)
{
    lun_cuda_device *d = lun_cuda_use(index);
    return d && lun_cuda_graph_allows(d, "waiting") &&
           lun_cuda_check(cudaStreamSynchronize(lun_cuda_stream_at(d, number)), "wait for a stream") && lun_cuda_look_on(d);
}

bool lun_cuda_stream_done(int index, int number, bool *done)
{
    lun_cuda_device *d = lun_cuda_use(index);
    if (!d || !lun_cuda_graph_allows(d, "asking for a stream")) return false;
    cudaError_t result = cudaStreamQuery(lun_cuda_stream_at(d, number));
    *done = result == cudaSuccess;
    if (result == cudaErrorNotReady) return cudaGetLastError(), true;
    return lun_cuda_check(result, "ask for a stream");
}
