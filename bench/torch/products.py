# products.py - PyTorch's side of bench/cpu/products.lua. SPDX-License-Identifier: MIT
import warnings

from torch import _int_mm, ao, bfloat16, int8, nn, no_grad, qint8, rand, randint, uint8
from measure import measure


def product(name, make):
    def prepare():
        a, b = make()
        return lambda: a @ b

    measure(name, prepare)


for n in (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048):
    product(f"gemm_nn_{n}", lambda: (rand(n, n), rand(n, n)))
for n in (256, 1024):
    product(f"gemm_nt_{n}", lambda: (rand(n, n), rand(n, n).t()))
    product(f"gemm_tn_{n}", lambda: (rand(n, n).t(), rand(n, n)))
for name, batch, inputs, outputs in (
    ("mlp1", 128, 784, 256), ("mlp2", 128, 256, 128), ("mlp3", 128, 128, 10), ("lstm_hh", 32, 256, 1024),
    ("gpt_qkv", 2048, 128, 384), ("gpt_fc1", 2048, 128, 512), ("gpt_fc2", 2048, 512, 128), ("gpt_head", 2048, 128, 65),
):
    product(f"lin_{name}_fwd_nt", lambda: (rand(batch, inputs), rand(outputs, inputs).t()))
    product(f"lin_{name}_dx_nn", lambda: (rand(batch, outputs), rand(outputs, inputs)))
    product(f"lin_{name}_dw_tn", lambda: (rand(batch, outputs).t(), rand(batch, inputs)))
product("gemv_1024", lambda: (rand(1, 1024), rand(1024, 1024)))
product("bmm_64x128x128x64", lambda: (rand(64, 128, 64), rand(64, 64, 128)))
product("bmm_64x128x32x128_nt", lambda: (rand(64, 128, 32), rand(64, 128, 32).transpose(1, 2)))
for n in (256, 512, 1024, 2048):
    product(f"gemm_bf16_{n}", lambda: (rand(n, n).to(bfloat16), rand(n, n).to(bfloat16)))

warnings.filterwarnings("ignore")  # that quantisation moves to another package


def bytes_product(n):
    a, b = randint(0, 256, (n, n), dtype=uint8), randint(-128, 128, (n, n), dtype=int8)
    return lambda: _int_mm(a, b)


def quantized(n):
    layer = ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(n, n)).eval(), {nn.Linear}, dtype=qint8)
    x = rand(n, n)

    def call():
        with no_grad():
            layer(x)

    return call


for n in (256, 512, 1024, 2048):
    measure(f"matmul_u8s8s32_{n}", lambda: bytes_product(n))
    measure(f"qlinear_dynamic_int8_{n}", lambda: quantized(n))
