# dispatch.py - JAX's side of bench/cpu/dispatch.lua; the chain's gradient is compiled. SPDX-License-Identifier: MIT
from library import jax, jnp
from timing import measure


def loop(name, f, *arguments):
    def hundred():
        for _ in range(100):
            result = f(*arguments)
        result.block_until_ready()

    measure("dispatch_" + name, lambda: hundred, 100)


def chain(x):
    y = jnp.tanh(x * 1.5 + x) * x
    y = jax.nn.sigmoid(jnp.exp(y) - x)
    return (y * 2.0 + 1.0).sum()


def gradient():
    f, x = jax.jit(jax.grad(chain)), jnp.ones(4)
    return lambda: f(x).block_until_ready()


loop("add1_nograd", lambda a, b: a + b, jnp.ones(1), jnp.ones(1))
loop("matmul2x2", lambda a, b: a @ b, jnp.ones((2, 2)), jnp.ones((2, 2)))
measure("dispatch_chain10_fwd_bwd", gradient)
