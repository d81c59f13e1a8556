-- saturated.lua - pixels from 0 to 255 into a sigmoid
--
-- commands: diagnose; c
-- finds: it is saturated and its gradient is nearly 0
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x, y = lun.rand(64, 16) * 255, lun.rand(64, 1)
local net = nn.Sequential(nn.Linear(16, 8), nn.Sigmoid(), nn.Linear(8, 1))
nn.init.normal_(net:parameters()[1], 0, 1)
local opt = optim.SGD(net:parameters(), {lr = 0.01})
for step = 1, 10 do
    opt:zero_grad()
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
