-- autograd_functions.lua - lun.autograd: derivatives of functions, Function, checkpoint, saved-tensor hooks, detect_anomaly, gradcheck
--
-- Read next: lib/autograd.lua, t/lua/autograd.lua (backward, lun.grad), doc/autograd.md. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local autograd = lun.autograd

local function f64(values) return lun.tensor(values, { dtype = "float64" }) end
local function leaf(values) return f64(values):requires_grad_() end

do -- jacobian, hessian and products
    local x, y = f64 { 1, 2 }, f64 { 3, 5 }
    tap.near(autograd.jacobian(function(a) return a ^ 2 end, x), { { 2.0, 0.0 }, { 0.0, 4.0 } }, 1e-12, "jacobian of x^2")
    local j = autograd.jacobian(function(a, b) return a * b, (a + 2 * b):sum() end, { x, y })
    tap.near(j[1][2], { { 1.0, 0.0 }, { 0.0, 2.0 } }, 1e-12, "of several results for several inputs")
    tap.near(j[2][2], { 2.0, 2.0 }, 1e-12, "the second result is a number")
    tap.is(autograd.jacobian(function(a) return a:sum() end, x:view(2, 1)).shape, lun.zeros(2, 1).shape, "shape: result's, then input's")
    local h = autograd.hessian(function(a, b) return (a ^ 2 * b):sum() end, { x, y })
    tap.near(h[1][1], { { 6.0, 0.0 }, { 0.0, 10.0 } }, 1e-12, "hessian")
    tap.near(h[1][2], { { 2.0, 0.0 }, { 0.0, 4.0 } }, 1e-12, "its mixed part")
    tap.near(h[2][2], { { 0.0, 0.0 }, { 0.0, 0.0 } }, 1e-12, "zeros where nothing depends")
    local cube = function(a) return (a ^ 3):sum() end
    local value, hv = autograd.hvp(cube, x, f64 { 1, 10 })
    tap.near(value, 9.0, 1e-12, "hvp gives the value")
    tap.near(hv, { 6.0, 120.0 }, 1e-12, "and the product")
    tap.near(select(2, autograd.vhp(cube, x, f64 { 1, 10 })), { 6.0, 120.0 }, 1e-12, "vhp")
    local out, jv = autograd.jvp(function(a) return lun.stack { a[1] * a[2], a[1] } end, x, f64 { 1, 10 })
    tap.near(out, { 2.0, 1.0 }, 1e-12, "jvp gives the results")
    tap.near(jv, { 12.0, 1.0 }, 1e-12, "and the product")
    tap.near(select(2, autograd.vjp(function(a) return a ^ 2 end, x, f64 { 1, 10 })), { 2.0, 40.0 }, 1e-12, "vjp")
    local w = leaf { 1, 2 }
    local jw = autograd.jacobian(function(a) return a ^ 3 end, w, { create_graph = true })
    tap.near(lun.grad(jw:sum(), w), { 6.0, 12.0 }, 1e-12, "create_graph keeps the jacobian differentiable")
    tap.near(autograd.jacobian(function() return y end, x), { { 0.0, 0.0 }, { 0.0, 0.0 } }, 1e-12, "no dependence: zeros")
    tap.fails(function() autograd.jacobian(function() return y end, x, { strict = true }) end, "gradient", "does not depend", "strict: an error")
    tap.fails(function() autograd.hessian(function(a) return a end, x) end, "shape", "one number", "the hessian of a vector")
    tap.fails(function() autograd.vjp(function(a) return a end, x) end, "argument", "`v`", "vjp without v")
    tap.fails(function() autograd.jacobian(function(a) return a end, { 1 }) end, "argument", "tensor", "a number as input")
    tap.near(lun.grad(lun.grad(function(a) return a ^ 3 end))(f64(2)), 12.0, 1e-12, "lun.grad of lun.grad")
    tap.ok(not pcall(lun.no_grad, lun.grad(function() error "x" end), x) and lun.is_grad_enabled(), "an error in f leaves the mode as it was")
end

