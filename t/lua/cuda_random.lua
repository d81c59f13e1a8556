-- cuda_random.lua - random numbers, ranges and conversions on CUDA are the CPU's
--
-- The same seed gives the same uniforms, integers, masks and positions to the bit; normals and what is made of logarithms agree within the
-- rounding of their dtype. Also here: what is filled, cast and transposed, for every dtype.
-- Read next: kernels/cuda/random.cu, t/lua/cuda_formulas.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"

local halves = { float16 = true, bfloat16 = true }
local function on(device, x) return device == "cuda" and x:cuda() or x end

-- f(device) with the same seed on both; equal to the bit, or within `rounding` of the larger of 1 and the number.
local function both(label, f, rounding)
    lun.manual_seed(11)
    local want = f "cpu"
    lun.manual_seed(11)
    local good, got = pcall(function() return f("cuda"):cpu() end)
    if not good then return tap.fail(label, tostring(got)) end
    if want:is_complex() then want, got = want:view_as_real(), got:view_as_real() end
    local same = got.dtype == want.dtype and got:eq(want):logical_or(got:ne(got):logical_and(want:ne(want))):all()
    if same or not rounding then return tap.ok(same, label) end
    local off = ((got:double() - want:double()):abs() / want:double():abs():clamp_min(1)):max():item()
    return off <= rounding and tap.ok(true, label) or tap.fail(label, ("off by %g"):format(off))
end

for _, dtype in ipairs { "float32", "float16", "bfloat16", "float64" } do
    local rounding = dtype == "float64" and 1e-13 or halves[dtype] and 0.02 or 1e-6
    for _, n in ipairs { 1, 5, 64, 1023, 3000 } do
        local label = (" of %s, %d"):format(dtype, n)
        local function zeros(device) return lun.zeros(n, { dtype = dtype, device = device }) end
        both("rand" .. label, function(device) return lun.rand(n, { device = device, dtype = dtype }) end)
        both("randn" .. label, function(device) return lun.randn(n, { device = device, dtype = dtype }) end, rounding)
        both("uniform_" .. label, function(device) return zeros(device):uniform_(-3, 5) end)
        both("normal_" .. label, function(device) return zeros(device):normal_(1, 5) end, 8 * rounding)
        both("dropout" .. label, function(device) return lun.nn.functional.dropout(zeros(device) + 1.5, 0.3) end)
    end
    local function weights(device)
        lun.manual_seed(2)
        return on(device, lun.rand(7, 500):to(dtype))
    end
    both("a view is filled in the order of its shape, " .. dtype, function(device)
        local x = on(device, lun.zeros(6, 7, { dtype = dtype }))
        x:t():uniform_()
        return x
    end)
    both("multinomial, " .. dtype, function(device) return weights(device):multinomial(20) end)
    both("multinomial with replacement, " .. dtype, function(device) return weights(device):multinomial(900, true) end)
    both("bernoulli, " .. dtype, function(device) return weights(device):bernoulli() end)
    both("poisson, " .. dtype, function(device) return (weights(device) * 40):poisson() end)
    both("exponential_, " .. dtype, function(device) return weights(device):exponential_(2) end, rounding)
end

both("complex randn", function(device) return lun.randn(33, { device = device, dtype = "complex64" }) end, 1e-6)
both("complex rand", function(device) return lun.rand(33, { device = device, dtype = "complex128" }) end)
for _, dtype in ipairs { "int8", "uint8", "int16", "int32", "int64", "float32" } do
    both("randint of " .. dtype, function(device) return lun.randint(1, 100, { 333 }, { device = device, dtype = dtype }) end)
end
both("randint beyond 32 bits", function(device) return lun.randint(-2 ^ 40, 2 ^ 50, { 333 }, { device = device }) end)
both("random_", function(device) return on(device, lun.zeros(77):long()):random_(0, 1000) end)
both("randperm", function(device) return lun.randperm(1000, { device = device }) end)
both("normal with a deviation for all", function(device) return lun.normal(on(device, lun.arange(40):float()), 2) end, 1e-6)
both("normal with two tensors", function(device)
    local x = on(device, lun.arange(40):float())
    return lun.normal(x, x:view(40, 1))
end, 1e-5)
both("standard_gamma", function(device) return lun.standard_gamma(on(device, lun.arange(1, 40):float() / 4)) end, 1e-5)
both("binomial", function(device)
    local n = on(device, lun.arange(1, 40):float())
    return lun.binomial(n, n / 50)
end)
both("geometric_", function(device) return on(device, lun.zeros(99)):geometric_(0.2) end)
both("cauchy_", function(device) return on(device, lun.zeros(99)):cauchy_(1, 3) end, 1e-5)
both("log_normal_", function(device) return on(device, lun.zeros(99)):log_normal_(1, 3) end, 1e-5)

