# training.py - writes training.lua: what PyTorch's modules and optimisers give, for t/lua/nn.lua and t/lua/optim.lua
#
# A module case has its options, its state by name, inputs, the output, and the gradients of sum(out * linspace(-1, 1)). An
# optimiser case has a start, the numbers of a gradient a x - b that both sides compute, and the parameter after each of 25 steps.
# Holds: indices are made 1-based here; the same PyTorch gives the same bytes.
# Run: /tmp/venv-torch/bin/python t/peer/training.py. Read next: write.py, README.md.
# SPDX-License-Identifier: MIT
import os

import torch

import write

HERE = os.path.dirname(os.path.abspath(__file__))


def shaped(*shape):
    return torch.randn(*shape)


MODULES = [
    # class, arguments in Lua, PyTorch module, input, eval afterwards?
    ("Linear", "5, 3", lambda: torch.nn.Linear(5, 3), lambda: shaped(4, 5)),
    ("Linear", "5, 3, {bias = false}", lambda: torch.nn.Linear(5, 3, bias=False), lambda: shaped(2, 3, 5)),
    ("Conv1d", "3, 4, 3, {padding = 1, stride = 2}", lambda: torch.nn.Conv1d(3, 4, 3, padding=1, stride=2), lambda: shaped(2, 3, 7)),
    ("Conv2d", "2, 4, 3, {stride = 2, padding = 1}", lambda: torch.nn.Conv2d(2, 4, 3, stride=2, padding=1), lambda: shaped(2, 2, 5, 6)),
    ("Conv2d", "4, 4, {3, 2}, {dilation = 2, groups = 2, bias = false}",
     lambda: torch.nn.Conv2d(4, 4, (3, 2), dilation=2, groups=2, bias=False), lambda: shaped(1, 4, 6, 6)),
    ("Conv2d", "2, 2, 3, {padding = \"same\"}", lambda: torch.nn.Conv2d(2, 2, 3, padding="same"), lambda: shaped(1, 2, 4, 4)),
    ("BatchNorm1d", "3", lambda: torch.nn.BatchNorm1d(3), lambda: shaped(5, 3)),
    ("BatchNorm1d", "3, {affine = false}", lambda: torch.nn.BatchNorm1d(3, affine=False), lambda: shaped(2, 3, 4)),
    ("BatchNorm2d", "2, {momentum = 0.3, eps = 0.001}", lambda: torch.nn.BatchNorm2d(2, momentum=0.3, eps=0.001), lambda: shaped(2, 2, 3, 3)),
    ("BatchNorm2d", "2, {track_running_stats = false}", lambda: torch.nn.BatchNorm2d(2, track_running_stats=False), lambda: shaped(2, 2, 3, 3)),
    ("LayerNorm", "6", lambda: torch.nn.LayerNorm(6), lambda: shaped(3, 6)),
    ("LayerNorm", "{2, 3}, {bias = false}", lambda: torch.nn.LayerNorm((2, 3), bias=False), lambda: shaped(4, 2, 3)),
    ("Embedding", "7, 3", lambda: torch.nn.Embedding(7, 3), lambda: torch.tensor([[0, 6, 2], [2, 2, 5]])),
    ("Embedding", "7, 3, {padding_idx = 3}", lambda: torch.nn.Embedding(7, 3, padding_idx=2), lambda: torch.tensor([1, 2, 2, 4])),
    ("MaxPool2d", "2, {stride = 1}", lambda: torch.nn.MaxPool2d(2, stride=1), lambda: shaped(1, 2, 4, 4)),
    ("AvgPool2d", "3, {padding = 1, count_include_pad = false}",
     lambda: torch.nn.AvgPool2d(3, padding=1, count_include_pad=False), lambda: shaped(1, 2, 5, 5)),
    ("AdaptiveAvgPool2d", "{2, 3}", lambda: torch.nn.AdaptiveAvgPool2d((2, 3)), lambda: shaped(1, 2, 5, 5)),
    ("LeakyReLU", "0.2", lambda: torch.nn.LeakyReLU(0.2), lambda: shaped(6)),
    ("ELU", "{alpha = 0.7}", lambda: torch.nn.ELU(0.7), lambda: shaped(6)),
    ("Softmax", "2", lambda: torch.nn.Softmax(1), lambda: shaped(3, 4)),
]

