# memory.py - PyTorch's side of bench/cpu/memory.lua. SPDX-License-Identifier: MIT
import torch

import models
from measure import measure, peak_memory, tell, wanted


def peak(name, prepare, growth=False):
    if not wanted(name):
        return
    run = prepare()
    before = peak_memory() if growth else 0
    run()
    tell(name, peak_memory() - before, "MB")


def temporaries():
    x = torch.rand(1_000_000)

    def run():
        for _ in range(10000):
            x + 1

    return run


def steps(name):
    step = models.step(name)

    def run():
        for _ in range(10):
            step()

    return run


peak("mem_tmp10000", temporaries, growth=True)
peak("mem_gpt_step", lambda: models.step("gpt"), growth=True)
for name in ("mlp", "gpt"):
    peak(f"mem_peak_{name}", lambda: steps(name))


class Images(torch.utils.data.Dataset):
    def __init__(self):
        self.images, self.labels = torch.randint(0, 256, (60000, 784), dtype=torch.uint8), torch.randint(0, 10, (60000,))

    def __len__(self):
        return 60000

    def __getitem__(self, i):
        return self.images[i].float() / 255, self.labels[i]


def epoch():
    loader = torch.utils.data.DataLoader(Images(), batch_size=128, shuffle=True)

    def run():
        for _ in loader:
            pass

    return run


measure("data_epoch_60000x784", epoch)
