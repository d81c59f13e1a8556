-- softmax_dim.lua - softmax over the batch
--
-- commands: diagnose; c
-- finds: the columns sum to 1, the rows do not
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x, labels = lun.randn(32, 4), lun.randint(1, 4, {32})
local net = nn.Linear(4, 3)
local opt = optim.SGD(net:parameters(), {lr = 0.1})
for step = 1, 10 do
    opt:zero_grad()
    local p = net(x):softmax(1)
    local loss = nn.functional.nll_loss(p:log(), labels)
    loss:backward()
    opt:step()
end
