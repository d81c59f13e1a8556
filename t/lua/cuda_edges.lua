-- cuda_edges.lua - ranges, grids, terms of losses and embeddings on CUDA where numbers, sizes and options are at their edges
--
-- t/cuda.lua tries the samples of every row; here are lengths around a block, whole numbers that doubles cannot hold, positions
-- outside and NaN, every way of reading a grid, labels that end early, rows that are shortened by unusual norms, complex functions of
-- signed zeros, infinities and NaN.
-- Read next: t/on_both.lua, kernels/cuda/fill.cu, grid.cu, loss_terms.cu, embedding.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
local check = require "on_both"
lun.manual_seed(3)
local nan, inf = 0 / 0, math.huge

-- Made on a device: on_both moves tensors, so the device is asked of one.
local function made(name, f, exact)
    check(name, function(at)
        local device = at(lun.zeros(1)).device
        return f(device)
    end, exact)
end

-- ---- linspace, arange, full ----

for _, dtype in ipairs { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64" } do
    for _, n in ipairs { 1, 2, 3, 255, 256, 257, 1000 } do
        made(("linspace, %d of %s"):format(n, dtype), function(device)
            return lun.linspace(3.7, 100.2, n, { dtype = dtype, device = device })
        end)
    end
    made("linspace downwards, " .. dtype, function(device)
        return lun.linspace(99.9, 1.1, 300, { dtype = dtype, device = device })
    end)
    made("arange, " .. dtype, function(device) return lun.arange(2, 120, 3, { dtype = dtype, device = device }) end)
    made("full, " .. dtype, function(device) return lun.full({ 3, 300 }, 77, { dtype = dtype, device = device }) end, true)
    made("fill_ of a part, " .. dtype, function(device)
        local x = lun.zeros(7, 41, { dtype = dtype, device = device })
        x:narrow(2, 3, 30):t():fill_(5)
        x:select(1, 7):fill_(9)
        return x
    end, true)
end
made("a fraction is true", function(device)
    return lun.full({ 4 }, -0.005, { dtype = "bool", device = device }), lun.zeros(3, { dtype = "bool", device = device }):fill_(0.5)
end, true)
made("linspace of truth values", function(device) return lun.linspace(-1, 1, 5, { dtype = "bool", device = device }) end, true)
made("arange of truth values", function(device) return lun.arange(0, 300, 1, { dtype = "bool", device = device }) end, true)
local most = math.maxinteger
made("linspace between the largest whole numbers", function(device)
    return lun.linspace(-most, most, 1001, { dtype = "int64", device = device })
end, true)
made("linspace of neighbours above 2^53", function(device)
    return lun.linspace(2 ^ 53 | 0, (2 ^ 53 | 0) + 9, 10, { dtype = "int64", device = device })
end, true)
for _, dtype in ipairs { "complex64", "complex128" } do
    for _, n in ipairs { 1, 2, 300 } do
        made(("linspace, %d of %s"):format(n, dtype), function(device)
            return lun.view_as_real(lun.linspace(lun.complex(1, 2), lun.complex(-3, 5), n, { dtype = dtype, device = device }))
        end)
    end
end

-- ---- grid_sample ----

for _, mode in ipairs { "bilinear", "nearest", "bicubic" } do
    for _, padding in ipairs { "zeros", "border", "reflection" } do
        for _, corners in ipairs { true, false } do
            local options = { mode = mode, padding_mode = padding, align_corners = corners }
            local name = ("grid_sample, %s, %s, %s"):format(mode, padding, corners and "corners" or "cells")
            local x, places = lun.randn(2, 9, 5, 4), lun.rand(2, 3, 50, 2) * 3.2 - 1.6
            local g = lun.randn(2, 9, 3, 50)
            check(name, function(at)
                local p, q = at(x):detach():requires_grad_(), at(places):detach():requires_grad_()
                local y = lun.grid_sample(p, q, options);
                (y * at(g)):sum():backward()
                return y:detach(), p.grad, q.grad
            end)
            local odd = places:clone()
            odd[{ 1, 1, 3, 2 }], odd[{ 2, 3, 7, 1 }], odd[{ 2, 2, 2, 1 }] = nan, inf, -1e30
            local holed = x:clone()
            holed[{ 1, 2, 1, 1 }], holed[{ 2, 1, 5, 4 }] = inf, nan
            check(name .. ", not finite", function(at)
                local y = lun.grid_sample(at(holed), at(odd), options)
                return y:isnan():to "int8", y:isinf():to "int8"
            end, true)
        end
    end
end
local volume, inside = lun.randn(1, 3, 4, 3, 5), lun.rand(1, 2, 3, 40, 3) * 2.4 - 1.2
for _, mode in ipairs { "bilinear", "nearest" } do
    check("grid_sample of a volume, " .. mode, function(at)
        local p, q = at(volume):detach():requires_grad_(), at(inside):detach():requires_grad_()
        local y = lun.grid_sample(p, q, { mode = mode })
        y:square():sum():backward()
        return y:detach(), p.grad, q.grad
    end)
end

-- ---- terms of losses ----

for _, dtype in ipairs { "float32", "float64", "float16", "bfloat16" } do
    local p, t = lun.rand(3, 300):to(dtype), lun.rand(3, 300):to(dtype)
    p[{ 1, 1 }], p[{ 1, 2 }], t[{ 1, 1 }], t[{ 1, 2 }] = 0, 1, 1, 0
    check("binary_cross_entropy, " .. dtype, function(at) return at(p):binary_cross_entropy(at(t), { reduction = "none" }) end)
end
local labels = lun.tensor { { 3, 1, -1, 2, 4 }, { -1, 1, 2, 3, 4 }, { 5, 4, 3, 2, 1 }, { 2, 2, 2, -1, 1 } }
check("labels that end early", function(at)
    return at(lun.linspace(-1, 1, 20):view(4, 5)):multilabel_margin_loss(at(labels), "none")
end)
for _, smoothing in ipairs { 0, 0.25 } do
    local x, target, weight = lun.randn(5, 7, 33), lun.randint(1, 8, { 5, 33 }), lun.rand(7)
    target[{ 2, 3 }] = -100
    check("smoothed labels, " .. smoothing, function(at)
        local y = at(x):detach():requires_grad_()
        local loss = y:cross_entropy(at(target), { weight = at(weight), label_smoothing = smoothing })
        loss:backward()
        return loss:detach(), y.grad
    end)
end

-- ---- embeddings ----

local table_of = lun.randn(11, 37)
table_of[4]:zero_()
for _, norm in ipairs { 2, 1, 0, 0.5, 3, inf, -inf, -1, 150 } do
    check("rows shortened by the norm of order " .. norm, function(at)
        local w = at(table_of):clone()
        local y = lun.embedding(at(lun.tensor { 2, 4, 9, 2 }), w, { max_norm = 1.5, norm_type = norm })
        return y, w
    end)
end
for _, mode in ipairs { "sum", "mean", "max" } do
    check("bags, " .. mode, function(at)
        local w = at(table_of):detach():requires_grad_()
        local y = lun.embedding_bag(at(lun.tensor { 1, 5, 5, 11, 3, 2, 9 }), w, { 1, 1, 4, 8 }, { mode = mode, padding_idx = 3 })
        y:square():sum():backward()
        return y:detach(), w.grad
    end)
end
for _, padding in ipairs { 1, 5, -1 } do
    check("the gradient leaves out row " .. padding, function(at)
        local w = at(table_of):detach():requires_grad_()
        lun.embedding(at(lun.tensor { { 1, 5, 11 }, { 5, 5, 1 } }), w, padding, { scale_grad_by_freq = true }):sum():backward()
        return w.grad
    end)
end

-- ---- complex functions of signed zeros, infinities and NaN ----

-- As on the CPU: NaN where it has NaN, zeros and infinities of its signs; but what an argument's NaN gives has no sign, C leaves it open.
local function as_here(f, want, arguments)
    local got = lun.view_as_real(f(function(x) return x:cuda() end):cpu()):to "float64":flatten():totable()
    local known = true
    for _, x in ipairs(arguments) do known = known & ~x:isnan() end
    known = lun.stack({ known, known }, -1):flatten():totable()
    for i, w in ipairs(lun.view_as_real(want):to "float64":flatten():totable()) do
        local g, near = got[i], nil
        if not known[i] then w, g = math.abs(w), math.abs(g) end
        if w ~= w or g ~= g then near = w ~= w and g ~= g
        elseif w == g then near = w ~= 0 or not known[i] or 1 / w == 1 / g
        else near = math.abs(w - g) <= 2e-5 * math.min(math.abs(w), 1e300) end
        if not near then return ("%g, not %g, of %s"):format(g, w, arguments[1][(i + 1) // 2]:item()) end
    end
    return "alike"
end
local function pairs_of(numbers, dtype)
    local x = lun.tensor(numbers, { dtype = dtype })
    local n = x:numel()
    return lun.complex(x:view(n, 1):expand(n, n):contiguous(), x:view(1, n):expand(n, n):contiguous()):flatten()
end
for dtype, huge in pairs { float32 = 1e38, float64 = 1e308 } do
    local z = pairs_of({ 0.0, -0.0, 1, -1, 0.5, -2, huge, -huge, inf, -inf, nan }, dtype)
    for name in ([[exp exp2 expm1 log log2 log10 log1p sqrt rsqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh
        sigmoid sinc reciprocal square sgn]]):gmatch "%S+" do
        local function f(at) return lun[name](at(z)) end
        tap.is(as_here(f, f(function(x) return x end), { z }), "alike", ("%s of every special value, %s"):format(name, z.dtype))
    end
    local few = pairs_of({ 0.0, -0.0, 1, -1, 0.5, -2, inf, -inf, nan }, dtype)
    local n = few:numel()
    local a = few:view(n, 1):expand(n, n):contiguous():flatten()
    local b = few:view(1, n):expand(n, n):contiguous():flatten()
    for _, name in ipairs { "pow", "mul", "div", "add", "sub" } do
        local function f(at) return lun[name](at(a), at(b)) end
        tap.is(as_here(f, f(function(x) return x end), { a, b }), "alike", ("%s of every special value, %s"):format(name, z.dtype))
    end
end
tap.done()