do -- lun.func
    local func, x, y = lun.func, f64 { 1, 2 }, f64 { 3, 5 }
    local f = function(a, b) return (a ^ 3 * b):sum() end
    tap.near(func.grad(f)(x, y), { 9.0, 60.0 }, 1e-12, "func.grad")
    tap.near(func.grad(f, 2)(x, y), { 1.0, 8.0 }, 1e-12, "for the second argument")
    tap.near(func.grad(f, { 1, 2 })(x, y)[2], { 1.0, 8.0 }, 1e-12, "for several")
    tap.near(select(2, func.grad_and_value(f)(x, y)), 43.0, 1e-12, "func.grad_and_value")
    tap.near(func.grad(func.grad(function(a) return a ^ 4 end))(f64(2)), 48.0, 1e-12, "they nest")
    tap.near(func.jacrev(func.grad(f))(x, y), func.hessian(f)(x, y), 1e-12, "the jacobian of the gradient is the hessian")
    local out, back = func.vjp(function(a) return a ^ 2 end, x)
    tap.near(out, { 1.0, 4.0 }, 1e-12, "func.vjp: the result")
    tap.near(back(y), { 6.0, 20.0 }, 1e-12, "and the product")
    tap.near(select(2, func.jvp(function(a) return a ^ 2 end, { x }, { y })), { 6.0, 20.0 }, 1e-12, "func.jvp")
    tap.fails(function() func.grad(3) end, "argument", "function", "no function")
    tap.fails(function() func.grad(f, 3)(x, y) end, "argument", "argument 3", "no such argument")
end

do -- vmap
    local a, b = f64 { { 1, 2 }, { 3, 4 }, { 5, 6 } }, f64 { 1, 10 }
    local dot = function(p, q) return p:dot(q) end
    tap.is(lun.vmap(dot, { 1, false })(a, b), { 21.0, 43.0, 65.0 }, "vmap over one argument")
    tap.is(lun.vmap(dot)(a, a), { 5.0, 25.0, 61.0 }, "over both")
    tap.is(lun.vmap(function(v) return v * 2, v:sum() end, 2, { 2, 1 })(a), { { 2.0, 4.0 }, { 6.0, 8.0 }, { 10.0, 12.0 } }, "in_dims and out_dims")
    local j = autograd.jacobian(lun.vmap(function(v) return (v ^ 2):sum() end), a)
    tap.near(j[2], { { 0.0, 0.0 }, { 6.0, 8.0 }, { 0.0, 0.0 } }, 1e-12, "jacobian of a mapped function")
    tap.near(lun.vmap(lun.grad(function(v) return (v ^ 2):sum() end))(a), a * 2, 1e-12, "per-example gradients")
    tap.fails(function() lun.vmap(dot)(a, b) end, "shape", "examples", "different batches")
    tap.fails(function() lun.vmap(dot)(1, 2) end, "argument", "batch dim", "no batch")
end

local Cube = autograd.Function:extend "Cube"
function Cube.forward(ctx, x, times)
    ctx.times = times or 1
    ctx:save_for_backward(x)
    return x ^ 3 * ctx.times
end
function Cube.backward(ctx, g)
    local x = table.unpack(ctx.saved_tensors)
    return g * 3 * x ^ 2 * ctx.times
end

do -- functions
    local x = leaf { 1, 2 }
    local y = Cube(x, 2)
    tap.is(y.grad_fn, "Cube", "grad_fn is the function's name")
    tap.near(lun.grad(y:sum(), x), { 6.0, 24.0 }, 1e-12, "its gradient")
    tap.ok(autograd.gradcheck(Cube.apply, x) and autograd.gradgradcheck(Cube.apply, x), "gradcheck and gradgradcheck of a function")
    tap.ok(not Cube(f64 { 1 }).requires_grad, "without inputs that require grad nothing is recorded")
    local seen
    local Look = autograd.Function:extend "Look"
    function Look.forward(ctx, a, b)
        seen = table.pack(table.unpack(ctx.needs_input_grad, 1, 2))
        ctx:mark_non_differentiable(b)
        local whole = (a * 2):long()
        return a * b, whole
    end
    function Look.backward(ctx, g, gw)
        seen = gw
        return g, g
    end
    local product, whole = Look(x, f64 { 3, 4 })
    tap.is(seen, { true, false, n = 2 }, "needs_input_grad")
    tap.ok(not whole.requires_grad, "a whole-number result has no gradient")
    product:sum():backward()
    tap.is(seen, nil, "and none arrives for it")
    local Two = autograd.Function:extend "Two"
    function Two.forward(_, a) return a * 1, a * 2 end
    function Two.backward(_, g1, g2)
        seen = { g1 ~= nil, g2 ~= nil and g2:sum():item() }
        return g1 + g2
    end
    Two(x)[1]:sum():backward()
    tap.is(seen, { true, 0.0 }, "an unused result's gradient is zeros")
    y = Cube(x)
    local saved = x * 1
    local z = Cube(saved)
    saved:add_(1)
    tap.fails(function() z:sum():backward() end, "inplace", "Cube", "a saved tensor that was changed")
    y:sum():backward()
    tap.fails(function() y:sum():backward() end, "gradient", "freed", "saved tensors are freed after backward")
