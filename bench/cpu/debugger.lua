-- debugger.lua - what the debugger costs: armed with breakpoints that never match, and a step back beside a forward pass
--
-- hooks_nonfinite is in training.lua, where PyTorch has a like. Read next: doc/debugger.md. SPDX-License-Identifier: MIT
local measure = require "measure"
local models = require "models"
local lun = require "lunette"
local dbg = require "lunette.dbg"
local core = require "lunette.dbg_core"

for _, name in ipairs {"mlp", "gpt"} do
    measure.watched("hooks_unarmed_" .. name, "hooks_never_" .. name, function()
        return models.step(name), function()
            dbg.bp "op:cholesky"
            dbg.bp "mod:nowhere"
            dbg.bp("op:matmul", {cond = "ndim(in1) > 7"})
        end, dbg.off
    end)
end

-- Twenty of each: forward passes, and steps back from the last op of one.
local often = 20
local function mlp()
    local net, x = models.mlp_net(), lun.rand(64, 784)
    return net, x
end
measure("hooks_forward_mlp", function()
    local net, x = mlp()
    return function()
        for _ = 1, often do net(x) end
    end
end)
measure("hooks_reverse_mlp", function()
    local net, x = mlp()
    local left = 0
    core.on_stop(function(ev)
        if left == 0 or not ev.breakpoint then return "go", {}, {} end
        left = left - 1
        core.rewind((core.steps()) - 1)
    end)
    dbg.bp("op:linear", {cond = "size(in2, 1) == 10"}) -- the last op
    return function()
        left = often
        dbg.replayable(function() net(x) end)
    end
end)
core.on_stop(dbg.stopped)
dbg.off()
