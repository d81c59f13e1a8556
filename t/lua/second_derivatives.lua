-- second_derivatives.lua - backward through backward, for every row of the op table
--
-- gradgradcheck for each differentiable row: the gradient of (gradient . fixed weights) agrees with differences of the gradient, in
-- float64. And: chains of derivatives, and a graph deeper than any stack.
-- Holds: no op is special but those in `without`. Read next: t/variants.lua, core/backward.h, core/expression.h; lua/autograd.lua for the rest of autograd.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local variants = require "variants"

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

-- Rows without a second derivative, and why; each raises an error that names it.
local without = {
    standard_gamma = "the derivative of an implicit gradient has no closed form, and PyTorch has none either",
    ctc_loss = "its gradient is a recursion of its own, and PyTorch has none either",
}
-- Rows whose gradient is by definition not that of their value, so that differences say nothing.
local defined = { complete_box_iou = "the weight of its last term counts as a constant" }

-- The phase of each complex vector is free, and a sum of vectors depends on it.
local phases = { eig = true, eigh = true, svd = true }

-- gradgradcheck of the row's samples and the strided ones; nil, or the first difference. Then the number of checks.
local function wrong_second(row)
    local checked, problem = 0, nil
    variants.each(row, function(label, f, leaves, derived)
        if phases[row.name] and label:find "complex" then return end
        if problem or (derived and not label:find "strided" and not label:find "complex") or variants.state(f, leaves) ~= "differentiable" then return end
        local ran, good, why = pcall(lun.autograd.gradgradcheck, f, leaves,
            { raise_exception = false, eps = 1e-5, atol = 1e-4, max_elements = 8 })
        if not ran and label:find "complex" and tostring(good):find("not for complex", 1, true) then return end -- said by name
        if not ran then error(good, 0) end
        checked = checked + 1
        if not good then problem = label .. ": " .. why end
    end)
    return problem, checked
end

local function second_refused(row)
    local named
    variants.each(row, function(_, f, leaves)
        if named == nil and variants.state(f, leaves) == "differentiable" then
            local good, why = pcall(lun.autograd.gradgradcheck, f, leaves)
            named = not good and tostring(why):find(row.name, 1, true) ~= nil
        end
    end)
    return named
end

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end
for _, row in ipairs(lun.ops()) do
    if row.differentiable and not defined[row.name] and (not next(only) or only[row.name]) then
        local name = row.name .. ": second derivative = differences of the first"
        if without[row.name] then
            tap.ok(second_refused(row), row.name .. " has no second derivative, and says so")
        else
            local good, problem, checked = pcall(wrong_second, row)
            if not good then tap.fail(name, "raised: " .. tostring(problem))
            elseif problem then tap.fail(name, problem)
            else tap.ok(true, name .. (" (%d)"):format(checked)) end
        end
    end
end
tap.done()
