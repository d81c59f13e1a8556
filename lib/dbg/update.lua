-- update.lua - what an optimiser is about to do: $update and ratio(update)
--
-- The step is tried on copies of the parameters and of the optimiser's state; the run's own are not touched.
-- Read next: lib/optim/optimizer.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local look = require "lunette.dbg.look"

local function copy(value)
    if lun.is_tensor(value) then return value:detach():clone() end
    if type(value) ~= "table" then return value end
    local made = setmetatable({}, getmetatable(value))
    for key, inner in pairs(value) do made[key] = copy(inner) end
    return made
end

local function stand_in(p)
    local q = p:detach():clone():requires_grad_()
    q.grad = p.grad and p.grad:clone() or nil
    return q
end

-- The sum over all parameters of |after - before|^2 and |before|^2.
local function try_step(optimizer)
    local groups, state = optimizer.param_groups, optimizer.state
    local trial, pairs_of = {}, {}
    for i, group in ipairs(groups) do
        trial[i] = {}
        for key, value in pairs(group) do trial[i][key] = key ~= "params" and copy(value) or nil end
        trial[i].params = {}
        for k, p in ipairs(group.params) do
            trial[i].params[k] = stand_in(p)
            pairs_of[#pairs_of + 1] = {p, trial[i].params[k]}
        end
        setmetatable(trial[i], getmetatable(group))
    end
    local step = core.optimizer_step()
    optimizer.param_groups, optimizer.state = trial, copy(state)
    local ok, why = pcall(optimizer.step, optimizer)
    optimizer.param_groups, optimizer.state = groups, state
    core.optimizer_step(step)
    if not ok then error(("the step could not be tried: %s"):format(tostring(why)), 0) end
    local moved, size = 0, 0
    for _, pair in ipairs(pairs_of) do
        local before = pair[1]:detach()
        moved = moved + core.measure("norm", pair[2]:detach() - before) ^ 2
        size = size + core.measure("norm", before) ^ 2
    end
    return moved, size
end

local function measured(ev)
    if not ev.optimizer then error("this is for a stop at an optimiser's step: b opt", 0) end
    local moved, size = try_step(ev.optimizer)
    return math.sqrt(moved), math.sqrt(size)
end

--- The norm of the change that the step will make.
function look.values.update(ev) return (measured(ev)) end
--- ratio(update): that norm over the norm of the parameters.
function look.values.ratio(ev)
    return function(update)
        local _, size = measured(ev)
        return update / size
    end
end
