# peer_torch.py - PyTorch's side of the measurements on a GPU: the workloads of bench/gpu/run.lua, same shapes, same names, same way of timing
#
#   python bench/gpu/peer_torch.py [PATTERN]
#
# Float32 products and convolutions are full float32 (no TF32), as Lunette's are. Read next: bench/gpu/run.lua.
# SPDX-License-Identifier: MIT
import gc
import re
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

pattern = sys.argv[1] if len(sys.argv) > 1 else ""
torch.backends.cudnn.allow_tf32 = False
torch.set_default_device("cuda")
torch.manual_seed(1)


def timed(f, count):
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(count):
        f()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / count


def measure(name, prepare):
    if not re.search(pattern, name):
        return
    try:
        f = prepare()
        for _ in range(3):
            f()
        count = 1
        while timed(f, count) * count < 0.01:
            count *= 2
        print(f"{name}\t{statistics.median(timed(f, count) for _ in range(7)):.9g}", flush=True)
    except Exception as problem:
        print(f"{name}: {problem}", file=sys.stderr)
    f = None
    gc.collect()
    torch.cuda.empty_cache()


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


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, vocabulary, d, steps, blocks, heads):
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, d), nn.Embedding(steps, d)
        self.places = torch.arange(steps)
        self.blocks = nn.Sequential(*(Block(d, heads) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.token(tokens) + self.place(self.places)
        return self.head(self.norm(self.blocks(x))).flatten(0, 1)


def mlp():
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    return net, torch.randn(128, 784), torch.randint(0, 10, (128,)), torch.optim.SGD(net.parameters(), lr=0.01)


def lenet():
    net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
    return net, torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,)), torch.optim.Adam(net.parameters(), lr=1e-3)


def gpt():
    net = Gpt(65, 128, 128, 4, 4)
    return net, torch.randint(0, 65, (16, 128)), torch.randint(0, 65, (16 * 128,)), torch.optim.AdamW(net.parameters(), lr=1e-3)


def step(make, compiled):
    def prepare():
        net, inputs, labels, optimizer = make()

        def loss_of(inputs, labels):
            return F.cross_entropy(net(inputs), labels)

        loss = torch.compile(loss_of, mode="reduce-overhead") if compiled else loss_of

        def run():
            optimizer.zero_grad()
            loss(inputs, labels).backward()
            optimizer.step()

        return run

    return prepare


for make in (mlp, lenet, gpt):
    measure(f"train_{make.__name__}", step(make, False))
for make in (mlp, lenet, gpt):
    measure(f"train_{make.__name__}_graph", step(make, True))
