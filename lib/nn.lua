-- nn.lua - networks: modules, layers, losses, initialisation
--
-- nn.Module:extend(name) makes a class; everything else here is one. Read next: lib/nn/module.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn = {Module = require "lunette.nn.module", init = require "lunette.nn.init", functional = require "lunette.nn.functional"}

for _, part in ipairs {"layers", "convolution", "normalisation", "images", "functions", "recurrent", "transformer", "containers"} do
    for name, class in pairs(require("lunette.nn." .. part)) do nn[name] = class end
end

--- Marks a tensor as a parameter (a leaf that requires grad) and returns it.
function nn.Parameter(x)
    if not lun.is_tensor(x) then lun.fail("nn.Parameter", "expected a tensor, got " .. tostring(x), "lun.nn.Parameter(lun.randn(3))") end
    return x:detach():requires_grad_()
end

nn.utils = {rnn = require("lunette.nn.packed").rnn}

--- Scales all gradients so that their joint 2-norm is at most max_norm; returns the norm before (a number).
function nn.utils.clip_grad_norm_(parameters, max_norm)
    return lun.no_grad(function()
        local total = 0
        for _, p in ipairs(parameters) do
            if p.grad then total = total + p.grad:norm():item() ^ 2 end
        end
        total = math.sqrt(total)
        local factor = max_norm / (total + 1e-6)
        if factor < 1 then
            for _, p in ipairs(parameters) do
                if p.grad then p.grad:mul_(factor) end
            end
        end
        return total
    end)
end

return nn
