-- overwritten.lua - an activation is scaled in place
--
-- commands: catch alias; c
-- finds: saved by exp
-- SPDX-License-Identifier: MIT
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x = lun.randn(4):requires_grad_()
local y = x:exp()
y:mul_(2)
print(pcall(function() y:sum():backward() end))
