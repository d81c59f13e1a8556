-- autograd.lua - gradients as seen from Lua: backward, modes, hooks, lun.grad
--
-- Read next: lua_bindings/gradients.c, t/core/tape.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = lun or require "lunette"

local function leaf(t) return lun.tensor(t, { dtype = "float32", requires_grad = true }) end

-- backward
do
    local x = leaf { 1, 2, 3 }
    local y = (x * x):sum()
    tap.ok(y:backward() == y, "backward returns the loss")
    tap.is(x.grad, { 2.0, 4.0, 6.0 }, "gradient of x*x")
    tap.fails(function() y:backward() end, "gradient", "retain_graph", "twice needs retain_graph")
    local z = (x * 3):sum()
    z:backward { retain_graph = true }
    z:backward()
    tap.is(x.grad, { 8.0, 10.0, 12.0 }, "gradients add up")
    x.grad = nil
    tap.is(x.grad, nil, "x.grad = nil")
    local v = x * 2
    tap.fails(function() v:backward() end, "gradient", nil, "a vector needs a gradient")
    v:backward(lun.tensor { 1.0, 0.0, 2.0 })
    tap.is(x.grad, { 2.0, 0.0, 4.0 }, "a gradient given positionally")
    x.grad = lun.ones(3)
    tap.is(x.grad, { 1.0, 1.0, 1.0 }, "x.grad can be set")
    tap.fails(function() x.grad = lun.ones(2) end, "shape", "[3]", "but only to its shape")
    tap.fails(function() lun.ones(3):sum():backward() end, "gradient", nil, "nothing to differentiate")
end

-- flags
do
    local x = lun.zeros(2)
    tap.ok(not x.requires_grad and x.is_leaf, "plain tensors")
    tap.ok(x:requires_grad_() == x and x.requires_grad, "requires_grad_")
    local y = x * 2
    tap.ok(y.requires_grad and not y.is_leaf and y.grad_fn == "mul", "a result")
    tap.ok(not y:detach().requires_grad, "detach")
    y:retain_grad()
    y:sum():backward()
    tap.is(y.grad, { 1.0, 1.0 }, "retain_grad")
    x.requires_grad = false
    tap.ok(not x.requires_grad, "requires_grad can be assigned")
    tap.fails(function() lun.tensor { 1, 2 }:requires_grad_() end, nil, "float", "whole numbers have no gradient")
end

-- modes
do
    local x = leaf { 1, 2 }
    local a, b = lun.no_grad(function(k) return x * k, lun.is_grad_enabled() end, 3)
    tap.ok(not a.requires_grad and b == false, "no_grad passes arguments and results")
    tap.ok(lun.is_grad_enabled(), "and ends")
    pcall(lun.no_grad, function() error "x" end)
    tap.ok(lun.is_grad_enabled(), "also after an error")
    do
        local _ <close> = lun.no_grad()
        tap.ok(not (x * 2).requires_grad, "as a guard")
        lun.enable_grad(function() tap.ok((x * 2).requires_grad, "enable_grad inside") end)
    end
    tap.ok(lun.is_grad_enabled(), "the guard ends")
    lun.no_grad(function() x:add_(1) end)
    tap.is(x, { 2.0, 3.0 }, "an update of a leaf")
    tap.fails(function() lun.no_grad(3) end, nil, "function", "no_grad of a number")
end

-- lun.grad
do
    local x, y = leaf { 1, 2 }, leaf { 3, 4 }
    local z = (x * y):sum()
    local gx, gy = table.unpack(lun.grad(z, { x, y }))
    tap.is(gx, { 3.0, 4.0 }, "lun.grad of a list, first")
    tap.is(gy, { 1.0, 2.0 }, "second")
    tap.is(x.grad, nil, "nothing is accumulated")
    local g = lun.grad((x * x * x):sum(), x, { create_graph = true })
    tap.is(lun.grad(g:sum(), x), { 6.0, 12.0 }, "the second derivative")
    tap.fails(function() lun.grad((x * 2):sum(), y) end, "gradient", nil, "an input that is not reached")
    tap.is(lun.grad((x * 2):sum(), { x, y }, { allow_unused = true })[2], false, "unless allowed: false in a list")
    tap.is(lun.grad((x * 2):sum(), y, { allow_unused = true }), nil, "nil alone")
    tap.is(lun.grad(x * 2, x, { grad_outputs = lun.tensor { 1.0, 10.0 } }), { 2.0, 20.0 }, "grad_outputs")
    local df = lun.grad(function(t, k) return (t ^ 3):sum() * k end)
    local d, value = df(lun.tensor { 1.0, 2.0 }, 2)
    tap.is(d, { 6.0, 24.0 }, "lun.grad(f)")
    tap.is(value:item(), 18.0, "gives f's value too")
    tap.fails(function() lun.grad(z, x, { create_grph = true }) end, "name", "create_graph", "a mistyped option")
end

-- hooks
do
    local x = leaf { 1, 2 }
    local seen
    local handle = x:register_hook(function(g) seen = g:totable() return g * 10 end);
    (x * 3):sum():backward()
    tap.is(seen, { 3.0, 3.0 }, "a hook sees the gradient")
    tap.is(x.grad, { 30.0, 30.0 }, "and may replace it")
    tap.ok(handle:remove(), "remove")
    x.grad = nil;
    (x * 3):sum():backward()
    tap.is(x.grad, { 3.0, 3.0 }, "then it is gone")
    local reason = {}
    x:register_hook(function() error(reason) end)
    local good, problem = pcall(function() (x * 3):sum():backward() end)
    tap.ok(not good and problem == reason, "an error in a hook arrives as it is")
    tap.is((x:detach() + 1):totable(), { 2.0, 3.0 }, "and the session goes on")
    local inner = x:detach():requires_grad_()
    inner:register_hook(function(g) return (g * 2 + 1):cpu():clone() end);
    (inner * 1):sum():backward()
    tap.is(inner.grad, { 3.0, 3.0 }, "ops inside a hook")
    tap.fails(function() x:register_hook(3) end, "argument", "function", "a hook is a function")
end

-- ---- powers: usual exponents have kernels of their own ----

for _, e in ipairs {0, 0.5, 1, 2, 3, -0.5, -1, -2, 2.5} do
    local start = lun.tensor({0.3, 1.0, 1.7, 4.0}, {dtype = "float64"})
    local x, exponent = start:clone():requires_grad_(), lun.full({4}, e, {dtype = "float64"})
    local y = x ^ e
    tap.near(y, start:pow(exponent), 1e-14, ("x ^ %s is pow with a tensor"):format(e))
    y:sum():backward()
    tap.near(x.grad, e * start:pow(exponent - 1), 1e-14, ("its gradient at %s"):format(e))
    tap.near(lun.no_grad(function() return start:clone():pow_(e) end), start:pow(exponent), 1e-14, ("in place at %s"):format(e))
    tap.near(start:half() ^ e, start:pow(exponent), 2e-3, ("in float16 at %s"):format(e))
end

tap.done()