LOSSES = [
    ("CrossEntropyLoss", "{label_smoothing = 0.1, reduction = \"sum\"}", torch.nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum"), "labels"),
    ("CrossEntropyLoss", "{weight = lun.tensor{1.0, 2.0, 0.5}}", torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5])), "labels"),
    ("MSELoss", "", torch.nn.MSELoss(), "values"),
    ("L1Loss", "{reduction = \"none\"}", torch.nn.L1Loss(reduction="none"), "values"),
    ("SmoothL1Loss", "{beta = 0.5}", torch.nn.SmoothL1Loss(beta=0.5), "values"),
    ("BCEWithLogitsLoss", "{pos_weight = lun.tensor{1.0, 3.0, 0.5}}",
     torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 3.0, 0.5])), "chances"),
]

OPTIMISERS = [
    ("SGD", "{lr = 0.1}", lambda p: torch.optim.SGD(p, lr=0.1)),
    ("SGD", "{lr = 0.05, momentum = 0.9, dampening = 0.2}", lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.2)),
    ("SGD", "{lr = 0.05, momentum = 0.9, nesterov = true, weight_decay = 0.01}",
     lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ("SGD", "{lr = 0.1, weight_decay = 0.1}", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.1)),
    ("Adam", "{lr = 0.1}", lambda p: torch.optim.Adam(p, lr=0.1)),
    ("Adam", "{lr = 0.05, betas = {0.4, 0.95}, eps = 1e-5, weight_decay = 0.02}",
     lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.4, 0.95), eps=1e-5, weight_decay=0.02)),
    ("AdamW", "{lr = 0.1, weight_decay = 0.05}", lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.05)),
]


def weighted(out):
    return (out * torch.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)).sum()


def entry(out, name, fields):
    out.write(f"  {{ class = \"{name}\",\n")
    for key, v in fields:
        text = v if key in ("args", "state", "grads", "after") else write.value(v)
        out.write(f"    {key} = {text},\n")
    out.write("  },\n")


def named(pairs):
    return "{ " + ", ".join(f'["{k}"] = {write.value(v)}' for k, v in pairs) + " }"


def module_case(out, i, row):
    name, args, make, source = row
    torch.manual_seed(100 + i)
    module, x = make(), source()
    for p in module.parameters():  # not the ones and zeros that norms start with
        if p.ndim == 1:
            p.data.normal_()
    state = named((k, v.clone()) for k, v in module.state_dict().items())
    if x.is_floating_point():
        x.requires_grad_()
    y = module(x)
    weighted(y).backward()
    grads = [(k, p.grad) for k, p in module.named_parameters()]
    if x.is_floating_point():
        grads.append(("input", x.grad))
    after = named((k, v) for k, v in module.named_buffers())
    module.eval()
    entry(out, name, [("args", f"[[{args}]]"), ("state", state), ("input", x if x.is_floating_point() else x + 1), ("out", y),
                      ("grads", named(grads)), ("after", after), ("evaluated", module(x))])


def loss_case(out, i, row):
    name, args, loss, kind = row
    torch.manual_seed(200 + i)
    x = torch.randn(4, 3, requires_grad=True)
    target = torch.tensor([0, 2, 1, 2]) if kind == "labels" else torch.rand(4, 3) if kind == "chances" else torch.randn(4, 3)
    y = loss(x, target)
    weighted(y).backward()
    entry(out, name, [("args", f"[[{args}]]"), ("input", x), ("target", target + 1 if kind == "labels" else target), ("out", y),
                      ("grads", named([("input", x.grad)]))])


def optimiser_case(out, i, row):
    name, args, make = row
    torch.manual_seed(300 + i)
    a, b = torch.rand(6) + 0.1, torch.randn(6)
    x = torch.randn(6, requires_grad=True)
    start, steps = x.detach().clone(), []
    optimiser = make([x])
    for _ in range(25):
        x.grad = a * x.detach() - b
        optimiser.step()
        steps.append(x.detach().clone())
    entry(out, name, [("args", f"[[{args}]]"), ("start", start), ("a", a), ("b", b), ("steps", torch.stack(steps))])


def main():
    with open(os.path.join(HERE, "training.lua"), "w", encoding="ascii") as out:
        out.write(f"-- training.lua - what PyTorch's modules, losses and optimisers give\n"
                  f"-- Written by t/peer/training.py from PyTorch {torch.__version__.split('+')[0]}; do not edit.\n"
                  "-- SPDX-License-Identifier: MIT\nreturn {\n")
        for name, rows, write_case in (("modules", MODULES, module_case), ("losses", LOSSES, loss_case), ("optimisers", OPTIMISERS, optimiser_case)):
            out.write(f"{name} = {{\n")
            for i, row in enumerate(rows):
                write_case(out, i, row)
            out.write("},\n")
        out.write("}\n")


main()
