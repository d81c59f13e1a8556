# reductions.py - PyTorch's side of bench/cpu/reductions.lua. SPDX-License-Identifier: MIT
import torch
import torch.nn.functional as F
from measure import measure


def one(name, make, f):
    def prepare():
        arguments = make()
        return lambda: f(*arguments)

    measure("red_" + name, prepare)


def v():
    return (torch.rand(10_000_000),)


def m():
    return (torch.rand(4096, 1024),)


def s():
    return (torch.rand(1_000_000),)


def gain():
    return torch.rand(4096, 1024), torch.rand(1024), torch.rand(1024)


def layernorm(x, g, b):
    return F.layer_norm(x, (1024,), g, b)


one("sum_all_1e7", v, torch.sum)
one("max_all_1e7", v, torch.max)
one("sum_rows_4096x1024", m, lambda x: x.sum(1))
one("sum_cols_4096x1024", m, lambda x: x.sum(0))
one("mean_var_rows_4096x1024", m, lambda x: torch.var_mean(x, 1))
one("softmax_4096x1024", m, lambda x: F.softmax(x, 1))
one("log_softmax_4096x1024", m, lambda x: F.log_softmax(x, 1))
one("cross_entropy_4096x1024", lambda: (*m(), torch.randint(0, 1024, (4096,))), F.cross_entropy)
one("layernorm_4096x1024", gain, layernorm)
one("argmax_rows_4096x1024", m, lambda x: x.argmax(1))
one("cumsum_rows_4096x1024", m, lambda x: x.cumsum(1))
one("cumsum_1e7", v, lambda x: x.cumsum(0))
one("sort_1e6", s, torch.sort)
one("topk10_1e6", s, lambda x: x.topk(10))
one("topk10_rows_4096x1024", m, lambda x: x.topk(10, 1))
one("randn_1e6", tuple, lambda: torch.randn(1_000_000))
one("rand_1e6", tuple, lambda: torch.rand(1_000_000))
one("gather_rows_4096_of_100000x64", lambda: (torch.rand(100_000, 64), torch.randint(0, 100_000, (4096,))), lambda x, i: x[i])


def backward(name, f):
    def prepare():
        x, g, b = gain()
        x.requires_grad_()
        y, given = f(x, g, b), torch.rand(4096, 1024)
        return lambda: torch.autograd.grad(y, x, given, retain_graph=True)

    measure(f"red_{name}_bwd_4096x1024", prepare)


backward("softmax", lambda x, g, b: F.softmax(x, 1))
backward("layernorm", layernorm)
