-- broadcast.lua - the prediction is [64,1], the target [64]
--
-- commands: catch broadcast; c
-- finds: [64,1] with [64] gives [64,64]: both sides grew
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(64, 4)
local y = x:sum(2) * 0.5
local net = nn.Linear(4, 1)
local opt = optim.SGD(net:parameters(), {lr = 0.01})
for step = 1, 30 do
    opt:zero_grad()
    local loss = ((net(x) - y) ^ 2):mean()
    loss:backward()
    opt:step()
end
