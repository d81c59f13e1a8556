# training.py - PyTorch's side of bench/cpu/training.lua. SPDX-License-Identifier: MIT
import sys
import warnings

import models
import torch
from measure import measure

warnings.filterwarnings("ignore", message="Anomaly Detection")
for name in ("mlp", "lenet", "lstm", "gpt", "resnet18", "rec", "rec_sparse"):
    measure(f"train_{name}", lambda: models.step(name))
    measure(f"train_{name}_compiled", lambda: models.step(name, {}))


def inference():
    net, x = models.lenet_net().eval(), torch.rand(1, 1, 28, 28)

    def call():
        with torch.no_grad():
            net(x)

    return call


def hooked():
    net, loss, optimizer = models.mlp()
    for part in net:
        part.register_forward_hook(lambda module, inputs, output: None)

    def step():
        optimizer.zero_grad()
        loss(net).backward()
        optimizer.step()

    return step


def traced():
    step = models.step("mlp")

    def trace(frame, event, argument):
        return trace

    def call():
        sys.settrace(trace)
        step()
        sys.settrace(None)

    return call


def watched(name):
    step = models.step(name)

    def call():
        with torch.autograd.detect_anomaly(check_nan=True):
            step()

    return call


measure("infer_lenet_b1", inference)
measure("hooks_none", lambda: models.step("mlp"))
measure("hooks_forward_hook_each", hooked)
measure("hooks_line_elsewhere", traced)
for name in ("mlp", "gpt"):
    measure(f"hooks_nonfinite_{name}", lambda: watched(name))