-- ---- what is wrong is said when the device is waited for ----

local function raises(label, text, f)
    local good, message = pcall(function() return f():cpu() end)
    if good then return tap.fail(label, "nothing was raised") end
    return tostring(message):find(text, 1, true) and tap.ok(true, label) or tap.fail(label, tostring(message))
end
raises("a rate below 0", "out of range", function() return lun.poisson(lun.tensor { -1.0, 2 }:cuda()) end)
raises("a weight below 0", "not negative", function() return lun.tensor { -1.0, 2 }:cuda():multinomial(1) end)
raises("fewer weights than draws", "only 1 weights", function() return lun.tensor { 0.0, 2 }:cuda():multinomial(2) end)
raises("a tensor of divisors with a 0", "divided by 0", function() return lun.tensor { 1, 2 }:cuda() // lun.tensor { 0, 1 }:cuda() end)
raises("a number 0 as divisor", "divided by 0", function() return lun.tensor { 1, 2 }:cuda() // 0 end)

-- ---- made from numbers, converted, moved ----

local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "complex128" }
local ends = lun.tensor({ 0.0, -0.0, 1.5, -1.5, 0.3, -0.7, 127.9, 128.2, 255.6, 256.1, -129.0, 70000.0, -70000.0, 3e9, -3e9, 1e19, -1e19,
                          1 / 0, -1 / 0, 0 / 0, 65520.0, 65519.0, 1e-8, 6e-8 }, { dtype = "float64" })
for _, dtype in ipairs(dtypes) do
    local function numbers(device, ...) return on(device, lun.arange(50 * 70):view(...):to(dtype)) end
    for _, other in ipairs(dtypes) do
        both(dtype .. " to " .. other, function(device) return on(device, ends:to(dtype)):to(other) end)
        both(dtype .. " to " .. other .. ", strided", function(device) return on(device, ends:to(dtype):view(4, 6)):t():to(other) end)
    end
    both("transposed " .. dtype, function(device) return numbers(device, 50, 70):t():contiguous() end)
    both("transposed in batches, " .. dtype, function(device) return numbers(device, 2, 25, 70):permute(2, 1, 3):contiguous() end)
    both("dims turned round, " .. dtype, function(device) return numbers(device, 50, 2, 35):permute(3, 2, 1):contiguous() end)
    both("copy_ into a transpose, " .. dtype, function(device)
        local y = on(device, lun.zeros(70, 50):to(dtype))
        y:t():copy_(numbers(device, 50, 70))
        return y
    end)
    both("where with a number, " .. dtype, function(device)
        return lun.where(on(device, lun.arange(70):gt(3)), numbers(device, 50, 70), 5)
    end)
    both("full, fill_, eye of " .. dtype, function(device)
        local x = lun.full({ 5, 5 }, 7, { device = device, dtype = dtype })
        x:t():select(1, 2):fill_(3)
        return x:logical_xor(lun.eye(5, 5, { device = device, dtype = dtype }))
    end)
    if dtype ~= "bool" then
        both("linspace of " .. dtype, function(device) return lun.linspace(0, 30, 7, { device = device, dtype = dtype }) end)
    end
    if dtype ~= "bool" and not dtype:find "complex" then
        both("arange of " .. dtype, function(device) return lun.arange(0, 30, 3, { device = device, dtype = dtype }) end)
    end
end
for _, name in ipairs { "sigmoid", "gelu", "tanh", "softplus", "lgamma", "erfinv" } do
    both("second derivative of " .. name, function(device) -- runs as an expression
        local x = on(device, lun.linspace(0.05, 0.9, 37)):requires_grad_(true)
        local g = lun.autograd.grad(x[name](x):sum(), x, { create_graph = true })
        if type(g) == "table" then g = g[1] end
        g:sum():backward()
        return x.grad
    end, 1e-5)
end
tap.done()
