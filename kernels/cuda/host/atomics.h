/* atomics.h - atomic operations: threads of the host device never interrupt each other, so plain ones will do
 *
 * Holds: integers wrap. Each returns the value that was there. SPDX-License-Identifier: MIT
 */
#ifndef LUN_KERNELS_CUDA_HOST_ATOMICS_H
#define LUN_KERNELS_CUDA_HOST_ATOMICS_H
#include "kernels/cuda/host/language.h"

template <class T> struct lun_host_same { using type = T; };
template <class T> using lun_host_operand = typename lun_host_same<T>::type; /* takes no part in deduction */

template <class T, class F> static inline T lun_host_exchange(T *at, F f)
{
    T old = *at;
    *at = f(old);
    return old;
}
template <class T> static inline T lun_host_plus(T a, T b)
{
    if constexpr (std::is_integral<T>::value) return (T)((std::make_unsigned_t<T>)a + (std::make_unsigned_t<T>)b);
    else return a + b;
}
template <class T> static inline T lun_host_negated(T a) { return (T)(0 - (std::make_unsigned_t<T>)a); }

/* Which types CUDA has for each: a kernel that compiles here must compile there. */
template <class T, class... U> constexpr bool lun_host_one_of = (std::is_same<T, U>::value || ...);
#define LUN_HOST_ATOMIC(name, expression, ...)                                                                                   \
    template <class T> static inline T name(T *at, lun_host_operand<T> v)                                                        \
    {                                                                                                                            \
        static_assert(lun_host_one_of<T, __VA_ARGS__>, "CUDA has no " #name " for this type");                                   \
        return lun_host_exchange(at, [v](T old) -> T { return expression; });                                                    \
    }
LUN_HOST_ATOMIC(atomicAdd, lun_host_plus(old, v), int, unsigned, unsigned long long, float, double)
LUN_HOST_ATOMIC(atomicSub, lun_host_plus(old, lun_host_negated(v)), int, unsigned)
LUN_HOST_ATOMIC(atomicMin, v < old ? v : old, int, unsigned, long long, unsigned long long)
LUN_HOST_ATOMIC(atomicMax, v > old ? v : old, int, unsigned, long long, unsigned long long)
LUN_HOST_ATOMIC(atomicAnd, old & v, int, unsigned, unsigned long long)
LUN_HOST_ATOMIC(atomicOr, old | v, int, unsigned, unsigned long long)
LUN_HOST_ATOMIC(atomicXor, old ^ v, int, unsigned, unsigned long long)
LUN_HOST_ATOMIC(atomicExch, ((void)old, v), int, unsigned, unsigned long long, float)
LUN_HOST_ATOMIC(atomicInc, old >= v ? 0 : old + 1, unsigned)
LUN_HOST_ATOMIC(atomicDec, old == 0 || old > v ? v : old - 1, unsigned)
#undef LUN_HOST_ATOMIC
template <class T> static inline T atomicCAS(T *at, lun_host_operand<T> expected, lun_host_operand<T> v)
{
    static_assert(lun_host_one_of<T, int, unsigned, unsigned long long, unsigned short>, "CUDA has no atomicCAS for this type");
    return lun_host_exchange(at, [expected, v](T old) { return old == expected ? v : old; });
}
#endif
