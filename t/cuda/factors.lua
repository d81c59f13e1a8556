-- factors.lua - LU, Cholesky, determinants, inverses and solutions on CUDA against the CPU: small matrices, and those in panels
--
-- A matrix with more than 128 rows or columns is worked on in panels of 32 columns (kernels/cuda/factor.h), so sizes lie on both
-- sides of these; kernels of tall matrices have more threads beyond 1024 rows.
-- Read next: t/cuda/solver.lua, kernels/cuda/factor.cu, solve.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
lun.manual_seed(1)

local function numbers(x)
    if x:is_complex() then x = lun.view_as_real(x) end
    return x:detach():cpu():double()
end
-- f gives a list of tensors; it gets the device. Whole numbers are equal.
local function same(name, tolerance, f)
    local want, got = f "cpu", f "cuda"
    for i = 1, #want do
        local label = ("%s, result %d"):format(name, i)
        if not lun.is_floating_point(want[i]) and not want[i]:is_complex() then
            tap.ok(lun.equal(got[i]:cpu(), want[i]), label)
        else
            local a, b = numbers(got[i]), numbers(want[i])
            local off, largest = (a - b):abs():max():item(), b:abs():max():item()
            local good = off <= tolerance * (largest + 1e-3)
            tap.ok(good, good and label or ("%s: off by %g, the largest is %g"):format(label, off, largest))
        end
    end
end

local function drawing(dtype)
    local complex = dtype:find "complex"
    return function(...)
        local x = lun.randn(...):to "float64"
        return (complex and lun.complex(x, lun.randn(...):to "float64") or x):to(dtype)
    end, (dtype == "float32" or dtype == "complex64") and 1e-3 or 1e-10
end

