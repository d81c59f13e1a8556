-- birth.lua - where the first NaN or infinity of a computation comes from
--
-- The computation runs again under the debugger's `catch nonfinite`. Holds: the run's random numbers stay where they were.
-- Read next: debugger/stop.c, lib/train/run.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local there, core = pcall(require, "lunette.dbg_core") -- not in a build without the debugger
local dbg = there and require "lunette.dbg"
local batches = require "lunette.train.batches"
local birth = {}

--- How many values of a tensor are NaN or infinite.
function birth.count(x)
    if not x:is_floating_point() then return 0 end
    return x:numel() - lun.no_grad(function() return x:isfinite():sum():item() end)
end

--- The name and number of bad values of the first tensor that has some, from {{name, tensor}, ...}.
function birth.first_bad(list)
    for _, pair in ipairs(list) do
        local n = birth.count(pair[2])
        if n > 0 then return pair[1], n end
    end
end

local function described(ev)
    local shapes = {}
    for i = 1, ev.inputs.n or #ev.inputs do
        local x = ev.inputs[i]
        if lun.is_tensor(x) then shapes[#shapes + 1] = ("%s[%s]"):format(x.dtype, table.concat(x.shape, ",")) end
    end
    local op = ev.node_op and ("the gradient of %s (op %s)"):format(ev.node_op, ev.op) or "op " .. ev.op
    local module = ev.node_module or ev.module
    return ("%s%s, of %s"):format(op, module and (" in %s"):format(module) or "", #shapes > 0 and table.concat(shapes, ", ")
            or "no tensors")
end

--- Runs f and says in words which op made the first NaN or infinity out of finite numbers; nil when none did, or nobody can tell.
function birth.of(f)
    if not dbg then return nil end
    local found
    local id = core.add("nonfinite", true, false, false)
    local before = lun.get_rng_state()
    local _ <close> = setmetatable({}, {__close = function()
        core.remove(id)
        core.on_stop(dbg.stopped)
        lun.set_rng_state(before)
    end})
    core.on_stop(function(ev)
        if ev.reason == "nonfinite" and not found then found = described(ev) end
        return "go"
    end)
    core.new_run()
    pcall(f)
    return found
end

--- The parts of a batch that hold NaN or infinity, in words; nil when all are finite.
function birth.in_data(parts)
    for k, part in ipairs(parts) do
        local bad = 0
        batches.each(part, function(x) bad = bad + birth.count(x) end)
        if bad > 0 then return ("part %d of the batch holds %d values that are NaN or infinite"):format(k, bad) end
    end
end

return birth
