-- zero_grad.lua - gradients are never cleared
--
-- commands: diagnose; c
-- finds: zero_grad() before each backward
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local net = nn.Linear(4, 1)
local opt = optim.SGD(net:parameters(), {lr = 0.01})
for step = 1, 30 do
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
