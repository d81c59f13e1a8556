-- dropout_in_evaluation.lua - net:eval() is missing
--
-- commands: diagnose; c
-- finds: net:eval() makes it quiet
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local net = nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.Linear(16, 1))
local opt = optim.SGD(net:parameters(), {lr = 0.01})
for step = 1, 10 do
    opt:zero_grad()
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
lun.no_grad(function() print("test loss", nn.functional.mse_loss(net(x), y):item()) end)
