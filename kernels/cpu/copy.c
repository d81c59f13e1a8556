/* copy.c - strided copies, conversions, and transposition in tiles
 *
 * A copy whose source runs along another dim than its target would touch a cache line per element; it is cut into 8 by 8 tiles of
 * the two dims instead. Everything else goes run by run.
 * Holds: source and target do not overlap, or are the same element by element.
 * Read next: kernels/iter.h, kernels/cpu/fill.c. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/copy.h"
#include "core/error.h"
#include "kernels/cpu/convert.h"
#include "kernels/threads.h"

enum { BLOCK = 1024, WIDEST = 16, TILE = 8, STRIPE = 64 };
static const double ns_per_byte = 0.08, ns_per_strided_element = 1;

typedef struct job {
    const lun_iter *it;
    int64_t piece;
    bool flat_to, flat_from;
    /* tiles */
    int row;              /* the dim along which the source is contiguous */
    int64_t stripes;      /* of up to STRIPE rows */
} job;

static void copy_block(const job *j, int64_t from, int64_t n)
{
    _Alignas(64) char raw[BLOCK * WIDEST], made[BLOCK * WIDEST];
    const lun_operand *to = &j->it->operand[0], *x = &j->it->operand[1];
    const void *source = x->data + from * x->size;
    if (!j->flat_from) {
        lun_gather(j->it, 1, from, n, raw);
        source = raw;
    }
    if (to->dtype != x->dtype) {
        void *target = j->flat_to ? to->data + from * to->size : made;
        lun_convert(n, to->dtype, target, x->dtype, source);
        source = target;
    }
    if (!j->flat_to) {
        lun_scatter(j->it, 0, from, n, source);
    }
}

static void copy_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    const lun_operand *to = &j->it->operand[0], *x = &j->it->operand[1];
    int64_t from = piece * j->piece, end = from + j->piece;
    end = end < j->it->numel ? end : j->it->numel;
    if (j->flat_to && j->flat_from) {
        lun_convert(end - from, to->dtype, to->data + from * to->size, x->dtype, x->data + from * x->size);
    } else if (j->flat_to && to->dtype == x->dtype) {
        lun_gather(j->it, 1, from, end - from, to->data + from * to->size);
    } else {
        for (; from < end; from += BLOCK) {
            copy_block(j, from, end - from < BLOCK ? end - from : BLOCK);
        }
    }
}

/* to[r][c] = from[c][r] for up to TILE by TILE elements; strides in bytes */
#define TILES(T)                                                                                             \
    static void tile_##T(int64_t rows, int64_t columns, char *to, int64_t to_row, int64_t to_column, const char *from, \
                         int64_t from_row, int64_t from_column)                                              \
    {                                                                                                        \
        for (int64_t r = 0; r < rows; r++) {                                                                 \
            for (int64_t c = 0; c < columns; c++) {                                                          \
                *(T *)(void *)(to + r * to_row + c * to_column) =                                            \
                    *(const T *)(const void *)(from + r * from_row + c * from_column);                       \
            }                                                                                                \
        }                                                                                                    \
    }
TILES(uint8_t)
TILES(uint16_t)
TILES(uint32_t)
TILES(uint64_t)

typedef void tile_mover(int64_t, int64_t, char *, int64_t, int64_t, const char *, int64_t, int64_t);
static tile_mover *mover(int64_t size)
{
    return size == 1 ? tile_uint8_t : size == 2 ? tile_uint16_t : size == 4 ? tile_uint32_t : tile_uint64_t;
}

/* One stripe: up to STRIPE rows, all columns, at one position of the other dims. */
static void transpose_piece(int64_t piece, void *argument)
{
    const job *j = argument;
    const lun_iter *it = j->it;
    const lun_operand *o = &it->operand[0], *x = &it->operand[1];
    int inner = it->ndim - 1;
    int64_t first = piece % j->stripes * STRIPE, rest = piece / j->stripes;
    char *to = o->data;
    const char *from = x->data;
    for (int d = inner - 1; d >= 0; d--) {
        if (d != j->row) {
            to += rest % it->dims[d] * o->strides[d];
            from += rest % it->dims[d] * x->strides[d];
            rest /= it->dims[d];
        }
    }
    int64_t last = first + STRIPE < it->dims[j->row] ? first + STRIPE : it->dims[j->row], columns = it->dims[inner];
    tile_mover *move = mover(o->size);
    for (int64_t c = 0; c < columns; c += TILE) {
        for (int64_t r = first; r < last; r += TILE) {
            move(last - r < TILE ? last - r : TILE, columns - c < TILE ? columns - c : TILE,
                 to + r * o->strides[j->row] + c * o->strides[inner], o->strides[j->row], o->strides[inner],
                 from + r * x->strides[j->row] + c * x->strides[inner], x->strides[j->row], x->strides[inner]);
        }
    }
}

/* The dim the source is contiguous in, when it is not the target's and both are long enough for tiles; else -1. */
static int transposed_row(const lun_iter *it)
{
    const lun_operand *o = &it->operand[0], *x = &it->operand[1];
    int inner = it->ndim - 1;
    if (o->dtype != x->dtype || o->size > 8 || x->strides[inner] == x->size || x->strides[inner] == 0 || it->dims[inner] < TILE) {
        return -1;
    }
    for (int d = 0; d < inner; d++) {
        if (x->strides[d] == x->size && it->dims[d] >= TILE) {
            return d;
        }
    }
    return -1;
}

bool lun_copy_run(const lun_iter *it)
{
    job j = {.it = it, .flat_to = lun_operand_flat(it, 0), .flat_from = lun_operand_flat(it, 1)};
    bool flat = j.flat_to && j.flat_from;
    double cost = flat ? ns_per_byte * (double)(it->operand[0].size + it->operand[1].size) : ns_per_strided_element;
    j.row = flat ? -1 : transposed_row(it);
    if (j.row >= 0) {
        j.stripes = (it->dims[j.row] + STRIPE - 1) / STRIPE;
        int64_t pieces = it->numel / it->dims[it->ndim - 1] / it->dims[j.row] * j.stripes;
        return lun_parallel(pieces, transpose_piece, &j, cost * (double)it->numel) || lun_fail_interrupted();
    }
    j.piece = lun_piece_size(it->numel, cost);
    return lun_parallel((it->numel + j.piece - 1) / j.piece, copy_piece, &j, cost * (double)it->numel) || lun_fail_interrupted();
}

bool lun_copy_tensor(const lun_tensor *to, const lun_tensor *x)
{
    lun_iter it;
    lun_iter_begin(&it, to->ndim, to->dims);
    lun_iter_add(&it, to);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    return lun_copy_run(&it);
}

bool lun_copy_flat(void *to, lun_dtype dtype, const lun_tensor *x)
{
    int64_t strides[LUN_MAX_DIMS];
    lun_iter it;
    lun_shape_strides(x->ndim, x->dims, strides);
    lun_iter_begin(&it, x->ndim, x->dims);
    lun_iter_add_memory(&it, to, dtype, strides);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    return lun_copy_run(&it);
}

bool lun_cpu_copy(lun_call *c) { return lun_copy_tensor(c->out[0], c->in[0]); }

bool lun_cpu_copy_(lun_call *c) { return lun_copy_tensor(c->out[0], c->in[1]); }