end

do -- functions that write, and those that may be differentiated once
    local x = leaf { 1, 2 }
    local Inc = autograd.Function:extend "Inc"
    function Inc.forward(ctx, a)
        ctx:mark_dirty(a)
        return a:add_(1)
    end
    function Inc.backward(_, g) return g * 10 end
    local y = x * 1
    local v = y[1]
    tap.ok(rawequal(Inc(y), y), "mark_dirty: the argument comes back")
    tap.is(lun.grad((v * 2):sum(), x), { 20.0, 0.0 }, "and its views see the function")
    y = x * 1
    Inc(y[2])
    tap.is(lun.grad(y:sum(), x), { 1.0, 10.0 }, "a view as the argument")
    tap.fails(function() Inc(leaf { 1 }) end, "inplace", "leaf", "not a leaf")
    local Once = autograd.Function:extend "Once"
    Once.once_differentiable = true
    function Once.forward(ctx, a)
        ctx:save_for_backward(a)
        return a ^ 2
    end
    function Once.backward(ctx, g) return 2 * g * ctx.saved_tensors[1] end
    local g = lun.grad(Once(x):sum(), x, { create_graph = true })
    tap.near(g, { 2.0, 4.0 }, 1e-12, "once_differentiable: the first")
    tap.fails(function() lun.grad(g:sum(), x) end, "gradient", "Once", "the second says whose fault it is")
end

do -- errors in functions
    local x = leaf { 1, 2 }
    local Bad = autograd.Function:extend "Bad"
    tap.fails(function() Bad(x) end, "name", "Bad.forward", "no forward")
    function Bad.forward(_, a, b) return a * b end
    local function go() Bad(x, x):sum():backward() end
    function Bad.backward() error "my own" end
    local good, problem = pcall(go)
    tap.ok(not good and tostring(problem):find "autograd_functions.lua:%d+: my own" and tostring(problem):find "traceback",
        "an error in backward arrives with its traceback")
    local object = {}
    function Bad.backward() error(object) end
    tap.ok(select(2, pcall(go)) == object, "an error object as it is")
    function Bad.backward(_, g) return g end
    tap.fails(go, "gradient", "1 gradient, forward took 2", "too few gradients")
    function Bad.backward(_, g) return g, g, g end
    tap.fails(go, "gradient", "3 gradients, forward took 2", "too many")
    function Bad.backward(_, g) return g, g:view(2, 1):expand(2, 3) end
    tap.fails(go, "shape", "gradient of input 2", "a wrong shape")
    function Bad.backward() return 1, 2 end
    tap.fails(go, "gradient", "a number", "no tensor")
    function Bad.backward(_, g) return g:view(1, 2), g end
    tap.ok(pcall(go), "what can be summed down to the input is")
    tap.is((x * 1):sum():item(), 3.0, "the session goes on")
end

do -- checkpoint
    local w = lun.randn(3, 3):requires_grad_()
    local function block(x) return lun.nn.functional.dropout((x:matmul(w)):tanh(), 0.5):exp() end
    local function bits(f)
        lun.manual_seed(3)
        local x = lun.randn(2, 3):requires_grad_()
        w.grad = nil
        local y = f(x);
        (y * lun.rand(2, 3)):sum():backward()
        return { x.grad:totable(), w.grad:totable(), lun.rand(1):item() }
    end
    local plain = bits(function(x) return block(block(x)) end)
    tap.is(bits(function(x) return lun.checkpoint(block, lun.checkpoint(block, x)) end), plain, "the same bits, dropout included")
    tap.is(bits(function(x) return lun.checkpoint(function(a) return lun.checkpoint(block, block(a)) end, x) end), plain, "nested")
    local runs = 0
    local function counted(x)
        runs = runs + 1
        return x:sin():exp()
    end
    local x = leaf { 1, 2 }
    local y = lun.checkpoint(counted, x)
    y:sum():backward { retain_graph = true }
    y:sum():backward()
    tap.is(runs, 2, "computed again once")
    tap.ok(not lun.no_grad(lun.checkpoint, counted, x).requires_grad, "without recording it only calls")
    tap.ok(autograd.gradgradcheck(function(a) return lun.checkpoint(counted, a) end, x), "second derivatives")
    local z = x * 1
    y = lun.checkpoint(counted, z)
    z:mul_(2)
    tap.fails(function() y:sum():backward() end, "inplace", "changed in place", "an argument that was changed")
    local first = true
    y = lun.checkpoint(function(a)
        if first then return a:sin():exp() end
        error "second time"
    end, x)
    first = false
    tap.ok(not pcall(y.backward, y:sum()), "an error while computing again arrives")
    tap.fails(function() lun.checkpoint(x) end, "argument", "function", "no function")
    collectgarbage()
    collectgarbage()
    local before = lun.memory().live
    for i = 1, 50 do
        local out = lun.checkpoint(counted, lun.randn(1000):requires_grad_())
        if i % 2 == 0 then out:sum():backward() end
        Cube(lun.randn(1000):requires_grad_())
    end
    collectgarbage()
    collectgarbage()
    tap.is(lun.memory().live, before, "nothing is left behind")
