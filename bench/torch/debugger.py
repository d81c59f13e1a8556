# debugger.py - PyTorch's side of bench/debugger_cost.lua: what looking for NaN costs a training step there
#
#   PYTHONPATH=bench/torch:bench/peers python bench/torch/debugger.py THREADS PAIRS: lines "NAME STATE<TAB>ratio" and "NAME seconds<TAB>s".
#
# A TorchDispatchMode that looks at each result of an op, and detect_anomaly; medians over pairs of an unwatched step and a watched one, as there.
# SPDX-License-Identifier: MIT
import contextlib
import statistics
import sys
import time
import warnings

import models
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

warnings.filterwarnings("ignore", message="Anomaly Detection")


class Checker(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for x in tree_leaves(result):
            if isinstance(x, torch.Tensor) and x.is_floating_point() and not torch.isfinite(x).all():
                raise RuntimeError(f"{func} gave a NaN or an infinity")
        return result


states = {"nothing": contextlib.nullcontext, "checker": Checker, "anomaly": torch.autograd.detect_anomaly}


def timed(step, state):
    with states[state]():
        start = time.perf_counter()
        step()
        return time.perf_counter() - start


def main(threads, pairs):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    for name in ("mlp", "gpt"):
        step, plain = models.step(name), []
        count = pairs if name == "mlp" else max(5, pairs // 8)
        for _ in range(3):
            step()
        for state in ("nothing", "checker", "anomaly"):
            ratios = []
            for k in range(count):
                order = ("nothing", state) if k % 2 else (state, "nothing")
                times = [timed(step, one) for one in order]
                without, watched = times if k % 2 else reversed(times)
                ratios.append(watched / without)
                plain.append(without)
            print(f"{name} {state}\t{statistics.median(ratios)}")
        print(f"{name} seconds\t{statistics.median(plain)}", flush=True)
    x = torch.rand(2**28)
    torch.isnan(x[:100]).sum()
    start = time.perf_counter()
    torch.std_mean(x), torch.aminmax(x), torch.isnan(x).sum(), torch.isinf(x).sum(), (x == 0).sum()
    print(f"gigabyte seconds\t{time.perf_counter() - start}")


main(int(sys.argv[1]), int(sys.argv[2]))
