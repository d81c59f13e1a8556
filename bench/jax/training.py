# training.py - JAX's side of bench/cpu/training.lua: whole steps compiled, images NHWC, the optimizers written out
#
# No lstm, resnet18 or sparse gradients here. Read next: bench/models.lua, bench/torch/models.py. SPDX-License-Identifier: MIT
from library import ids, jax, jnp, rand
from timing import measure

relu = jax.nn.relu


def dense(inputs, outputs):
    bound = inputs ** -0.5
    return {"w": (rand(inputs, outputs) * 2 - 1) * bound, "b": (rand(outputs) * 2 - 1) * bound}


def linear(p, x):
    return x @ p["w"] + p["b"]


def stack(layers, x):
    for p in layers[:-1]:
        x = relu(linear(p, x))
    return linear(layers[-1], x)


def cross_entropy(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1).mean()


def sgd(params, gradients, state):
    return jax.tree.map(lambda p, g: p - 0.01 * g, params, gradients), state


def adam(decay):
    def update(params, gradients, state):
        mean, square, step = state
        step = step + 1
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradients)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradients)
        rate, scale = 1e-3 / (1 - 0.9 ** step), jnp.sqrt(1 - 0.999 ** step)
        params = jax.tree.map(lambda p, m, s: p * (1 - 1e-3 * decay) - rate * m / (jnp.sqrt(s) / scale + 1e-8), params, mean, square)
        return params, (mean, square, step)

    return update


def mlp():
    x, labels = rand(128, 784), ids(10, 128)
    return [dense(784, 256), dense(256, 128), dense(128, 10)], lambda p: cross_entropy(stack(p, x), labels), sgd


def convolve(p, x, padding):
    return p["b"] + jax.lax.conv_general_dilated(x, p["w"], (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def kernels(size, inputs, outputs):
    bound = (size * size * inputs) ** -0.5
    return {"w": (rand(size, size, inputs, outputs) * 2 - 1) * bound, "b": (rand(outputs) * 2 - 1) * bound}


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def lenet():
    x, labels = rand(64, 28, 28, 1), ids(10, 64)
    params = {"one": kernels(5, 1, 6), "two": kernels(5, 6, 16), "top": [dense(400, 120), dense(120, 84), dense(84, 10)]}

    def loss(p):
        y = pool(relu(convolve(p["one"], x, "SAME")))
        y = pool(relu(convolve(p["two"], y, "VALID")))
        return cross_entropy(stack(p["top"], y.reshape(64, -1)), labels)

    return params, loss, adam(0)


def layer_norm(p, x):
    x = x - x.mean(-1, keepdims=True)
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * p["w"] + p["b"]


def gpt(d=128, steps=128, heads=4, batch=16):
    tokens, labels = ids(65, batch, steps), ids(65, batch, steps)
    mask = jnp.tril(jnp.ones((steps, steps), bool))

    def norm():
        return {"w": jnp.ones(d), "b": jnp.zeros(d)}

    def block():
        return {"norm1": norm(), "norm2": norm(), "qkv": dense(d, 3 * d), "out": dense(d, d), "up": dense(d, 4 * d), "down": dense(4 * d, d)}

    def attend(p, x):
        q, k, v = linear(p["qkv"], x).reshape(batch, steps, 3, heads, d // heads).transpose(2, 0, 3, 1, 4)
        scores = jnp.where(mask, q @ k.swapaxes(-1, -2) * (d // heads) ** -0.5, -jnp.inf)
        return linear(p["out"], (jax.nn.softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(batch, steps, d))

    def loss(p):
        x = p["token"][tokens] + p["place"]
        for b in p["blocks"]:
            x = x + attend(b, layer_norm(b["norm1"], x))
            x = x + linear(b["down"], jax.nn.gelu(linear(b["up"], layer_norm(b["norm2"], x))))
        return cross_entropy(linear(p["head"], layer_norm(p["norm"], x)), labels)

    params = {"token": rand(65, d), "place": jnp.zeros((steps, d)), "blocks": [block() for _ in range(4)], "norm": norm(), "head": dense(d, 65)}
    return params, loss, adam(0.01)


def rec():
    users, items, y = ids(100_000, 1024), ids(10_000, 1024), rand(1024)
    params = {"users": rand(100_000, 64), "items": rand(10_000, 64), "top": [dense(128, 128), dense(128, 64), dense(64, 1)]}

    def loss(p):
        return ((stack(p["top"], jnp.concatenate([p["users"][users], p["items"][items]], 1))[:, 0] - y) ** 2).mean()

    return params, loss, sgd


def step(model):
    params, loss, update = model()
    zeros = jax.tree.map(jnp.zeros_like, params)
    now = [params, () if update is sgd else (zeros, zeros, 0.0)]
    go = jax.jit(lambda params, state: update(params, jax.grad(loss)(params), state), donate_argnums=(0, 1) if update is sgd else (0,))

    def once():
        now[:] = go(*now)
        jax.block_until_ready(now[0])

    return once


for model in (mlp, lenet, gpt, rec):
    measure(f"train_{model.__name__}", lambda: step(model))
