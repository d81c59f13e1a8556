/* vectors.h - for loops written in vectors: how wide they are, and products that become part of sums
 *
 * To be included by an object of one instruction set, before its loops. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CPU_VECTORS_H
#define LUN_KERNELS_CPU_VECTORS_H

/* Bytes of a vector: what registers hold. Wider ones are split by way of memory. */
#if defined(__AVX512F__)
#define LUN_VECTOR 64
#elif defined(__AVX__)
#define LUN_VECTOR 32
#else
#define LUN_VECTOR 16
#endif

/* Products and sums become one instruction where there is one. So an element must go through the same loop wherever it stands. */
#ifdef __clang__
#pragma clang fp contract(fast)
#else
#pragma GCC optimize("fp-contract=fast")
#endif
#endif
