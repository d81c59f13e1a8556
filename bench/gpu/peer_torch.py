# peer_torch.py - PyTorch's side of the measurements on a GPU: the workloads of bench/gpu/run.lua, same shapes, same names, same way of timing
#
#   PYTHONPATH=bench/torch python bench/gpu/peer_torch.py cuda [PATTERN]
#
# Float32 products and convolutions are full float32 (no TF32), as Lunette's are. Read next: bench/gpu/run.lua.
# SPDX-License-Identifier: MIT
import models
import torch
from measure import measure
from torch import nn
from torch.nn import functional as F


def parameter(*size, dtype=torch.float32):
    return torch.randn(size, dtype=dtype).requires_grad_()


# ---- launches ----

def add1():
    x, y = torch.tensor([1.0]), torch.tensor([2.0])
    return lambda: x.add(y)


def chain10():
    leaf, y = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0])

    def run():
        z = leaf
        for _ in range(10):
            z = z * y
        z.sum().backward()

    return run


measure("add1", add1)
measure("chain10", chain10)

# ---- memory-bound ----

N = 100000000


def of_one(f, *size):
    def prepare():
        a = torch.randn(size)
        return lambda: f(a)

    return prepare


def of_two(f, dtype, *sizes):
    def prepare():
        a, b = (torch.randn(size).to(dtype) for size in sizes)
        return lambda: f(a, b)

    return prepare


measure("copy_1e8", of_two(lambda a, b: b.copy_(a), torch.float32, N, N))
measure("add_1e8", of_two(torch.add, torch.float32, N, N))
measure("add_bf16_1e8", of_two(torch.add, torch.bfloat16, N, N))
measure("gelu_1e8", of_one(F.gelu, N))
measure("bias_1e8", of_two(torch.add, torch.float32, (N // 1000, 1000), (1000,)))
measure("sum_1e8", of_one(torch.sum, N))
measure("sum_columns_1e8", of_one(lambda a: a.sum(0), N // 1000, 1000))
measure("cumsum_1e8", of_one(lambda a: a.cumsum(0), N))
measure("sort_1e7", of_one(lambda a: a.sort(), N // 10))
measure("rand_1e8", lambda: lambda: torch.rand(N))
measure("transpose_1e8", of_one(lambda a: a.t().contiguous(), 10000, 10000))



def chain(count, dtype):
    def prepare():
        x, y, d = (torch.randn(count).to(dtype) for _ in range(3))
        f = torch.compile(lambda a, b, c: (a * b + b).tanh() * c - a / (1 + (-b).exp()))
        return lambda: f(x, y, d)

    return prepare


def compiled_gelu_both():
    x, bias, g = parameter(N // 1000, 1000), parameter(1000), torch.randn(N // 1000, 1000)
    f = torch.compile(lambda: F.gelu(x + bias) * 0.5)

    def run():
        f().backward(g)
        x.grad = bias.grad = None

    return run


measure("compiled_chain_1e8", chain(N, torch.float32))
measure("compiled_chain_bf16_1e8", chain(N, torch.bfloat16))
measure("compiled_chain_1e5", chain(100000, torch.float32))
measure("compiled_gelu_both", compiled_gelu_both)

ROWS, WIDTH = 65536, 1024


def both(make):
    def prepare():
        x, f, g = parameter(ROWS, WIDTH), make(), torch.randn(ROWS, WIDTH)
        return lambda: f(x).backward(g)

    return prepare


def without_gradient(f):
    def run():
        with torch.no_grad():
            f()

    return run


def layer_norm():
    x, net = torch.randn(ROWS, WIDTH), nn.LayerNorm(WIDTH)
    return without_gradient(lambda: net(x))


def cross_entropy_both():
    x, labels = parameter(8192, 8192), torch.randint(0, 8192, (8192,))
    return lambda: F.cross_entropy(x, labels).backward()


def embedding_both():
    weight, index, g = parameter(50000, 512), torch.randint(0, 50000, (65536,)), torch.randn(65536, 512)
    return lambda: F.embedding(index, weight).backward(g)


def adam_step():
    tensors = [parameter(1000000) for _ in range(40)]
    for p in tensors:
        p.grad = torch.randn(1000000)
    return torch.optim.Adam(tensors, lr=1e-3).step


measure("softmax", of_one(lambda x: x.softmax(1), ROWS, WIDTH))
measure("softmax_both", both(lambda: lambda x: x.softmax(1)))
measure("layer_norm", layer_norm)
measure("layer_norm_both", both(lambda: nn.LayerNorm(WIDTH)))
measure("cross_entropy_both", cross_entropy_both)
measure("embedding_both", embedding_both)
measure("adam_step", adam_step)

# ---- products ----

for name, dtype, m in (("f32", torch.float32, 4096), ("f16", torch.float16, 8192), ("bf16", torch.bfloat16, 8192)):
    measure(f"matmul_{name}_{m}", of_two(torch.matmul, dtype, (m, m), (m, m)))


def int_mm_4096():
    p, q = (torch.randint(-128, 128, (4096, 4096), dtype=torch.int8) for _ in range(2))
    return lambda: torch._int_mm(p, q)


def of_positive(f, m):
    def prepare():
        x = torch.randn(m, m)
        x = x @ x.T / m + torch.eye(m)
        return lambda: f(x)

    return prepare


def solve_64_of_512():
    x, b = torch.randn(64, 512, 512) + torch.eye(512) * 50, torch.randn(64, 512, 1)
    return lambda: torch.linalg.solve_ex(x, b)


measure("int_mm_4096", int_mm_4096)
for name, m in (("lu_factor_ex", 2048), ("inv_ex", 2048), ("cholesky_ex", 4096)):
    measure(f"{name}_{m}", of_positive(getattr(torch.linalg, name), m))
measure("solve_64_of_512", solve_64_of_512)


def linear_bf16():
    x, w, b = (torch.randn(size).bfloat16() for size in ((8192, 4096), (4096, 4096), (4096,)))
    return lambda: F.linear(x, w, b)


measure("linear_bf16", linear_bf16)


def convolution(dtype, backward):
    def prepare():
        x, net = parameter(64, 64, 56, 56, dtype=dtype), nn.Conv2d(64, 64, 3, padding=1).to(dtype)
        g = net(x).detach()
        return (lambda: net(x).backward(g)) if backward else without_gradient(lambda: net(x))

    return prepare


def attention(dtype, steps, backward):
    def prepare():
        x = [parameter(8, 16, steps, 64, dtype=dtype) for _ in range(3)]
        f = lambda: F.scaled_dot_product_attention(*x, is_causal=True)
        g = f().detach()
        return (lambda: f().backward(g)) if backward else without_gradient(f)

    return prepare


for name, dtype in (("f32", torch.float32), ("f16", torch.float16)):
    measure(f"conv_{name}", convolution(dtype, False))
    measure(f"conv_{name}_both", convolution(dtype, True))
for name, dtype, steps in (("f32", torch.float32, 1024), ("f16", torch.float16, 2048)):
    measure(f"attention_{name}", attention(dtype, steps, False))
    measure(f"attention_{name}_both", attention(dtype, steps, True))

# ---- training steps ----

for name in ("mlp", "lenet", "gpt"):
    measure(f"train_{name}", lambda: models.step(name))
for name in ("mlp", "lenet", "gpt"):
    measure(f"train_{name}_graph", lambda: models.step(name, {"mode": "reduce-overhead"}))
