/* lunette.c - the shared library as a C program sees it: one header, exported names, no Lua
 *
 * Linked with liblunette and nothing else of ours, so that a name missing from its exports is found here.
 * Read next: ../lunette.h. SPDX-License-Identifier: MIT
 */
#include "lunette.h"
#include "t/tap.h"

#include <stdlib.h>
#include <unistd.h>

static bool first_is_near(void *argument, const char *name, lun_tensor *x)
{
    (void)name;
    *(double *)argument = lun_get_double(x, 0);
    return true;
}

int main(void)
{
    ok(lun_start(), "the library starts");
    size_t mark = lun_scope_mark();
    lun_tensor *x = lun_tensor_copy_of((float[]){1, 2, 3}, LUN_F32, 1, (int64_t[]){3});
    ok(lun_set_requires_grad(x, true), "a tensor asks for its gradient");
    lun_tensor *y = lun_sum(lun_mul(x, x), 0, NULL, false), *seed = LUN_NONE;
    near(y ? lun_get_double(y, 0) : 0, 14, 1e-6, "1 + 4 + 9");
    ok(lun_backward(1, &y, &seed, false, false), "backward");
    near(x->grad ? lun_get_double(x->grad, 2) : 0, 6, 1e-6, "the gradient is 2 x");

    lun_tensor *wrong = lun_matmul(x, lun_full(2, (int64_t[]){2, 2}, 1, LUN_F32, lun_tensor_device(x)));
    ok(!wrong && lun_error_get()->code == LUN_E_SHAPE, "shapes that do not fit give NULL and an error");
    lun_error_clear();

    char path[] = "/tmp/lunette-XXXXXX";
    int file = mkstemp(path);
    if (file >= 0) close(file);
    lun_named_tensor saved = {"x", x};
    double first = 0;
    lun_safetensors_reader reader = {.tensor = first_is_near, .argument = &first};
    ok(lun_safetensors_save(path, &saved, 1, NULL, 0), "saves");
    ok(lun_safetensors_load(path, &reader), "loads");
    near(first, 1, 0, "what was saved");
    unlink(path);
    lun_scope_drain(mark);
    return done_testing();
}
