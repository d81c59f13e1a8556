-- exploding.lua - a recurrence whose weights are too large
--
-- commands: diagnose; c
-- finds: they explode
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local w = (lun.eye(4) * 3):requires_grad_()
local opt = optim.SGD({w}, {lr = 1e-9})
for step = 1, 3 do
    opt:zero_grad()
    local h = lun.ones(1, 4)
    for t = 1, 20 do h = h:matmul(w) end
    h:sum():backward()
    opt:step()
end
