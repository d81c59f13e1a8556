# optim.py - writes optim.lua: 100 steps of PyTorch's optimisers and learning-rate schedules, for t/lua/optim_peer.lua
#
# An optimiser case has a start, the numbers of a gradient a x - b that both sides compute, and the parameter after every 10th of 100
# steps, in float64 and float32. LBFGS walks down a chained Rosenbrock function. A schedule case has the rates of two groups after
# every step (one where both are alike), and the first group's momentum where it cycles. Lion is not in PyTorch: it is written out here
# from algorithm 2 of Chen et al. 2023.
# Holds: the options stand once, as Python's; the same PyTorch gives the same bytes.
# Run: /tmp/venv-torch/bin/python t/peer/optim.py. Read next: training.py, README.md.
# SPDX-License-Identifier: MIT
import os

import torch
from torch.optim import lr_scheduler as lrs
from torch.optim.swa_utils import SWALR

HERE = os.path.dirname(os.path.abspath(__file__))


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            (beta1, beta2), lr = group["betas"], group["lr"]
            for p in group["params"]:
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                update = (beta1 * m + (1 - beta1) * p.grad).sign()
                p.sub_(lr * (update + group["weight_decay"] * p))
                m.mul_(beta2).add_((1 - beta2) * p.grad)


OPTIMISERS = [
    ("SGD", {"lr": 0.05, "momentum": 0.9, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05}), ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.02}), ("Adam", {"lr": 0.01, "maximize": True}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "maximize": True}), ("AdamW", {"lr": 0.05, "amsgrad": True, "betas": (0.5, 0.9)}),
    ("Adamax", {}), ("Adamax", {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.1, "eps": 1e-4}), ("Adamax", {"lr": 0.05, "maximize": True}),
    ("NAdam", {}), ("NAdam", {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.1, "momentum_decay": 0.01}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {}), ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.2, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
    ("Adagrad", {"maximize": True}),
    ("Adadelta", {}), ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1}), ("Adadelta", {"maximize": True}),
    ("RMSprop", {}), ("RMSprop", {"lr": 0.004, "alpha": 0.95, "eps": 0.1, "weight_decay": 0.1, "momentum": 0.5}),
    ("RMSprop", {"lr": 0.005, "centered": True, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.005, "centered": True, "eps": 1e-2, "momentum": 0.3, "maximize": True}),
    ("Rprop", {}), ("Rprop", {"lr": 0.05, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.5)}), ("Rprop", {"maximize": True, "step_sizes": (1e-6, 0.1)}),
    ("ASGD", {}), ("ASGD", {"lr": 0.05, "lambd": 0.01, "alpha": 0.6, "t0": 20.0, "weight_decay": 0.1}), ("ASGD", {"maximize": True}),
    ("Lion", {"lr": 0.01}), ("Lion", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("Adafactor", {}), ("Adafactor", {"lr": 0.02, "beta2_decay": -0.5, "eps": (1e-3, 0.01), "d": 1.5, "weight_decay": 0.1}),
    ("Adafactor", {"maximize": True}),
    ("Muon", {}), ("Muon", {"lr": 0.02, "momentum": 0.8, "nesterov": False, "weight_decay": 0.0, "adjust_lr_fn": "match_rms_adamw"}),
    ("Muon", {"lr": 0.02, "ns_steps": 3, "ns_coefficients": (3.0, -4.0, 2.0), "eps": 1e-6, "adjust_lr_fn": "original"}),
]
MATRICES = {"Adafactor", "Muon"}

LBFGS = [
    {"max_iter": 3}, {"lr": 0.5, "max_iter": 4, "history_size": 3}, {"lr": 1.0, "max_iter": 4, "line_search_fn": "strong_wolfe"},
    {"max_iter": 8, "max_eval": 9, "history_size": 2, "line_search_fn": "strong_wolfe"},
    {"lr": 0.001, "max_iter": 20, "tolerance_grad": 0.5, "tolerance_change": 1e-4},
]


class Code(str):  # the same text is a function in Lua and, translated, in Python
    pass


def function(lua, python):
    code = Code(lua)
    code.python = python
    return code