end

do -- saved-tensor hooks
    local x = leaf { 1, 2 }
    local packed, unpacked = 0, 0
    local function pack(a)
        packed = packed + 1
        return a:totable()
    end
    local function unpack(t)
        unpacked = unpacked + 1
        return f64(t)
    end
    local y
    do
        local _ <close> = autograd.saved_tensors_hooks(pack, unpack)
        y = (x * x):sin()
    end
    local z = y:exp()
    tap.is({ packed, unpacked }, { 3, 0 }, "each saved value is packed, while the hooks are there")
    tap.near(lun.grad(z:sum(), x), (x:detach() ^ 2):cos() * (x:detach() ^ 2):sin():exp() * 2 * x:detach(), 1e-12, "gradients of unpacked values")
    tap.is(unpacked, 3, "unpacked when needed")
    tap.ok(autograd.gradgradcheck(function(a)
        return autograd.saved_tensors_hooks(pack, unpack, function() return (a * a):sin() end)
    end, x), "second derivatives, in the function form")
    y = autograd.saved_tensors_hooks(pack, function() return f64 { 1 } end, function() return x:sin() end)
    tap.fails(function() y:sum():backward() end, "gradient", "unpack gave", "unpack must keep the shape")
    y = autograd.saved_tensors_hooks(pack, function() error "lost" end, function() return x:sin() end)
    tap.ok(not pcall(y.backward, y:sum()), "an error in unpack arrives")
    local good, problem = pcall(autograd.saved_tensors_hooks, function() error "full" end, unpack, function() return x:sin() end)
    tap.ok(not good and tostring(problem):find "full", "an error in pack too")
    tap.ok((x * x).requires_grad and packed > 0, "and the hooks are gone")
end

do -- detect_anomaly
    local x = leaf { 0, 1 }
    local net = lun.nn.Module:extend "Net"
    function net:forward(a) return (a * 0):sqrt() end
    local loss = net()(x):sum()
    loss:backward { retain_graph = true }
    local good, problem = pcall(autograd.detect_anomaly, function() loss:backward() end)
    tap.ok(not good and tostring(problem):find "backward of mul gave NaN" and tostring(problem):find "autograd_functions.lua:%d+ in module",
        "the op, its line and module are named", tostring(problem))
    x.grad = nil;
    (x:detach():requires_grad_():sqrt()):sum():backward()
    tap.ok(true, "and only while it is on")
end

