/* isa.h - which copy of the loops this processor runs
 *
 * Sources in the list kernels_isa_sources are compiled once per instruction set with LUN_ISA = baseline, avx2 or avx512. Each
 * exports its names through LUN_HERE(name), which appends that word; the rest of the program takes one copy with LUN_BY_ISA(name).
 * Holds: the choice is made once, from CPUID or LUNETTE_ISA, and never changes in a process: same bits from start to end.
 * Read next: kernels/cpu/map.h. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_ISA_H
#define LUN_KERNELS_CPU_ISA_H

typedef enum { LUN_ISA_BASELINE, LUN_ISA_AVX2, LUN_ISA_AVX512 } lun_isa_level;
lun_isa_level lun_isa(void);
const char *lun_isa_name(void); /* "baseline", "avx2" or "avx512" */

/* In a source compiled per instruction set: name_avx2 and so on. */
#define LUN_HERE(name) LUN_HERE_2(name, LUN_ISA)
#define LUN_HERE_2(name, isa) LUN_HERE_3(name, isa)
#define LUN_HERE_3(name, isa) name##_##isa

/* Declares every copy of an object or function: LUN_EACH_ISA(const lun_loops, lun_loops); */
#define LUN_EACH_ISA(type, name) extern type name##_baseline, name##_avx2, name##_avx512

/* The copy to use, an lvalue or function. */
#ifdef HAVE_ISA_AVX512
#define LUN_BY_ISA(name) (*(lun_isa() == LUN_ISA_AVX512 ? &name##_avx512 : lun_isa() == LUN_ISA_AVX2 ? &name##_avx2 : &name##_baseline))
#elif defined HAVE_ISA_AVX2
#define LUN_BY_ISA(name) (*(lun_isa() == LUN_ISA_AVX2 ? &name##_avx2 : &name##_baseline))
#else
#define LUN_BY_ISA(name) (name##_baseline)
#endif
#endif
