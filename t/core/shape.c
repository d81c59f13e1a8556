/* shape.c - dims and strides: broadcasting, views, overflow. SPDX-License-Identifier: MIT */
#include "core/lun.h"
#include "kernels/start.h"
#include "t/tap.h"

#include <string.h>

static void broadcasting(void)
{
    int n;
    int64_t out[LUN_MAX_DIMS];
    ok(lun_shape_broadcast(2, (int64_t[]){3, 1}, 1, (int64_t[]){4}, &n, out) && n == 2 && out[0] == 3 && out[1] == 4, "[3,1] with [4]");
    ok(lun_shape_broadcast(0, NULL, 2, (int64_t[]){0, 2}, &n, out) && n == 2 && out[0] == 0, "a 0-d shape fits everything, empty too");
    ok(!lun_shape_broadcast(1, (int64_t[]){3}, 1, (int64_t[]){4}, &n, out), "[3] with [4] is refused");
    ok(strstr(lun_error_get()->message, "[3]") && strstr(lun_error_get()->message, "4"), "and the message has the values");
    lun_error_clear();
}

static void sizes(void)
{
    is_int(lun_shape_numel(3, (int64_t[]){2, 0, 5}), 0, "an empty shape has no elements");
    is_int(lun_shape_numel(0, NULL), 1, "a 0-d shape has one");
    is_int(lun_shape_numel(2, (int64_t[]){INT64_MAX, 2}), -1, "an overflowing shape is refused");
    lun_error_clear();
    is_int(lun_shape_numel(2, (int64_t[]){3, -1}), -1, "a negative size is refused");
    lun_error_clear();
}

static void views(void)
{
    int64_t strides[LUN_MAX_DIMS];
    ok(lun_shape_view_strides(2, (int64_t[]){4, 6}, (int64_t[]){6, 1}, 3, (int64_t[]){2, 2, 6}, strides) && strides[0] == 12 && strides[1] == 6,
       "[4,6] as [2,2,6]");
    ok(!lun_shape_view_strides(2, (int64_t[]){4, 6}, (int64_t[]){1, 4}, 1, (int64_t[]){24}, strides), "a transpose cannot be flattened in place");
    ok(lun_shape_view_strides(2, (int64_t[]){4, 6}, (int64_t[]){1, 4}, 3, (int64_t[]){2, 2, 6}, strides) && strides[0] == 2 && strides[1] == 1 &&
           strides[2] == 4, "but its dims can be split");
    ok(lun_shape_view_strides(3, (int64_t[]){1, 5, 1}, (int64_t[]){99, 2, 77}, 1, (int64_t[]){5}, strides) && strides[0] == 2,
       "dims of size 1 never stand in the way");
    is_int(lun_dim_normalize(-1, 3), 2, "-1 is the last dim");
    is_int(lun_dim_normalize(3, 3), -1, "dim 3 of 3 (0-based) is out of range");
    lun_error_clear();
}

static void reach(void)
{
    lun_tensor *x = lun_tensor_empty(LUN_F32, 1, (int64_t[]){10}, (lun_device){LUN_CPU, 0});
    ok(lun_tensor_as(x, 1, (int64_t[]){5}, (int64_t[]){2}, 1) != NULL, "a view inside the storage");
    ok(!lun_tensor_as(x, 1, (int64_t[]){5}, (int64_t[]){2}, 2), "one element too far is refused");
    lun_error_clear();
    ok(!lun_tensor_as(x, 2, (int64_t[]){INT64_MAX / 2, 2}, (int64_t[]){4, 1}, 0), "so is one whose reach overflows");
    lun_error_clear();
    ok(!lun_tensor_as(x, 1, (int64_t[]){2}, (int64_t[]){-1}, 0), "and one that reaches before the start");
    lun_error_clear();
}

int main(void)
{
    ok(lun_start(), "the library starts");
    broadcasting();
    sizes();
    views();
    reach();
    lun_scope_drain(0);
    return done_testing();
}