do -- hooks on tensors
    local x = leaf { 1, 2 }
    local order = {}
    local a = x:register_hook(function(g) order[#order + 1] = "a" return g * 2 end)
    x:register_hook(function(g) order[#order + 1] = "b" .. g[1]:item() end);
    (x * 3):sum():backward()
    tap.is(order, { "a", "b6.0" }, "hooks run in order, each sees what the one before made")
    tap.is(x.grad, { 6.0, 6.0 }, "the last word counts")
    tap.ok(a:remove() and not a:remove(), "removed once")
    local y = x * 1
    y:retain_grad()
    y:register_hook(function(g) return g * 2 end)
    y:sum():backward()
    tap.is(y.grad, { 2.0, 2.0 }, "a kept gradient is what all hooks made, in whatever order they came")
    y = x * 1
    local h = y:register_hook(function(g) return g * 3 end)
    y:mul_(2)
    tap.is(lun.grad(y:sum(), x, { retain_graph = true }), { 6.0, 6.0 }, "a hook stays with the value it was put on, below a write")
    tap.ok(h:remove() and not h:remove(), "and is found there")
    tap.is(lun.grad(y:sum(), x), { 2.0, 2.0 }, "when it is removed")
    y = x * 1
    local first, second
    first = y:register_hook(function(g) first:remove() second:remove() return g * 5 end)
    second = y:register_hook(function(g) return g * 100 end)
    y:sum():backward { retain_graph = true }
    x.grad = nil
    y:sum():backward()
    tap.is(x.grad, { 1.0, 1.0 }, "a hook may remove itself and others")
    local count, z = 0, x * 1
    z:register_hook(function() z:register_hook(function() count = count + 1 end) end)
    z:sum():backward()
    tap.is(count, 0, "what is put on while hooks run waits for the next pass")
end

do -- a leaf's hooks see the sum of what all edges bring, once (numbers are PyTorch's)
    local x = leaf { 2 }
    local seen = {}
    local h = x:register_hook(function(g) seen[#seen + 1] = g:item() return g:clamp(-1, 1) end);
    (x * x):backward()
    tap.is({ seen, x.grad:totable() }, { { 4.0 }, { 1.0 } }, "two edges of one op")
    seen, x.grad = {}, nil;
    (x * 3 + x * 5):backward()
    tap.is({ seen, x.grad:totable() }, { { 8.0 }, { 1.0 } }, "edges of two ops");
    (x * 7):backward()
    tap.is({ seen, x.grad:totable() }, { { 8.0, 7.0 }, { 2.0 } }, "another pass adds to what was made")
    seen = {}
    tap.is({ lun.grad(x * 3 + x * 5, x):totable(), seen }, { { 1.0 }, { 8.0 } }, "lun.grad has what hooks make")
    seen, x.grad = {}, nil
    autograd.backward({ x, x * x })
    tap.is({ seen, x.grad:totable() }, { { 5.0 }, { 1.0 } }, "a leaf that is a root as well")
    h:remove()
    x.grad = nil
    local y = leaf { 3 }
    y:register_hook(function(g) h = x:register_hook(function() error "not in this pass" end) return g end);
    ((x * y) * x):backward()
    tap.is({ x.grad:totable(), y.grad:totable() }, { { 12.0 }, { 4.0 } }, "a hook that is put on meanwhile waits")
    h:remove()
    local gone
    gone = x:register_hook(function() error "removed" end)
    local z = leaf { 1 }
    z:register_hook(function(g) gone:remove() return g end);
    (x:exp() * z):backward()
    tap.is(z.grad, { math.exp(2) }, "and may be removed meanwhile")
    tap.near(x.grad, { 12 + math.exp(2) }, 1e-12, "then the gradient arrives as it is")
end

do -- several roots
    local x = leaf { 1, 2 }
    autograd.backward({ x * 2, (x * x):sum() }, { f64 { 1, 10 } })
    tap.is(x.grad, { 4.0, 24.0 }, "autograd.backward from several outputs")
    tap.fails(function() autograd.backward({ x * 2 }) end, "gradient", "must be given", "a vector needs its gradient")
    tap.fails(function() autograd.backward(x * 2, f64 { 1 }) end, "shape", "[2]", "of its shape")
    tap.fails(function() autograd.backward(f64 { 1 }) end, "gradient", "no output requires grad", "nothing to go back to")
end

do -- gradcheck
    local x = leaf { 1, 2 }
    tap.fails(function() autograd.gradcheck(function(a) return a:detach() * a end, x) end, "gradient",
        "input 1, element {1}: analytic 1, numeric 2", "gradcheck says where, and both numbers")
    local good, why = autograd.gradcheck(function(a) return a:detach() * a end, x, { raise_exception = false })
    tap.ok(good == false and why:find "analytic", "or returns that")
    tap.fails(function() autograd.gradcheck(lun.sin, lun.randn(2):requires_grad_()) end, "dtype", "float64", "float32 is too coarse")
    tap.fails(function() autograd.gradcheck(lun.sin, f64 { 1 }) end, "gradient", "requires grad", "nothing to check")
    tap.fails(function() autograd.gradcheck(lun.sin, x, { epsilon = 1 }) end, "name", "eps", "a mistyped option")
    tap.ok(autograd.gradcheck(function(a, b) return a * b, a + b end, { x, leaf { 3, 4 } }), "several inputs and results")
    tap.fails(function() autograd.gradgradcheck(Cube.apply, f64 { 1, 2 }) end, "gradient", nil, "gradgradcheck too wants an input")
    tap.is(x, { 1.0, 2.0 }, "inputs come back as they were")
    local z = lun.complex(f64 { 1, 2 }, f64 { 3, 4 }):requires_grad_()
    tap.ok(autograd.gradcheck(function(a) return a * a:conj(), a:exp() end, z) and autograd.gradgradcheck(lun.exp, z), "complex inputs and results")
    tap.fails(function() autograd.gradcheck(function(a) return a * a:detach() end, z) end, "gradient", "element {1,1}", "and what is wrong there")
end

tap.done()
