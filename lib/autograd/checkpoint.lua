-- checkpoint.lua - lun.checkpoint(f, ...): f's intermediate values are not kept but computed again when backward needs them
--
-- While f runs, saved values go to hooks that keep only a number each; the first one that is read runs f again, with the random
-- numbers it had, and keeps what is saved then. So gradients have the same bits, dropout included, and checkpoints nest.
-- Read next: lib/autograd.lua (saved_tensors_hooks), lua_bindings/autograd.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.autograd_core"

local function state_of(arguments)
    local versions = {}
    for i = 1, arguments.n do versions[i] = lun.is_tensor(arguments[i]) and arguments[i].version or nil end
    return versions
end

local function check_versions(frame)
    for i = 1, frame.arguments.n do
        if frame.versions[i] and frame.arguments[i].version ~= frame.versions[i] then
            lun.fail("checkpoint", ("argument %d was changed in place since; it cannot be computed again"):format(i),
                "pass x:clone(), or do not write to it before backward", "inplace")
        end
    end
end

local restore = {__close = function(self) lun.set_rng_state(self.state) end}

local function compute_again(frame)
    check_versions(frame)
    local values, n = {}, 0
    local _ <close> = setmetatable({state = lun.get_rng_state()}, restore)
    lun.set_rng_state(frame.state)
    local hooks <close> = core.saved_hooks(function(x)
        n = n + 1
        values[n] = x
        return x
    end, function(x) return x end)
    lun.enable_grad(frame.f, table.unpack(frame.arguments, 1, frame.arguments.n))
    if n ~= frame.count then
        lun.fail("checkpoint", ("computing again saved %d values, the first time %d"):format(n, frame.count),
            "the function must do the same each time it is called", "gradient")
    end
    frame.values = values
end

return function(f, ...)
    local meta = getmetatable(f)
    if type(f) ~= "function" and not (type(meta) == "table" and meta.__call) then
        lun.fail("checkpoint", "a function or a module is needed, got " .. (lun.is_tensor(f) and "a tensor" or type(f)), "lun.checkpoint(net, x)")
    end
    if not lun.is_grad_enabled() then return f(...) end
    local frame = {f = f, arguments = table.pack(...), state = lun.get_rng_state(), count = 0}
    frame.versions = state_of(frame.arguments)
    local hooks <close> = core.saved_hooks(function()
        frame.count = frame.count + 1
        return frame.count
    end, function(k)
        if not frame.values then compute_again(frame) end
        return frame.values[k]
    end)
    return f(...)
end
