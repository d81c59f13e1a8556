-- views.lua - views, writes in place and the graph, against PyTorch and by hand
--
-- The programs of t/autograd/views.lua are run: what PyTorch refuses is refused, and what it takes gives its numbers and gradients.
-- Read next: core/views.c, t/autograd/make_views.py. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"

local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local function leaf(values, rows, cols)
    return lun.tensor(values, { dtype = "float64" }):reshape(rows, cols):requires_grad_()
end

local function flat(x)
    return x:detach():reshape(-1):totable()
end

local function run(text)
    local environment = setmetatable({}, { __index = function(_, name) return name == "leaf" and leaf or name == "lun" and lun or nil end })
    local loss, x, w = assert(load(text, "=program", "t", environment))()
    loss:backward()
    local zeros = lun.zeros_like(x)
    return loss:item(), flat(x.grad or zeros), flat(w.grad or zeros)
end

local function wrong(case)
    local good, loss, gx, gw = pcall(run, case[2])
    if case.error then return good and "PyTorch refuses: " .. case.error or nil end
    if not good then return "PyTorch takes it, here: " .. tostring(loss) end
    local function close(a, b) return math.abs(a - b) <= 1e-6 * (1 + math.abs(b)) end
    if not close(loss, case[3]) then return ("loss %.9g, PyTorch has %.9g"):format(loss, case[3]) end
    for k, name in ipairs { "x", "w" } do
        local got, want = ({ gx, gw })[k], case[3 + k]
        for i = 1, #want do
            if not close(got[i], want[i]) then return ("gradient of %s[%d] %.9g, PyTorch has %.9g"):format(name, i, got[i], want[i]) end
        end
    end
end

local cases = dofile(arg and arg[1] or root .. "/t/autograd/views.lua")
local refused = 0
for _, case in ipairs(cases) do
    local problem = wrong(case)
    if case.error then refused = refused + 1 end
    if problem then tap.fail("program " .. case[1], problem, case[2]) end
end
tap.ok(true, ("%d programs, of which PyTorch refuses %d"):format(#cases, refused))

local function vector(values) return lun.tensor(values, { dtype = "float64", requires_grad = true }) end

do -- writes through views
    local x = vector { 1, 2, 3 }
    local y = x * 1
    local v, all = y[1], y:view(3)
    v:mul_(5)
    tap.is(all.grad_fn, "base_view", "another view sees the write")
    local g = lun.grad((all * all):sum(), x, { create_graph = true })
    tap.is(g, { 50.0, 4.0, 6.0 }, "and its gradient")
    tap.is(lun.grad(g:sum(), x, { retain_graph = true }), { 50.0, 2.0, 2.0 }, "and the second derivative")
    y = nil
    collectgarbage();
    (all * 1):sum():backward()
    tap.is(x.grad, { 5.0, 1.0, 1.0 }, "a view outlives its base")
end

do -- what belongs to a tensor moves along with its history
    local x = vector { 1, 2 }
    local y = x * 1
    y:retain_grad()
    y:mul_(3)
    y[1]:mul_(4)
    y:sum():backward()
    tap.is(y.grad, { 1.0, 1.0 }, "retain_grad after writes: the gradient of what y is")
    tap.is(x.grad, { 12.0, 3.0 }, "x's gradient")
    local z = x * 1
    z:retain_grad()
    local kept = z * 1
    z:mul_(2)
    local sum = kept:sum() + z:sum()
    z = nil
    collectgarbage()
    sum:backward()
    tap.ok(true, "a kept gradient whose tensor is gone")
    local seen
    local a = x * 1
    a:register_hook(function(g) seen = g:totable() end)
    a[1]:mul_(7)
    a:sum():backward()
    tap.is(seen, { 7.0, 1.0 }, "a hook stays with the value it was put on")
end

do -- old values that a gradient reads are saved before the write
    local x, w = vector { 2, 3 }, vector { 5, 7 }
    local y = x * 1
    y:mul_(w)
    y:sum():backward()
    tap.is(w.grad, { 2.0, 3.0 }, "mul_ knows what it wrote over")
    y = x * 1
    y:pow_(3)
    tap.is(lun.grad(y:sum(), x), { 12.0, 27.0 }, "pow_ too")
    y = x * 1
    y:mul_(y)
    tap.is(lun.grad(y:sum(), x), { 4.0, 6.0 }, "and x:mul_(x)")
    y = x * 1
    y:normal_()
    tap.is(lun.grad(y:sum(), x), { 0.0, 0.0 }, "what is overwritten by chance gets a gradient of zeros")
end

do -- a leaf's gradient is nobody else's
    local x = vector { 1, 2 }
    local y = x * 1
    local v = x:reshape(-1)
    local sum = x + y;
    ((x * 1):sum() + (y * 3):sum() + (v * 6):sum() + (sum * 8):sum()):backward()
    tap.is(x.grad, { 26.0, 26.0 }, "x + f(x) beside other uses of x")
end

do -- views of the parts of complex numbers
    local z = lun.complex(lun.tensor { 1.0, 2.0 }, lun.tensor { 3.0, 4.0 }):requires_grad_()
    local y = z * 1
    local real, imag = y:real(), y:imag()
    real:mul_(5)
    imag[1] = 7;
    (y:view_as_real():sum()):backward()
    tap.is(z.grad:real(), { 5.0, 5.0 }, "a write into the real part")
    tap.is(z.grad:imag(), { 0.0, 1.0 }, "and into the imaginary one")
    y = z * 1
    real = y:real()
    y:mul_(3)
    tap.is(lun.grad(real:sum(), z):real(), { 3.0, 3.0 }, "a real part is made anew after a write to the whole")
end

do -- what is refused
    local x = vector { 1, 2, 3, 4 }
    local y = x * 1
    tap.fails(function() x[1]:mul_(2) end, "inplace", "leaf", "a view of a leaf")
    tap.fails(function() y:unfold(1, 3, 1):mul_(2) end, "inplace", "same memory", "windows that overlap")
    y:unfold(1, 2, 2):mul_(1)
    tap.fails(function() y:chunk(2)[1]:mul_(2) end, "inplace", "several views", "one of several views")
    y:tensor_split(2)[1]:mul_(2)
    local piece = y:unbind()[1]
    y:mul_(2)
    tap.fails(function() return piece * 1 end, "inplace", "changed in place", "or its use after a write")
    local hidden = lun.no_grad(function() return y[1] end)
    tap.ok(not hidden.requires_grad, "a view taken inside no_grad is a constant")
    tap.fails(function() hidden:mul_(2) end, "inplace", "no_grad", "and not written to outside")
    lun.no_grad(function() hidden:mul_(2) end)
    local part = lun.zeros(3)[1]
    part:requires_grad_()
    tap.fails(function() part:mul_(2) end, "inplace", "leaf", "a view that became a leaf")
    local d = y:detach()
    d[1]:mul_(100)
    tap.is(lun.grad(y:sum(), x), { 4.0, 4.0, 2.0, 2.0 }, "detach shares memory, not history")
    local saved = (y * y):sum()
    d:add_(1)
    tap.fails(function() saved:backward() end, "inplace", "changed in place", "but writes through it are noticed")
end

tap.done()