SCHEDULES = [
    ("LambdaLR", {"lr_lambda": function("function(e) return 0.95 ^ e end", lambda e: 0.95 ** e)}),
    ("LambdaLR", {"lr_lambda": [function("function(e) return 1 / (1 + e) end", lambda e: 1 / (1 + e)),
                                function("function(e) return e // 30 end", lambda e: e // 30)]}),
    ("MultiplicativeLR", {"lr_lambda": function("function(e) return e % 2 == 0 and 0.9 or 1.05 end", lambda e: 0.9 if e % 2 == 0 else 1.05)}),
    ("StepLR", {"step_size": 30}), ("StepLR", {"step_size": 7, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [30, 80]}), ("MultiStepLR", {"milestones": [5, 50, 50], "gamma": 0.3}),
    ("ConstantLR", {}), ("ConstantLR", {"factor": 0.5, "total_iters": 40}),
    ("LinearLR", {}), ("LinearLR", {"start_factor": 0.05, "end_factor": 0.8, "total_iters": 60}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 50}),
    ("ExponentialLR", {"gamma": 0.97}),
    ("PolynomialLR", {}), ("PolynomialLR", {"total_iters": 80, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 100}), ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.001}),
    ("CosineAnnealingWarmRestarts", {"T_0": 10}), ("CosineAnnealingWarmRestarts", {"T_0": 7, "T_mult": 2, "eta_min": 0.002}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 13}),
    ("CyclicLR", {"base_lr": [0.01, 0.02], "max_lr": [0.1, 0.3], "step_size_up": 10, "step_size_down": 20, "mode": "triangular2"}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 20, "mode": "exp_range", "gamma": 0.98, "cycle_momentum": False}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 20, "base_momentum": 0.5, "max_momentum": 0.95, "scale_mode": "iterations",
                  "scale_fn": function("function(x) return 1 / (1 + x) end", lambda x: 1 / (1 + x))}),
    ("OneCycleLR", {"max_lr": 0.3, "total_steps": 100}),
    ("OneCycleLR", {"max_lr": [0.3, 0.1], "epochs": 11, "steps_per_epoch": 10, "pct_start": 0.25, "anneal_strategy": "linear", "three_phase": True,
                    "div_factor": 10.0, "final_div_factor": 100.0, "base_momentum": 0.7, "max_momentum": 0.9}),
    ("SWALR", {"swa_lr": 0.05}), ("SWALR", {"swa_lr": [0.05, 0.2], "anneal_epochs": 30, "anneal_strategy": "linear"}),
]

# Made of others: constructor's name, the parts, milestones.
COMBINED = [
    ("SequentialLR", [("LinearLR", {"start_factor": 0.1, "total_iters": 10}), ("CosineAnnealingLR", {"T_max": 90})], [10]),
    ("SequentialLR", [("ConstantLR", {"factor": 0.1, "total_iters": 20}), ("ExponentialLR", {"gamma": 0.9}), ("StepLR", {"step_size": 9})],
     [20, 60]),
    ("SequentialLR", [("ExponentialLR", {"gamma": 0.9}), ("LinearLR", {"total_iters": 20}), ("PolynomialLR", {"total_iters": 30}),
                      ("CosineAnnealingWarmRestarts", {"T_0": 8})], [10, 40, 75]),
    ("SequentialLR", [("ExponentialLR", {"gamma": 0.9}),
                      ("LambdaLR", {"lr_lambda": function("function(e) return 0.95 ^ e end", lambda e: 0.95 ** e)}),
                      ("MultiStepLR", {"milestones": [10, 20]})], [25, 50]),
    ("ChainedScheduler", [("ConstantLR", {"factor": 0.1, "total_iters": 20}), ("ExponentialLR", {"gamma": 0.9})], None),
    ("ChainedScheduler", [("LinearLR", {"total_iters": 30}), ("StepLR", {"step_size": 25}), ("CosineAnnealingLR", {"T_max": 60})], None),
]

PLATEAU = [
    {"patience": 3}, {"mode": "max", "factor": 0.5, "patience": 2, "threshold": 0.05, "threshold_mode": "abs", "cooldown": 4, "min_lr": 0.01},
    {"factor": 0.3, "patience": 0, "threshold": 0.1, "min_lr": [0.0, 0.05], "eps": 1e-3}, {"mode": "max", "patience": 1},
]


def lua(value):
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, bool) or value is None:
        return "nil" if value is None else str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + "}"
    return repr(value)


def python(value):
    if isinstance(value, Code):
        return value.python
    return [python(v) for v in value] if isinstance(value, list) else value


def arguments(options):
    return {k: python(v) for k, v in options.items()}


def numbers(values, digits=17):
    return "{" + ",".join(f"{float(v):.{digits}g}" for v in values) + "}"


def walk(name, options, start, a, b):
    x = start.clone().requires_grad_()
    optimiser, rows = (Lion if name == "Lion" else getattr(torch.optim, name))([x], **options), []
    for step in range(1, 101):
        x.grad = a * x.detach() - b
        optimiser.step()
        if step % 10 == 0:
            rows.extend(x.detach().flatten().tolist())
    return rows


