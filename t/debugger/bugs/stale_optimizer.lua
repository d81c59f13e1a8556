-- stale_optimizer.lua - a layer is replaced after the optimiser was made
--
-- commands: diagnose; c
-- finds: no optimiser has it: it never changes
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = (x:sum(2) * 0.5):unsqueeze(2)
local net = nn.Sequential({{"fc1", nn.Linear(4, 8)}, {"fc2", nn.Linear(8, 1)}})
local opt = optim.SGD(net:parameters(), {lr = 0.01})
net.fc2 = nn.Linear(8, 1)
for step = 1, 10 do
    opt:zero_grad()
    local loss = nn.functional.mse_loss(net(x), y)
    loss:backward()
    opt:step()
end
