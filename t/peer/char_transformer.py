# char_transformer.py - writes char_transformer.safetensors: 100 steps of a small transformer over letters, for t/lua/char_transformer.lua
#
# The network is that of examples/char_transformer.lua, smaller. The file holds its first weights (letters and positions from 0), the text as
# numbers from 0, and PyTorch's loss at each step. Batch s has the pieces that begin at (8 s + b) * 7 mod (letters - 17), b = 0..7.
# The text is Genesis 1, 1-12 in the King James Version (public domain).
# Run: /tmp/venv-torch/bin/python t/peer/char_transformer.py. Read next: README.md. SPDX-License-Identifier: MIT
import json
import os
import struct

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = """In the beginning God created the heaven and the earth. And the earth was without form, and void; and darkness was upon the face of
the deep. And the Spirit of God moved upon the face of the waters. And God said, Let there be light: and there was light. And God saw the
light, that it was good: and God divided the light from the darkness. And God called the light Day, and the darkness he called Night. And the
evening and the morning were the first day. And God said, Let there be a firmament in the midst of the waters, and let it divide the waters
from the waters. And God made the firmament, and divided the waters which were under the firmament from the waters which were above the
firmament: and it was so. And God called the firmament Heaven. And the evening and the morning were the second day. And God said, Let the
waters under the heaven be gathered together unto one place, and let the dry land appear: and it was so. And God called the dry land Earth;
and the gathering together of the waters called he Seas: and God saw that it was good."""
LENGTH, BATCH, STEPS, SIZE = 16, 8, 100, 32

letters = sorted(set(TEXT))
ids = torch.tensor([letters.index(c) for c in TEXT])


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.letter, self.place = nn.Embedding(len(letters), SIZE), nn.Embedding(LENGTH, SIZE)
        layer = nn.TransformerEncoderLayer(SIZE, 2, 64, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.body = nn.TransformerEncoder(layer, 2, nn.LayerNorm(SIZE), enable_nested_tensor=False)
        self.head = nn.Linear(SIZE, len(letters))

    def forward(self, x):
        n = x.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(n)
        return self.head(self.body(self.letter(x) + self.place(torch.arange(n)), mask=mask))


torch.manual_seed(3)
net = Writer()
tensors = {"model." + k: v.detach().clone() for k, v in net.state_dict().items()}
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
losses = []
for step in range(STEPS):
    starts = [(step * BATCH + b) * 7 % (len(ids) - LENGTH - 1) for b in range(BATCH)]
    x = torch.stack([ids[s:s + LENGTH] for s in starts])
    y = torch.stack([ids[s + 1:s + LENGTH + 1] for s in starts])
    loss = nn.functional.cross_entropy(net(x).flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
tensors["ids"], tensors["losses"] = ids, torch.tensor(losses, dtype=torch.float64)

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
header, data = {}, b""
for name in sorted(tensors):
    x = tensors[name].contiguous()
    raw = x.numpy().tobytes()
    header[name] = {"dtype": TYPES[x.dtype], "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(HERE, "char_transformer.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
print(losses[0], losses[-1])
