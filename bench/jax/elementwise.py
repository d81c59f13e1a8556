# elementwise.py - JAX's side of bench/cpu/elementwise.lua. SPDX-License-Identifier: MIT
from library import call, compiled, jax, jnp, rand
from timing import measure

SIZES = (1000, 100000, 1000000, 10000000)
ONE = {"exp": jnp.exp, "tanh": jnp.tanh, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "log": jnp.log, "sqrt": jnp.sqrt,
       "erf": jax.scipy.special.erf, "gelu": lambda x: jax.nn.gelu(x, approximate=False), "gelu_tanh": jax.nn.gelu}


def vector(n):
    return rand(n) * 2 + 0.01


def expression(a, b, d):
    return jnp.tanh(a * b + b) * d - a / (1 + jnp.exp(-b))


for n in SIZES:
    for name, f in (("add", jnp.add), ("mul", jnp.multiply)):
        measure(f"ew_{name}_n{n}", lambda: call(f, vector(n), rand(n)))
    for name, f in ONE.items():
        measure(f"ew_{name}_n{n}", lambda: compiled(f, vector(n)))
measure("ew_add_bias_2048x512", lambda: call(jnp.add, rand(2048, 512), rand(512)))
measure("transpose_copy_1024x1024", lambda: compiled(jnp.transpose, rand(1024, 1024)))
measure("ew_add_transposed_1024x1024", lambda: compiled(lambda a: a + a.T, rand(1024, 1024)))
for n in SIZES:
    measure(f"fused_expr_n{n}", lambda: call(expression, rand(n), rand(n), rand(n)))
    measure(f"fused_expr_n{n}_compiled", lambda: compiled(expression, rand(n), rand(n), rand(n)))
