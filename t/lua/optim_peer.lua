-- optim_peer.lua - optimisers and learning-rate schedules over 100 steps, number by number as PyTorch's
--
-- Read next: t/peer/optim.py, lib/optim/lr_scheduler.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local optim = require "lunette.optim"
local lr_scheduler = optim.lr_scheduler

local peer = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/optim.lua")

local function as_text(value)
    if type(value) == "string" then return value end
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    for i, v in ipairs(value) do parts[i] = as_text(v) end
    for key, v in pairs(value) do
        if type(key) == "string" then parts[#parts + 1] = key .. "=" .. as_text(v):gsub("^function.*", "f") end
    end
    table.sort(parts)
    return "{" .. table.concat(parts, " ") .. "}"
end

local function largest_difference(got, want, relative)
    local worst = #got == #want and 0 or math.huge
    for i, x in ipairs(got) do
        local difference = math.abs(x - want[i]) / (relative and math.max(math.abs(want[i]), 1e-12) or math.max(1, math.abs(want[i])))
        worst = difference <= worst and worst or difference == difference and difference or math.huge
    end
    return worst
end

local function near(got, want, tolerance, name, relative)
    local worst = largest_difference(got, want, relative)
    if worst <= tolerance then return tap.ok(true, name) end
    return tap.fail(name, ("differs by %g, more than %g"):format(worst, tolerance))
end

-- ---- optimisers ----

local function walk(case, dtype)
    local function tensor(data) return lun.tensor(data, {dtype = "float32"}):to(dtype):reshape(case.shape) end
    local x, a, b, rows = tensor(case.start):requires_grad_(), tensor(case.a), tensor(case.b), {}
    local optimizer = optim[case.name]({x}, case.options)
    for step = 1, 100 do
        x.grad = lun.no_grad(function() return a * x - b end)
        optimizer:step()
        if step % 10 == 0 then
            local values = x:detach():flatten():totable()
            table.move(values, 1, #values, #rows + 1, rows)
        end
    end
    return rows
end

for _, case in ipairs(peer.optimisers) do
    local name = case.name .. as_text(case.options) .. "[" .. table.concat(case.shape, ",") .. "]"
    near(walk(case, "float64"), case.float64, 1e-10, name .. ": 100 steps in float64")
    near(walk(case, "float32"), case.float32, 1e-5, name .. ": 100 steps in float32")
end

for _, case in ipairs(peer.lbfgs) do
    local x = lun.tensor({-1.2, 1.0, 0.5, -0.3}, {dtype = "float64"}):requires_grad_()
    local optimizer, losses, rows = optim.LBFGS({x}, case.options), {}, {}
    for step = 1, 8 do
        losses[step] = optimizer:step(function()
            optimizer:zero_grad()
            local head, tail = x:narrow(1, 1, 3), x:narrow(1, 2, 3)
            local loss = (100 * (tail - head ^ 2) ^ 2 + (1 - head) ^ 2):sum()
            loss:backward()
            return loss
        end):item()
        table.move(x:detach():totable(), 1, 4, #rows + 1, rows)
    end
    local name = "LBFGS" .. as_text(case.options)
    near(losses, case.losses, 1e-8, name .. ": losses of 8 steps")
    near(rows, case.steps, 1e-8, name .. ": parameters")
    tap.is(optimizer.state[1].func_evals, case.evaluations, name .. ": as many evaluations")
end

-- ---- schedules ----

local function two_groups()
    return optim.SGD({{params = {lun.zeros(1):requires_grad_()}}, {params = {lun.zeros(1):requires_grad_()}, lr = 0.3}}, {lr = 0.1, momentum = 0.9})
end

-- The rates of both groups and the momentum of the first before each of 100 steps. At epoch `break_at` another optimiser and
-- schedule, made by `make`, take over the state.
local function rates(make, step, break_at)
    local optimizer, schedule = make()
    local rows, momenta = {}, {}
    for epoch = 1, 100 do
        if epoch == break_at then
            local saved, saved_optimizer = schedule:state_dict(), optimizer:state_dict()
            optimizer, schedule = make()
            optimizer:load_state_dict(saved_optimizer)
            schedule:load_state_dict(saved)
        end
        local last = schedule:get_last_lr()
        for i, group in ipairs(optimizer.param_groups) do
            rows[#rows + 1] = group.lr
            if last[i] ~= group.lr then rows[#rows] = 0 / 0 end
        end
        momenta[epoch] = optimizer.param_groups[1].momentum
        step(schedule, epoch)
    end
    return rows, momenta
end

local function check_rates(case, name, make, step)
    step = step or function(schedule) schedule:step() end
    local rows, momenta = rates(make, step)
    near(rows, case.rates, 1e-12, name)
    if case.momenta then near(momenta, case.momenta, 1e-12, name .. ": momentum") end
    near(rates(make, step, 38), case.rates, 1e-12, name .. ": saved and resumed")
end

for _, case in ipairs(peer.schedules) do
    check_rates(case, case.name .. as_text(case.options), function()
        local optimizer = two_groups()
        return optimizer, lr_scheduler[case.name](optimizer, case.options)
    end)
end

for _, case in ipairs(peer.combined) do
    check_rates(case, case.name .. as_text(case.parts), function()
        local optimizer, children = two_groups(), {}
        for i, part in ipairs(case.parts) do children[i] = lr_scheduler[part[1]](optimizer, part[2]) end
        if case.milestones then return optimizer, lr_scheduler.SequentialLR(optimizer, children, case.milestones) end
        return optimizer, lr_scheduler.ChainedScheduler(children, optimizer)
    end)
end

for _, case in ipairs(peer.plateau) do
    check_rates(case, "ReduceLROnPlateau" .. as_text(case.options), function()
        local optimizer = two_groups()
        return optimizer, lr_scheduler.ReduceLROnPlateau(optimizer, case.options)
    end, function(schedule, epoch) schedule:step(case.metrics[epoch]) end)
end

tap.done()
