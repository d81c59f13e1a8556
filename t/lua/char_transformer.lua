-- char_transformer.lua - a small transformer over letters learns as PyTorch's does: the same start, text, order and steps
--
-- Read next: t/peer/char_transformer.py, examples/char_transformer.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim = lun.nn, lun.optim

local peer = lun.load((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/char_transformer.safetensors")
local length, batch, size = 16, 8, 32
local ids, losses, state = peer.ids:from_zero_based(), peer.losses:totable(), {}
for name, x in pairs(peer) do
    local own = name:match "^model%.(.+)"
    if own then state[own:gsub("layers%.(%d+)", function(i) return ("layers.%d"):format(i + 1) end)] = x end
end

local kinds = ids:max():item()
local Writer = nn.Module:extend("Writer")
function Writer:init()
    self.letter, self.place = nn.Embedding(kinds, size), nn.Embedding(length, size)
    self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(size, 2, {dim_feedforward = 64, dropout = 0, activation = "gelu",
                                      batch_first = true, norm_first = true}), 2, nn.LayerNorm(size))
    self.head = nn.Linear(size, kinds)
end
function Writer:forward(x)
    local n = x:size(2)
    local mask = nn.Transformer.generate_square_subsequent_mask(n)
    return self.head(self.body(self.letter(x) + self.place(lun.range(1, n):long()), {mask = mask}))
end

local net = Writer()
net:load_state_dict(state)
local optimizer = optim.AdamW(net:parameters(), {lr = 3e-3, weight_decay = 0.01})
local worst, last = 0, nil
for step, wanted in ipairs(losses) do
    local x, y = {}, {}
    for b = 1, batch do
        local start = ((step - 1) * batch + b - 1) * 7 % (#ids - length - 1) + 1
        x[b], y[b] = ids:narrow(1, start, length), ids:narrow(1, start + 1, length)
    end
    local loss = lun.cross_entropy(net(lun.stack(x)):flatten(1, 2), lun.stack(y):flatten())
    optimizer:zero_grad()
    loss:backward()
    optimizer:step()
    last = loss:item()
    worst = math.max(worst, math.abs(last - wanted) / wanted)
end
tap.ok(last < losses[1] * 0.7, ("it learns: %.3f -> %.3f"):format(losses[1], last))
tap.ok(math.abs(last - losses[#losses]) / losses[#losses] < 0.02, ("the final loss is PyTorch's, %.5f and %.5f"):format(last, losses[#losses]))
tap.ok(worst < 0.02, ("and so is every loss before; at most %.2e apart"):format(worst))
tap.done()
