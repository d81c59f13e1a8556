# dispatch.py - PyTorch's side of bench/cpu/dispatch.lua. SPDX-License-Identifier: MIT
import torch
from measure import measure


def loop(name, make):
    def prepare():
        f = make()

        def hundred():
            for _ in range(100):
                f()

        return hundred

    measure("dispatch_" + name, prepare, 100)


def two(size=(1,), **options):
    return torch.ones(size, **options), torch.ones(size, **options)


def call(method, *arguments):
    return lambda: method(*arguments)


def add(a, b):
    return lambda: a + b


def product(a, b):
    return lambda: a @ b


def index(a):
    return lambda: a[2]


loop("add1_nograd", lambda: add(*two()))
loop("add1_grad", lambda: add(*two(requires_grad=True)))
loop("add1_inplace", lambda: (lambda a, b: lambda: a.add_(b))(*two()))
loop("matmul2x2", lambda: product(*two((2, 2))))
loop("empty1", lambda: lambda: torch.empty(1))
loop("item", lambda: call(torch.ones(1).item))
loop("index_scalar", lambda: index(torch.ones(4)))


def ten_ops(x):
    y = x * 1.5
    y = y + x
    y = torch.tanh(y)
    y = y * x
    y = torch.exp(y)
    y = y - x
    y = torch.sigmoid(y)
    y = y * 2.0
    y = y + 1.0
    return y.sum()


def chain(backward):
    x = torch.ones(4, requires_grad=True)

    def step():
        x.grad = None
        y = ten_ops(x)
        if backward:
            y.backward()

    return step


measure("dispatch_chain10_fwd_grad", lambda: chain(False))
measure("dispatch_chain10_fwd_bwd", lambda: chain(True))
