-- dead_relu.lua - a bias that nobody meant kills every unit
--
-- commands: diagnose; c
-- finds: they are dead and get no gradient
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
nn.init.constant_(net:parameters()[2], -20)
local opt = optim.SGD(net:parameters(), {lr = 0.01})
for step = 1, 30 do
    opt:zero_grad()
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
