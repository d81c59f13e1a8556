/* copy.cu - strided copies, conversions, and transposition in tiles
 *
 * Copies of one dtype move raw bytes, 16 a thread. A copy whose source runs along another dim than its target goes through tiles
 * of 32 by 32 elements in shared memory, so that both sides are touched line by line. Conversions are elementwise kernels from
 * one lane to another, with the values of kernels/cpu/convert_loops.c. Read next: kernels/cuda/map.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cuda/convert.h"
#include "kernels/cuda/copy.h"
extern "C" {
#include "core/ops/shape.h"
#include "kernels/cuda/kernels.h"
}

/* --- one dtype ---------------------------------------------------------------------------------------------------------------- */

template <class U> struct move_element {
    using lane = U;
    using result = U;
    enum { inputs = 1, width = lun_lane<U>::width, crowd = 1 };
    __device__ __forceinline__ move_element(const lun_map_plan &) {}
    __device__ __forceinline__ U operator()(const U *v) const { return v[0]; }
};

enum { TILE = 32, TILE_ROWS = 8, TRANSPOSED_FROM = 16 };

/* The two dims of a tile, all others in `outer` (innermost first); strides in bytes. */
typedef struct tiling {
    int64_t rows, columns;              /* the source is contiguous along rows, the target along columns */
    uint32_t row_tiles, column_tiles;   /* there is a block for each tile, so 32 bits are enough to count them */
    int64_t to_row, to_column, from_row, from_column;
    char *to;
    const char *from;
    int outer;
    uint32_t dims[LUN_MAX_DIMS];
    int64_t to_strides[LUN_MAX_DIMS], from_strides[LUN_MAX_DIMS];
} tiling;

template <class U> __global__ void __launch_bounds__(TILE * TILE_ROWS) transpose_tiles(const __grid_constant__ tiling t)
{
    __shared__ U tile[TILE][TILE + 1];
    uint32_t rest = blockIdx.x / t.column_tiles, across = blockIdx.x - rest * t.column_tiles, down = rest;
    rest /= t.row_tiles;
    int64_t column = (int64_t)across * TILE, row = (int64_t)(down - rest * t.row_tiles) * TILE;
    char *to = t.to;
    const char *from = t.from;
    for (int d = 0; d < t.outer; d++) {
        uint32_t next = rest / t.dims[d], at = rest - next * t.dims[d];
        rest = next;
        to += (int64_t)at * t.to_strides[d];
        from += (int64_t)at * t.from_strides[d];
    }
    const int x = threadIdx.x % TILE, y = threadIdx.x / TILE;
#pragma unroll
    for (int s = 0; s < TILE; s += TILE_ROWS)
        if (row + x < t.rows && column + y + s < t.columns)
            tile[y + s][x] = *(const U *)(from + (row + x) * t.from_row + (column + y + s) * t.from_column);
    __syncthreads();
#pragma unroll
    for (int s = 0; s < TILE; s += TILE_ROWS)
        if (row + y + s < t.rows && column + x < t.columns)
            *(U *)(to + (row + y + s) * t.to_row + (column + x) * t.to_column) = tile[x][y + s];
}

/* Does the source run along another dim than the target, and are both long enough for tiles? */
static bool is_transposed(const lun_iter *it, tiling *t)
{
    const lun_operand *o = &it->operand[0], *x = &it->operand[1];
    int inner = it->ndim - 1, row = -1;
    if (o->strides[inner] != o->size || x->strides[inner] == x->size || x->strides[inner] == 0) return false;
    for (int d = 0; d < inner && row < 0; d++)
        if (x->strides[d] == x->size) row = d;
    if (row < 0 || it->dims[inner] < TRANSPOSED_FROM || it->dims[row] < TRANSPOSED_FROM) return false;
    *t = {it->dims[row], it->dims[inner], lun_blocks(it->dims[row], TILE), lun_blocks(it->dims[inner], TILE),
          o->strides[row], o->strides[inner], x->strides[row], x->strides[inner], o->data, x->data, 0, {}, {}, {}};
    for (int d = inner - 1; d >= 0; d--) {
        if (d == row) continue;
        t->dims[t->outer] = (uint32_t)it->dims[d];
        t->to_strides[t->outer] = o->strides[d];
        t->from_strides[t->outer++] = x->strides[d];
    }
    return true;
}