def optimiser_case(out, i, name, options, shape):
    torch.manual_seed(400 + i)
    a, b, start = torch.rand(shape) + 0.1, torch.randn(shape), torch.randn(shape)
    out.write(f'{{name = "{name}", options = {lua(options)}, shape = {lua(list(shape))}, start = {numbers(start.flatten(), 9)},\n'
              f"  a = {numbers(a.flatten(), 9)}, b = {numbers(b.flatten(), 9)},\n"
              f"  float64 = {numbers(walk(name, options, start.double(), a.double(), b.double()))},\n"
              f"  float32 = {numbers(walk(name, options, start, a, b), 9)}}},\n")


def lbfgs_case(out, options):
    rows = []
    x = torch.tensor([-1.2, 1.0, 0.5, -0.3], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], **options)
    losses = []

    def closure():
        optimiser.zero_grad()
        loss = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        loss.backward()
        return loss

    for _ in range(8):
        losses.append(optimiser.step(closure).item())
        rows.extend(x.detach().tolist())
    out.write(f"{{options = {lua(options)}, evaluations = {optimiser.state[x]['func_evals']},\n"
              f"  losses = {numbers(losses)},\n  steps = {numbers(rows)}}},\n")


def two_groups(momentum):
    p, q = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    return torch.optim.SGD([{"params": [p]}, {"params": [q], "lr": 0.3}], lr=0.1, momentum=momentum)


def make(optimiser, name, options):
    return (SWALR if name == "SWALR" else getattr(lrs, name))(optimiser, **arguments(options))


def rates(optimiser, step):
    rows, momenta = [], []
    for epoch in range(100):
        rows.extend(g["lr"] for g in optimiser.param_groups)
        momenta.append(optimiser.param_groups[0]["momentum"])
        optimiser.step()
        step(epoch)
    return numbers(rows), numbers(momenta)


def schedule_case(out, name, options):
    optimiser = two_groups(0.9)
    schedule = make(optimiser, name, options)
    rows, momenta = rates(optimiser, lambda _: schedule.step())
    cycles = f",\n  momenta = {momenta}" if options.get("cycle_momentum", name in ("CyclicLR", "OneCycleLR")) else ""
    out.write(f'{{name = "{name}", options = {lua(options)},\n  rates = {rows}{cycles}}},\n')


def combined_case(out, name, parts, milestones):
    optimiser = two_groups(0.9)
    children = [make(optimiser, *part) for part in parts]
    schedule = lrs.SequentialLR(optimiser, children, milestones) if milestones else lrs.ChainedScheduler(children, optimiser)
    rows, _ = rates(optimiser, lambda _: schedule.step())
    texts = ", ".join(f'{{"{n}", {lua(o)}}}' for n, o in parts)
    out.write(f'{{name = "{name}", parts = {{{texts}}}, milestones = {lua(milestones)},\n  rates = {rows}}},\n')


def plateau_case(out, i, options):
    torch.manual_seed(500 + i)
    metrics = (torch.rand(100) * 0.2 + torch.linspace(1, 0.6, 100)).tolist()
    optimiser = two_groups(0.9)
    schedule = lrs.ReduceLROnPlateau(optimiser, **options)
    rows, _ = rates(optimiser, lambda epoch: schedule.step(metrics[epoch]))
    out.write(f"{{options = {lua(options)}, metrics = {numbers(metrics, 9)},\n  rates = {rows}}},\n")


def main():
    with open(os.path.join(HERE, "optim.lua"), "w", encoding="ascii") as out:
        out.write(f"-- optim.lua - 100 steps of PyTorch's optimisers and learning-rate schedules\n"
                  f"-- Written by t/peer/optim.py from PyTorch {torch.__version__.split('+')[0]}; do not edit.\n"
                  "-- SPDX-License-Identifier: MIT\nreturn {\noptimisers = {\n")
        for i, (name, options) in enumerate(OPTIMISERS):
            for shape in [(4, 2), (2, 3)] if name in MATRICES else [(6,)]:
                optimiser_case(out, i, name, options, shape)
            if name == "Adafactor":
                optimiser_case(out, i, name, options, (6,))
        out.write("},\nlbfgs = {\n")
        for options in LBFGS:
            lbfgs_case(out, options)
        out.write("},\nschedules = {\n")
        for name, options in SCHEDULES:
            schedule_case(out, name, options)
        out.write("},\ncombined = {\n")
        for row in COMBINED:
            combined_case(out, *row)
        out.write("},\nplateau = {\n")
        for i, options in enumerate(PLATEAU):
            plateau_case(out, i, options)
        out.write("},\n}\n")


main()
