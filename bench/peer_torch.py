# peer_torch.py - PyTorch's side of the measurements: the workloads of bench/run.lua, same shapes, same names, same way of timing
#
#   python bench/peer_torch.py THREADS [PATTERN]
#
# Read next: bench/run.lua. SPDX-License-Identifier: MIT
import re
import statistics
import sys
import time

import torch
from torch import nn

pattern = sys.argv[2] if len(sys.argv) > 2 else ""
torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


def timed(f, count):
    start = time.perf_counter()
    for _ in range(count):
        f()
    return (time.perf_counter() - start) / count


def measure(name, f):
    if not re.search(pattern, name):
        return
    count = 1
    while timed(f, count) * count < 0.01:
        count *= 2
    print(f"{name}\t{statistics.median(timed(f, count) for _ in range(7)):.9g}", flush=True)


x, y = torch.tensor([1.0]), torch.tensor([2.0])
measure("add1", lambda: x.add(y))
leaf = torch.tensor([1.0], requires_grad=True)
measure("add1_grad", lambda: leaf.add(y))


def chain10():
    z = leaf
    for _ in range(10):
        z = z * y
    z.sum().backward()


measure("chain10", chain10)

a, b = torch.randn(1000000), torch.randn(1000000)
measure("add_1e6", lambda: a + b)
measure("exp_1e6", lambda: a.exp())
measure("gelu_1e6", lambda: nn.functional.gelu(a))
measure("sum_1e6", lambda: a.sum())
rows = torch.randn(1000, 1000)
measure("softmax_1000x1000", lambda: rows.softmax(1))

for n in (512, 1024):
    p, q = torch.randn(n, n), torch.randn(n, n)
    measure(f"matmul_{n}", lambda: p.matmul(q))


def training(net, shape):
    images, labels = torch.randn(shape), torch.randint(0, 10, (128,))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step():
        loss = nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


measure("mlp_step", training(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)), (128, 784)))
measure("cnn_step", training(nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)), (128, 1, 28, 28)))
