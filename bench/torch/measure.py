# measure.py - PyTorch's way to run a measurement: its threads, its device, and when its calls are done
#
# THREADS is `cuda` for the files of bench/gpu. Read next: bench/peers/timing.py. SPDX-License-Identifier: MIT
import sys

import timing
import torch
from timing import peak_memory, tell, wanted  # noqa: F401: the files beside this one take them from here

device = sys.argv[1] == "cuda"
if device:
    torch.backends.cudnn.allow_tf32 = False  # float32 is float32 on both sides
    torch.set_default_device("cuda")
else:
    torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


def measure(name, prepare, calls=1):
    if device:
        timing.measure(name, prepare, calls, torch.cuda.synchronize, torch.cuda.empty_cache)
    else:
        timing.measure(name, prepare, calls)
