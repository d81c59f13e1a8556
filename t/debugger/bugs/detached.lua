-- detached.lua - a detach that was left from an experiment
--
-- commands: diagnose; c
-- finds: its gradient ends at detach
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local first, second = nn.Linear(4, 8), nn.Linear(8, 1)
local params = first:parameters()
for _, p in ipairs(second:parameters()) do params[#params + 1] = p end
local opt = optim.SGD(params, {lr = 0.01})
for step = 1, 10 do
    opt:zero_grad()
    local h = first(x):relu()
    local loss = nn.functional.mse_loss(second(h:detach()), y)
    loss:backward()
    opt:step()
end
