-- unused_class.lua - ten digits, eleven outputs
--
-- commands: diagnose; c
-- finds: class 11 never came
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x, labels = lun.randn(300, 6), lun.randint(1, 11, {300})
local net = nn.Linear(6, 11)
local opt = optim.SGD(net:parameters(), {lr = 0.1})
for step = 1, 5 do
    opt:zero_grad()
    local loss = nn.functional.cross_entropy(net(x), labels)
    loss:backward()
    opt:step()
end