static bool copy_tiles(const tiling *t, lun_dtype dtype)
{
    int64_t blocks = (int64_t)t->row_tiles * t->column_tiles;
    for (int d = 0; d < t->outer; d++) blocks *= t->dims[d];
    return lun_by_size(dtype, [&](auto tag) {
        using U = typename decltype(tag)::type;
        return lun_cuda_launch("copy", transpose_tiles<U>, lun_blocks(blocks, 1), TILE * TILE_ROWS, 0, *t);
    });
}

static bool move(lun_map_plan *p, lun_iter *it, lun_dtype dtype)
{
    return lun_by_size(dtype, [&](auto tag) {
        using U = typename decltype(tag)::type;
        lun_map_plan_iter(p, it, move_element<U>::width);
        return lun_map_run("copy", lun_map_of<move_element<U>>(), p);
    });
}

/* --- conversions -------------------------------------------------------------------------------------------------------------- */

template <class R, class W> struct convert_element {
    using lane = W;
    using result = R;
    enum { inputs = 1, width = lun_lane<W>::width < 4 ? 2 : 4, crowd = 8 };
    __device__ __forceinline__ convert_element(const lun_map_plan &) {}
    __device__ __forceinline__ R operator()(const W *v) const { return convert<R>::of(v[0]); }
};

template <class F> static bool by_lane(lun_dtype t, F f)
{
    switch (lun_lane_of(t)) {
    case LUN_LANE_F32: return f(lun_tag<float>{});
    case LUN_LANE_F64: return f(lun_tag<double>{});
    case LUN_LANE_I32: return f(lun_tag<lun_whole<int32_t>>{});
    case LUN_LANE_I64: return f(lun_tag<lun_whole<int64_t>>{});
    case LUN_LANE_C64: return f(lun_tag<lun_complex64>{});
    default: return f(lun_tag<lun_complex128>{});
    }
}

template <class R, class W> static bool run_conversion(lun_map_plan *p, lun_iter *it)
{
    lun_map_plan_iter(p, it, convert_element<R, W>::width);
    return lun_map_run("cast", lun_map_of<convert_element<R, W>>(), p);
}

static bool cast(lun_map_plan *p, lun_iter *it, lun_dtype to, lun_dtype from)
{
    return by_lane(from, [&](auto tag) {
        using W = typename decltype(tag)::type;
        if (to == LUN_BOOL) return run_conversion<uint8_t, W>(p, it);
        return by_lane(to, [&](auto target) { return run_conversion<typename decltype(target)::type, W>(p, it); });
    });
}

/* --- who calls ---------------------------------------------------------------------------------------------------------------- */

bool lun_cuda_copy_tensor(const lun_tensor *to, const lun_tensor *x)
{
    lun_map_plan p;
    lun_iter it;
    tiling t;
    p.operand[0].form = p.operand[1].form = LUN_MAP_STEPS;
    lun_iter_begin(&it, to->ndim, to->dims);
    lun_iter_add(&it, to);
    lun_iter_add(&it, x);
    lun_iter_merge(&it);
    if (to->dtype != x->dtype) return cast(&p, &it, (lun_dtype)to->dtype, (lun_dtype)x->dtype);
    return is_transposed(&it, &t) ? copy_tiles(&t, (lun_dtype)to->dtype) : move(&p, &it, (lun_dtype)to->dtype);
}

bool lun_cuda_fill_tensor(const lun_tensor *to, const void *value)
{
    static const int64_t none[LUN_MAX_DIMS] = {0};
    lun_map_plan p;
    lun_iter it;
    p.operand[0].form = LUN_MAP_STEPS;
    p.operand[1].form = LUN_MAP_NUMBER;
    memcpy(p.operand[1].number.bytes, value, lun_dtype_size((lun_dtype)to->dtype));
    lun_iter_begin(&it, to->ndim, to->dims);
    lun_iter_add(&it, to);
    lun_iter_add_memory(&it, NULL, (lun_dtype)to->dtype, none);
    return move(&p, &it, (lun_dtype)to->dtype);
}

bool lun_cuda_fill_zero(const lun_tensor *to)
{
    static const unsigned char nothing[16] = {0};
    return lun_cuda_fill_tensor(to, nothing);
}

extern "C" bool lun_cuda_clone(lun_call *c) { return lun_cuda_copy_tensor(c->out[0], c->in[0]); }

extern "C" bool lun_cuda_copy_(lun_call *c) { return lun_cuda_copy_tensor(c->out[0], c->in[1]); }

extern "C" bool lun_cuda_slice_gradient(lun_call *c)
{
    lun_tensor region, whole;
    if (!lun_cuda_fill_zero(c->out[0])) return false;
    return !lun_slice_region(c, &region, &whole) || lun_cuda_copy_tensor(&region, &whole);
}
