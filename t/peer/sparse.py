# sparse.py - writes sparse.lua: an embedding with sparse gradients under each optimiser that PyTorch lets take them
#
# A case has the ids of each step (from 1), whether a step adds up two backward passes, and the table after each step. The loss is
# the sum of the looked-up rows times a fixed weight for each place and column. Holds: float64; the same PyTorch gives the same bytes.
# Run: /tmp/venv-torch/bin/python t/peer/sparse.py. Read next: t/lua/sparse_gradients.lua. SPDX-License-Identifier: MIT
import os

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, WIDTH = 9, 3
IDS = [[1, 4, 4, 8], [4, 2, 8, 8], [9, 9, 9, 9], [1, 2, 3, 4], [8, 4, 1, 1], [3, 3, 5, 4]]
START = [[((r * 7 + c * 3) % 11 - 5) / 4 for c in range(WIDTH)] for r in range(ROWS)]
WEIGHT = [[((k * 5 + c * 2) % 7 - 3) / 2 for c in range(WIDTH)] for k in range(4)]
OPTIMISERS = [
    ("SGD", "lr = 0.1", lambda p: torch.optim.SGD(p, lr=0.1)),
    ("SGD", "lr = 0.1, momentum = 0.9", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    ("SGD", "lr = 0.1, maximize = true", lambda p: torch.optim.SGD(p, lr=0.1, maximize=True)),
    ("Adagrad", "lr = 0.1", lambda p: torch.optim.Adagrad(p, lr=0.1)),
    ("Adagrad", "lr = 0.1, lr_decay = 0.2, initial_accumulator_value = 0.3",
     lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.2, initial_accumulator_value=0.3)),
    ("SparseAdam", "lr = 0.1", lambda p: torch.optim.SparseAdam(p, lr=0.1)),
    ("SparseAdam", "lr = 0.1, betas = {0.5, 0.7}, maximize = true",
     lambda p: torch.optim.SparseAdam(p, lr=0.1, betas=(0.5, 0.7), maximize=True)),
]


def walk(make, twice, padding, scale):
    table = torch.tensor(START, dtype=torch.float64).requires_grad_()
    weight, optimizer, rows = torch.tensor(WEIGHT, dtype=torch.float64), make([table]), []
    for step, ids in enumerate(IDS):
        optimizer.zero_grad()
        for part in (ids, IDS[step - 1]) if twice else (ids,):
            looked_up = F.embedding(torch.tensor(part) - 1, table, padding_idx=padding and padding - 1, sparse=True)
            ((looked_up ** 2 / 2 + looked_up) * weight).sum().backward()
        if scale:
            table.grad.mul_(scale)
        optimizer.step()
        rows.append(table.detach().flatten().tolist())
    return rows


def numbers(values):
    return "{" + ",".join(repr(v) for v in values) + "}"


def main():
    with open(os.path.join(HERE, "sparse.lua"), "w") as out:
        out.write("-- sparse.lua - written by sparse.py with PyTorch %s: tables under sparse gradients. SPDX-License-Identifier: MIT\nreturn {\n" % torch.__version__.split("+")[0])
        out.write("ids = {%s},\nstart = {%s},\nweight = {%s},\n" % tuple(",\n".join(map(numbers, x)) for x in (IDS, START, WEIGHT)))
        for name, options, make in OPTIMISERS:
            for twice, padding, scale in ((False, None, None), (True, None, None), (False, 4, None), (True, None, 0.5)):
                out.write("{name = \"%s\", options = {%s}, twice = %s, padding = %s, scale = %s, steps = {\n" % (
                    name, options, str(twice).lower(), padding or "nil", scale or "nil"))
                for row in walk(make, twice, padding, scale):
                    out.write(numbers(row) + ",\n")
                out.write("}},\n")
        out.write("}\n")


main()
