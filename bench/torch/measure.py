# measure.py - how PyTorch's side of a measurement is timed and told: a line "name<TAB>value<TAB>unit" for each workload
#
#   PYTHONPATH=bench/torch python bench/torch/FILE.py THREADS [PATTERN]        THREADS is `cuda` for the files of bench/gpu
#
# The same way of timing as bench/measure.lua. NAME_compiled is the same work under torch.compile, and is measured only with
# LUNETTE_BENCH_COMPILED=1, because compiling takes longer than everything else together. SPDX-License-Identifier: MIT
import gc
import os
import re
import statistics
import sys
import time

import torch

pattern = sys.argv[2] if len(sys.argv) > 2 else ""
device = sys.argv[1] == "cuda"
if device:
    torch.backends.cudnn.allow_tf32 = False  # float32 is float32 on both sides
    torch.set_default_device("cuda")
else:
    torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


def wait():
    if device:
        torch.cuda.synchronize()


def timed(f, count):
    wait()
    start = time.perf_counter()
    for _ in range(count):
        f()
    wait()
    return (time.perf_counter() - start) / count


def seconds_per_call(f):
    for _ in range(3):
        f()
    count = 1
    while timed(f, count) * count < 0.01:
        count *= 2
    return statistics.median(timed(f, count) for _ in range(7))


def wanted(name):
    return re.search(pattern, name) is not None


def tell(name, value, unit):
    print(f"{name}\t{value:.9g}\t{unit}", flush=True)


def measure(name, prepare, calls=1):
    if not wanted(name) or name.endswith("_compiled") and os.environ.get("LUNETTE_BENCH_COMPILED") != "1":
        return
    try:
        tell(name, seconds_per_call(prepare()) / calls, "s")
    except Exception as problem:
        print(f"{name}: {problem}", file=sys.stderr)
    gc.collect()
    if device:
        torch.cuda.empty_cache()


def peak_memory():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) / 1024
