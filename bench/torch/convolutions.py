# convolutions.py - PyTorch's side of bench/cpu/convolutions.lua. SPDX-License-Identifier: MIT
import torch
import torch.nn.functional as F
from measure import measure


def make(case, requires_grad):
    n, c, size, k, kernel, stride, padding, groups = case
    x = torch.rand(n, c, size, size, requires_grad=requires_grad)
    w = torch.rand(k, c // groups, kernel, kernel, requires_grad=requires_grad)
    b = torch.zeros(k, requires_grad=requires_grad)
    return lambda: F.conv2d(x, w, b, stride, padding, 1, groups), (x, w, b)


def both(case):
    f, leaves = make(case, True)
    given = torch.rand_like(f())
    return lambda: torch.autograd.grad(f(), leaves, given)


for name, *case in (
    ("c3_64_56", 8, 64, 56, 64, 3, 1, 1, 1), ("c3_256_14", 8, 256, 14, 256, 3, 1, 1, 1), ("c1_256_28_64", 8, 256, 28, 64, 1, 1, 0, 1),
    ("c7_3_224_64_s2", 8, 3, 224, 64, 7, 2, 3, 1), ("dw3_128_56", 8, 128, 56, 128, 3, 1, 1, 128),
):
    measure(f"conv_{name}_fwd", lambda: make(case, False)[0])
    measure(f"conv_{name}_fwd_bwd", lambda: both(case))