for _, dtype in ipairs { "float32", "float64", "complex64", "complex128" } do
    local draw, tolerance = drawing(dtype)
    -- far from singular, and no pivot where it belongs
    local function square(...)
        local x = draw(...)
        local n = x.shape[x.ndim]
        return (x + lun.eye(n):to(dtype) * (2 * math.sqrt(n))):flip(-2)
    end
    for _, n in ipairs { 5, 40, 161 } do
        local x, columns, rows = square(2, n, n), draw(2, n, 3), draw(2, 3, n)
        local steady, any = lun.eye(n):to(dtype) * math.max(3, n / 8), draw(2, n, n)
        local tall, wide = draw(2, n + 40, n - 2), draw(2, n // 3, n + 30)
        same(("factors of %d rows, %s"):format(n, dtype), tolerance, function(device)
            local a, b, c, d = x:to(device), columns:to(device), rows:to(device), steady:to(device)
            local near, positive, sign, size = any:to(device) * 0.1 + d, a:matmul(a.mH) + d, a:slogdet()
            local lu, pivots = any:to(device):lu_factor()
            local tall_lu, tall_pivots = tall:to(device):lu_factor()
            local wide_lu, wide_pivots = wide:to(device):lu_factor()
            return { (a * (0.5 / math.sqrt(n))):det(), sign, size, a:inv(), a:solve(b), a:solve(c, { left = false }), lu, pivots,
                tall_lu, tall_pivots, wide_lu, wide_pivots, positive:cholesky(), positive:cholesky(true),
                near:solve_triangular(b, true), near:solve_triangular(b, false, true, true),
                near:solve_triangular(c, true, false), near.mT:solve_triangular(b, false) }
        end)
    end
    -- what the derivative of one row asks of the others, from factors that were kept
    local x, y = square(140, 140), draw(140, 2)
    same("gradients of 140 rows, " .. dtype, tolerance, function(device)
        local list = {}
        local function follow(f)
            local a, b = x:to(device):detach():requires_grad_(true), y:to(device):detach():requires_grad_(true)
            local out = f(a, b)
            local real = out:is_complex() and lun.view_as_real(out) or out;
            (real * lun.linspace(-1, 1, real:numel()):view(real.shape):to(real.dtype):to(device)):sum():backward()
            list[#list + 1] = a.grad
            if b.grad then list[#list + 1] = b.grad end
        end
        follow(function(a, b) return a:solve(b) end)
        follow(function(a, b) return a:solve(b.mT, { left = false }) end)
        follow(function(a) return a:inv() end)
        follow(function(a) return (select(2, a:slogdet())) end)
        follow(function(a) return (a:matmul(a.mH) + lun.eye(140, { device = device }):to(dtype)):cholesky() end)
        follow(function(a) return (a:lu_factor()) end)
        return list
    end)
end

local high = lun.randn(2, 1100, 40)
same("factors of more rows than threads", 1e-3, function(device)
    local lu, pivots = high:to(device):lu_factor()
    return { lu, pivots }
end)
local across = (lun.randn(150, 150) + lun.eye(150) * 25):flip(1)
same("a matrix that lies by columns", 1e-3, function(device)
    local a = across:to(device).mT
    local positive = a:matmul(a.mH) + lun.eye(150, { device = device })
    return { a:inv(), a:solve(a[{ {}, { 1, 2 } }]), (a:lu_factor()), positive:cholesky() }
end)

-- ---- no inverse, no factor ----

local singular = lun.tensor { { 1.0, 2.0 }, { 2.0, 4.0 } }
local inverse, info = singular:cuda():inv_ex()
tap.is(info:item(), 2, "a singular matrix is told by info")
tap.ok(inverse:isnan():all(), "and has no inverse")
tap.is(singular:cuda():det():item(), 0, "nor a determinant but 0")

-- Of whole numbers, so that what should be 0 is 0: columns of the identity in another order, of which some are missing.
local function permutation(n) return lun.eye(n):flip(2) end
local pair = lun.stack { permutation(150), permutation(150) }
pair[{ 2, {}, 77 }]:fill_(0)
pair[{ 2, {}, 140 }]:fill_(0)
same("one singular matrix of two, 150 rows", 0, function(device)
    local a, nothing = pair:to(device), nil
    nothing, info = a:inv_ex()
    local lu, pivots, where = a:lu_factor_ex()
    return { info, where, nothing[1], nothing[2]:isnan():to "float32", a:det(), pivots, lu }
end)
tap.is(info:cpu()[2]:item() > 0, true, "info tells it")
local holed = across:clone()
holed[{ 100, 120 }] = 0 / 0
same("NaN among 150 rows", 0, function(device)
    local nothing = lun.stack { holed:to(device), across:to(device) }:inv_ex()
    return { nothing[1]:isnan():to "float32", nothing[2]:isnan():to "float32" }
end)
local positive = across:matmul(across.mT) + lun.eye(150) * 10
for _, at in ipairs { 1, 32, 33, 150 } do
    local hollow = positive:clone()
    hollow[{ at, at }] = -1
    same(("not positive definite at %d"):format(at), 0, function(device)
        local _, where = lun.stack { positive:to(device), hollow:to(device) }:cholesky_ex()
        return { where }
    end)
end
for _, upper in ipairs { false, true } do -- the other triangle may hold anything
    same("one triangle of 150 rows, upper " .. tostring(upper), 1e-3, function(device)
        local half, seven = upper and positive:triu() or positive:tril(), lun.full({ 150, 150 }, 7)
        return { (half + (upper and seven:tril(-1) or seven:triu(1))):to(device):cholesky(upper) }
    end)
end
local function both(name, f)
    local _, here = pcall(f, across)
    local _, there = pcall(f, across:cuda())
    tap.is(select(2, tap.describe(there)), select(2, tap.describe(here)), name .. ": the same error")
end
both("the inverse of zeros", function(x) return (x * 0):inv() end)
both("a solution by zeros", function(x) return (x * 0):solve(x) end)
both("the root of what is negative", function(x) return (-x:matmul(x.mT)):cholesky() end)

-- ---- recorded ----

local into = across:cuda()
local step = lun.cuda.graph(function() return (into:inv_ex()), (into:lu_factor_ex()) end)
into:copy_((across * 2):cuda())
local again, factors = step()
same("recorded in a graph", 1e-3, function(device)
    if device == "cuda" then return { again, factors } end
    return { (across * 2):inv(), ((across * 2):lu_factor()) }
end)

for name in pairs(lun.cuda.fallbacks()) do tap.fail("all of it on the device", name) end
tap.done()
