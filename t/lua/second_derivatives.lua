-- second_derivatives.lua - backward through backward, for every row of the op table
--
-- For each differentiable row and each float argument: the gradient of (gradient . fixed weights) agrees with differences of the
-- gradient, in float64. And: chains of derivatives, and a graph deeper than any stack.
-- Holds: no op is special. Read next: t/rows.lua, core/backward.h, core/expression.h; lua/autograd.lua for the rest of autograd.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local rows = require "rows"

local function leaf(values) return lun.tensor(values, { dtype = "float64", requires_grad = true }) end

do
    local x = leaf { 3 }
    local g1 = lun.grad((x ^ 3):sum(), x, { create_graph = true })
    local g2 = lun.grad(g1:sum(), x, { create_graph = true })
    tap.near(g2, { 18.0 }, 1e-12, "second derivative of x^3")
    tap.near(lun.grad(g2:sum(), x), { 6.0 }, 1e-12, "third")
    local s = leaf { 0.3, -0.7 }
    local d = s:sin()
    for _ = 1, 4 do d = lun.grad(d:sum(), s, { create_graph = true }) end
    tap.near(d, { math.sin(0.3), math.sin(-0.7) }, 1e-12, "fourth derivative of sin is sin")
end

do
    local x = lun.tensor({ 1.0 }, { requires_grad = true })
    local y = x
    for _ = 1, 200000 do y = y + 1 end
    y:sum():backward()
    tap.is(x.grad, { 1.0 }, "backward through 200,000 nodes")
    y = nil
    collectgarbage()
    tap.ok(true, "and they are freed without recursion")
end

-- in-place ops in a graph
do
    local x = leaf { 1, 2 }
    local y = x * 1
    local z = y * y
    y:add_(1)
    tap.fails(function() z:sum():backward() end, nil, "in place", "a saved value changed in place is an error")
    local c = leaf { 1, 2, 3, 4 }
    local d = c * 1
    d:view(2, 2)[2]:mul_(5)
    d["1:2"] = 5
    d:sum():backward()
    tap.is(c.grad, { 0.0, 0.0, 5.0, 5.0 }, "writing through a view and assigning to a part are recorded")
end

-- The gradient of argument `slot`, weighted and summed: a number, or with `again` the argument and that sum's own gradient.
local function first(row, slot, values, again)
    local args = rows.sample(row.sample, rows.wide)
    local target = rows.float_slots(args)[slot]
    local x = values and rows.from_flat(values, target.holder[target.key]) or target.holder[target.key]:detach():clone()
    x:requires_grad_()
    target.holder[target.key] = x
    local loss = rows.weighted(row, rows.prepared(row, args))
    if not loss or not loss.requires_grad then return end
    local g = lun.grad(loss, x, { create_graph = again, allow_unused = true })
    if not g then return end
    local weights = {}
    for i = 1, g:numel() do weights[i] = math.cos(1.3 * i) end
    local total = (g * rows.from_flat(weights, g)):sum()
    if not again then return total:item() end
    if not total.requires_grad then return x, nil end
    return x, lun.grad(total, x, { allow_unused = true })
end

local function wrong_second(row, slot)
    local x, second = first(row, slot, nil, true)
    if not x then return end
    local values, step = rows.flat(x:detach()), 1e-5
    local got = second and rows.flat(second) or {}
    for i = 1, math.min(#values, 8) do
        local keep = values[i]
        values[i] = keep + step
        local above = first(row, slot, values, false)
        values[i] = keep - step
        local below = first(row, slot, values, false)
        values[i] = keep
        local numeric = (above - below) / (2 * step)
        if not tap.close(got[i] or 0, numeric, 1e-4) then
            return ("argument %d, element %d: backward gives %s, differences give %.9g"):format(slot, i, got[i], numeric)
        end
    end
end

-- Rows without a second derivative: asking for it is an error that names the row.
local without = { standard_gamma = true }

for _, row in ipairs(rows.sampled()) do
    if row.differentiable and without[row.name] then
        local good, problem = pcall(wrong_second, row, 1)
        tap.ok(not good and tostring(problem):find(row.name .. " has no second derivative", 1, true),
            row.label .. ": asking for the second derivative raises by name")
    elseif row.differentiable then
        local problem
        for slot = 1, #rows.float_slots(rows.sample(row.sample, rows.wide)) do
            local good, wrong = pcall(wrong_second, row, slot)
            problem = problem or (not good and "raised: " .. tostring(wrong)) or wrong or nil
        end
        local name = row.label .. ": second derivative = differences of the first"
        if problem then tap.fail(name, problem) else tap.ok(true, name) end
    end
end
tap.done()
