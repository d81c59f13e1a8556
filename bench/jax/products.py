# products.py - JAX's side of bench/cpu/products.lua. SPDX-License-Identifier: MIT
from library import compiled, jnp, rand
from timing import measure


def nn(a, b):
    return a @ b


def nt(a, b):
    return a @ jnp.swapaxes(b, -1, -2)


def tn(a, b):
    return a.T @ b


for n in (32, 64, 128, 256, 512, 1024, 2048):
    measure(f"gemm_nn_{n}", lambda: compiled(nn, rand(n, n), rand(n, n)))
for n in (256, 1024):
    for f in (nt, tn):
        measure(f"gemm_{f.__name__}_{n}", lambda: compiled(f, rand(n, n), rand(n, n)))
for name, batch, inputs, outputs in (
    ("mlp1", 128, 784, 256), ("mlp2", 128, 256, 128), ("mlp3", 128, 128, 10), ("lstm_hh", 32, 256, 1024),
    ("gpt_qkv", 2048, 128, 384), ("gpt_fc1", 2048, 128, 512), ("gpt_fc2", 2048, 512, 128), ("gpt_head", 2048, 128, 65),
):
    measure(f"lin_{name}_fwd_nt", lambda: compiled(nt, rand(batch, inputs), rand(outputs, inputs)))
    measure(f"lin_{name}_dx_nn", lambda: compiled(nn, rand(batch, outputs), rand(outputs, inputs)))
    measure(f"lin_{name}_dw_tn", lambda: compiled(tn, rand(batch, outputs), rand(batch, inputs)))
measure("bmm_64x128x128x64", lambda: compiled(nn, rand(64, 128, 64), rand(64, 64, 128)))
measure("bmm_64x128x32x128_nt", lambda: compiled(nt, rand(64, 128, 32), rand(64, 128, 32)))
