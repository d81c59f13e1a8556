/* isa.c - asks the processor, and LUNETTE_ISA, which loops to run
 *
 * Holds: a set that the processor or the build lacks is never chosen, whatever the variable says.
 * Read next: kernels/cpu/isa.h. SPDX-License-Identifier: MIT
 */
#include "kernels/cpu/isa.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"baseline", "avx2", "avx512"};

/* __builtin_cpu_supports also asks whether the system saves the wide registers. */
static lun_isa_level best_here(void)
{
#ifdef HAVE_ISA_AVX2
    __builtin_cpu_init();
#ifdef HAVE_ISA_AVX512
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma")) {
        return LUN_ISA_AVX512;
    }
#endif
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return LUN_ISA_AVX2;
    }
#endif
    return LUN_ISA_BASELINE;
}

static lun_isa_level choose(void)
{
    lun_isa_level best = best_here();
    const char *asked = getenv("LUNETTE_ISA");
    for (int i = 0; asked && i < (int)best; i++) {
        if (!strcmp(asked, names[i])) {
            return (lun_isa_level)i;
        }
    }
    return best;
}

lun_isa_level lun_isa(void)
{
    static _Atomic int chosen = -1;
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) { /* two threads may both ask; they get the same answer */
        level = (int)choose();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return (lun_isa_level)level;
}

const char *lun_isa_name(void) { return names[lun_isa()]; }
