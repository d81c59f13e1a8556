-- nn.lua - networks: modules, layers, losses, initialisation
--
-- nn.Module:extend(name) makes a class; everything else here is one. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn = {Module = require "lunette.nn.module", init = require "lunette.nn.init", functional = require "lunette.nn.functional"}

for _, part in ipairs {"layers", "convolution", "normalisation", "images", "functions", "recurrent", "transformer", "containers", "lazy",
                      "class_losses"} do
    for name, class in pairs(require("lunette.nn." .. part)) do nn[name] = class end
end

--- Marks a tensor as a parameter (a leaf that requires grad) and returns it.
function nn.Parameter(x)
    if not lun.is_tensor(x) then lun.fail("nn.Parameter", "expected a tensor, got " .. tostring(x), "lun.nn.Parameter(lun.randn(3))") end
    return x:detach():requires_grad_()
end

nn.utils = require "lunette.nn.parameters"
nn.utils.prune = require "lunette.nn.prune"
nn.utils.parametrize = require "lunette.nn.parametrize"
nn.utils.parametrizations = require "lunette.nn.parametrizations"

return nn
