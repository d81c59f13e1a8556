-- learning_rate.lua - the learning rate is ten times too high
--
-- commands: diagnose; c
-- finds: the learning rate is too high
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local net = nn.Linear(4, 1)
local opt = optim.SGD(net:parameters(), {lr = 3})
for step = 1, 20 do
    opt:zero_grad()
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
