# convolutions.py - JAX's side of bench/cpu/convolutions.lua, in its own order of dims, NHWC. SPDX-License-Identifier: MIT
from library import compiled, jax, jnp, rand
from timing import measure


def convolution(stride, padding, groups):
    def f(x, w, b):
        return b + jax.lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2,
                                                dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)

    return f


def both(f, given):
    def step(x, w, b):
        y, back = jax.vjp(f, x, w, b)
        return back(given)

    return step


for name, n, c, size, k, kernel, stride, padding, groups in (
    ("c3_64_56", 8, 64, 56, 64, 3, 1, 1, 1), ("c3_256_14", 8, 256, 14, 256, 3, 1, 1, 1), ("c1_256_28_64", 8, 256, 28, 64, 1, 1, 0, 1),
    ("c7_3_224_64_s2", 8, 3, 224, 64, 7, 2, 3, 1), ("dw3_128_56", 8, 128, 56, 128, 3, 1, 1, 128),
):
    def make():
        return rand(n, size, size, c), rand(kernel, kernel, c // groups, k), jnp.zeros(k)

    f, out = convolution(stride, padding, groups), (size + 2 * padding - kernel) // stride + 1
    measure(f"conv_{name}_fwd", lambda: compiled(f, *make()))
    measure(f"conv_{name}_fwd_bwd", lambda: compiled(both(f, rand(n, out, out, k)), *make()))
