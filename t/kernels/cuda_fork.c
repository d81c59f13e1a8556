/* cuda_fork.c - a process forked after CUDA was started: every use is an error there, giving back is fine, and the parent goes on.
 * SPDX-License-Identifier: MIT
 */
#include "t/kernels/host_device.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const lun_device cuda = {LUN_CUDA, 0};

static lun_tensor *three(void)
{
    return lun_on_device(lun_tensor_copy_of((float[]){1, 2, 3}, LUN_F32, 1, (int64_t[]){3}), cuda);
}

/* Exit status: how many of the things that must hold in the child did. */
static int child(lun_tensor *kept)
{
    int held = 0;
    held += !three() && strstr(lun_error_get()->message, "forked") != NULL;
    lun_error_clear();
    held += !lun_on_host(kept) && strstr(lun_error_get()->message, "forked") != NULL;
    lun_error_clear();
    held += !lun_backends[LUN_CUDA]->synchronize(0);
    lun_error_clear();
    lun_drop(kept);
    held += lun_tensor_copy_of((float[]){1}, LUN_F32, 1, (int64_t[]){1}) != NULL;
    return held;
}

int main(void)
{
    if (!host_device_opens(cuda)) return done_testing();
    lun_tensor *kept = lun_keep(three());
    ok(kept != NULL, "a tensor on it");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) _exit(child(kept));
    int status = 0;
    waitpid(pid, &status, 0);
    is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 4, "the child: making, reading and waiting fail and say why; the CPU works");
    const lun_tensor *back = lun_on_host(kept);
    ok(back && ((const float *)lun_data(back))[2] == 3, "the parent goes on");
    lun_drop(kept);
    return done_testing();
}
