/* start.c - the one place that knows which devices there are
 *
 * Holds: core never calls up; a device's table enters core's list of backends here. Read next: kernels/cpu/backend.c.
 * SPDX-License-Identifier: MIT
 */
#include "kernels/start.h"

#include "core/context.h"

#include <pthread.h>

bool lun_start(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool started;
    pthread_mutex_lock(&lock);
    lun_context_get();
    if (!started && lun_ops_start()) {
        lun_backends[LUN_CPU] = lun_cpu_backend();
        started = lun_backends[LUN_CPU] != NULL;
    }
    pthread_mutex_unlock(&lock);
    return started;
}
