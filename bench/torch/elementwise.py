# elementwise.py - PyTorch's side of bench/cpu/elementwise.lua. SPDX-License-Identifier: MIT
import torch
import torch.nn.functional as F
from measure import measure

SIZES = (1000, 100000, 1000000, 10000000)


def call(f, *arguments):
    return lambda: f(*arguments)


def vectors(n):
    return torch.rand(n) * 2 + 0.01, torch.rand(n)


for n in SIZES:
    for name in ("add", "mul"):
        measure(f"ew_{name}_n{n}", lambda: call(getattr(torch, name), *vectors(n)))
    for name, f in {"exp": torch.exp, "tanh": torch.tanh, "gelu": F.gelu, "relu": torch.relu, "sigmoid": torch.sigmoid, "log": torch.log,
                    "sqrt": torch.sqrt, "erf": torch.erf, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}.items():
        measure(f"ew_{name}_n{n}", lambda: call(f, vectors(n)[0]))
    measure(f"ew_add_out_n{n}", lambda: call(lambda a, b, out: torch.add(a, b, out=out), *vectors(n), torch.empty(n)))
    for name in ("exp", "tanh") if n >= 1_000_000 else ():
        measure(f"ew_{name}_out_n{n}", lambda: call(lambda f, a, out: f(a, out=out), getattr(torch, name), vectors(n)[0], torch.empty(n)))
    measure(f"ew_add_inplace_n{n}", lambda: call(*(lambda a, b: (a.add_, b))(*vectors(n))))

measure("ew_add_bias_2048x512", lambda: call(torch.add, torch.rand(2048, 512), torch.rand(512)))
measure("transpose_copy_1024x1024", lambda: call(lambda a: a.t().contiguous(), torch.rand(1024, 1024)))
measure("ew_add_transposed_1024x1024", lambda: call(lambda a: a + a.t(), torch.rand(1024, 1024)))


def expression(a, b, d):
    return torch.tanh(a * b + b) * d - a / (1 + torch.exp(-b))


for n in SIZES:
    measure(f"fused_expr_n{n}", lambda: call(expression, *(torch.rand(n) for _ in range(3))))
    measure(f"fused_expr_n{n}_compiled", lambda: call(torch.compile(expression, dynamic=False), *(torch.rand(n) for _ in range(3))))

for n in (100_000, 1_000_000, 10_000_000, 100_000_000):
    def arrays():
        return torch.empty(n), torch.rand(n), torch.rand(n)

    measure(f"stream_copy_n{n}", lambda: call(lambda a, b, c: a.copy_(b), *arrays()))
    measure(f"stream_triad_n{n}", lambda: call(lambda a, b, c: torch.add(b, c, alpha=3, out=a), *arrays()))
    measure(f"stream_sum_n{n}", lambda: call(lambda a, b, c: b.sum().item(), *arrays()))
