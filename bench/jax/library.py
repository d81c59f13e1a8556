# library.py - JAX as it is measured here: on the CPU, with as many cores as threads, each timed call waited for
#
# Read next: bench/peers/timing.py. SPDX-License-Identifier: MIT
import os

import timing

os.environ["JAX_PLATFORMS"] = "cpu"
timing.threads()  # before JAX looks at the cores
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402, F401
import numpy as np  # noqa: E402

chance = np.random.default_rng(1)


def rand(*shape):
    return jnp.asarray(chance.random(shape, dtype="float32"))


def ids(count, *shape):
    return jnp.asarray(chance.integers(0, count, shape))


def call(f, *arguments):
    """A function that calls f and waits for its result."""
    return lambda: jax.block_until_ready(f(*arguments))


def compiled(f, *arguments):
    return call(jax.jit(f), *arguments)
