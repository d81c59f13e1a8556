-- cuda_formulas.lua - every formula row on CUDA against the CPU, number by number, at the ends of what dtypes hold
--
-- Zeros of both signs, denormals, the largest numbers, infinities, NaN; of whole numbers the smallest and largest of each width, so that
-- what wraps wraps alike. Operands are broadcast, side by side, strided, and numbers; floats also have their fused gradients taken.
-- Holds: floats agree within 8 ulp; of rows and gradients that subtract nearly equal numbers the absolute error counts below 1; the rows of
-- special.def are made of several functions each of which may differ by some ulp, and by much more together.
-- Run alone: lunette t/lua/cuda_formulas.lua exp pow. Read next: kernels/cuda/rows.h, t/cuda.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"

local only = {}
for _, name in ipairs(arg or {}) do only[name] = true end

-- 1 + erf(x), x - tanh(x) and the like; waves far out, where an ulp of x is a part of a period
local cancels = { gelu = true, gelu_tanh = true, tanhshrink = true, mish = true, logaddexp = true, logaddexp2 = true,
                  bessel_j0 = true, bessel_j1 = true, bessel_y0 = true, bessel_y1 = true }
local divides = { floor_divide = true, remainder = true, fmod = true }
local dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64", "complex128" }
local usual, special = 8, 4096 -- ulp
local step = { float32 = 2^-23, float64 = 2^-52, float16 = 2^-10, bfloat16 = 2^-7, complex64 = 2^-23, complex128 = 2^-52 }
local least = { float32 = 2^-149, float64 = 2^-1074, float16 = 2^-24, bfloat16 = 2^-133, complex64 = 2^-149, complex128 = 2^-1074 }

-- ---- numbers ----

local inf, nan = 1 / 0, 0 / 0
local narrow = { 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-30, -1e-30, 1e-42, 3.7, -3.7, 20.0, -20.0, 88.9, -104.0, 1e10, -1e10, 3e38, -3e38,
                 inf, -inf, nan, 2.0, 3.0, 0.3 }
local wide = { 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1e-200, -1e-200, 5e-324, 3.7, -3.7, 20.0, -20.0, 709.9, -750.0, 1e10, -1e10, 1e308, -1e308,
               inf, -inf, nan, 2.0, 3.0, 0.3 }
local whole = { 0, 1, -1, 2, -2, 3, 7, -7, 127, -128, 255, 30, -31, 32, 63, 64, 32767, -32768, 2147483647, -2147483648, 65, 100,
                math.maxinteger, math.mininteger }
local parts = { 0.0, -0.0, 1.0, -1.0, 0.5, -3.7, 20.0, 0.3, 1e-10, 1e10 }

local function values(dtype)
    if dtype:find "complex" then
        local pairs_of = {}
        for _, re in ipairs(parts) do
            for _, im in ipairs(parts) do pairs_of[#pairs_of + 1] = { re, im } end
        end
        return lun.tensor(pairs_of, { dtype = "float64" }):view_as_complex():to(dtype)
    end
    if dtype == "bool" then return lun.tensor { true, false, true } end
    if dtype == "float64" then return lun.tensor(wide, { dtype = "float64" }) end
    if dtype:find "float" then return lun.tensor(narrow, { dtype = "float64" }):to(dtype) end
    return lun.tensor(whole, { dtype = "int64" }):to(dtype)
end

-- ---- comparison ----

local function name_of(dtype) return (tostring(dtype):gsub("^lun%.", "")) end

-- Complex numbers as wholes: how far apart, by the size of what is right.
local function complex_difference(got, want, absolute, most)
    local size = want:abs():double():clamp_min(absolute and 1 or least[name_of(want.dtype)])
    local off = ((got - want):abs():double() / size):masked_fill(want:isfinite():logical_not(), 0)
    local worst = off:max():item() / step[name_of(want.dtype)]
    if worst > 8 * most then return ("off by %.3g ulp"):format(worst) end
end

local function real_difference(got, want, absolute, most)
    local dtype = name_of(want.dtype)
    got, want = got:double():flatten(), want:double():flatten()
    local same = got:eq(want):logical_or(got:isnan():logical_and(want:isnan()))
    local size = (want:abs() * step[dtype]):clamp_min(absolute and step[dtype] or least[dtype])
    local off = ((got - want):abs() / size):masked_fill(same, 0)
    off = off:masked_fill(off:isnan(), inf)
    local at = off:argmax():item()
    if off[at]:item() > most then return ("[%d] %.17g for %.17g"):format(at, got[at]:item(), want[at]:item()) end
    local turned = got:signbit():ne(want:signbit()):logical_and(got:isnan():logical_not())
    if not absolute and most == usual and turned:any() then return "a zero has the other sign" end
end

local function difference(got, want, absolute, most)
    if got.dtype ~= want.dtype then return ("%s for %s"):format(got.dtype, want.dtype) end
    if want:is_complex() then return complex_difference(got, want, absolute, most) end
    if name_of(want.dtype):find "float" then return real_difference(got, want, absolute, most) end
    local differ = got:ne(want)
    if differ:any() then return ("%s for %s"):format(got[differ][1]:item(), want[differ][1]:item()) end
end

-- ---- calls ----

local function moved(list)
    local copy = {}
    for k, item in ipairs(list) do copy[k] = type(item) == "userdata" and item:cuda() or item end
    return copy
end

-- f on both devices; nil, or what differs.
local function both(row, f, list, absolute)
    local good, want = pcall(f, table.unpack(list))
    local ran, got = pcall(function() return f(table.unpack(moved(list))):cpu() end)
    if good ~= ran then return good and "the device raises: " .. tostring(got) or "only the CPU raises: " .. tostring(want) end
    return good and difference(got, want, absolute, row.source:find "special.def" and special or usual) or nil
end

local function gradient(f, which)
    return function(...)
        local list = { ... }
        for k, item in ipairs(list) do list[k] = item:clone():requires_grad_(true) end
        local y = f(table.unpack(list))
        y:backward(lun.full_like(y, 1.5))
        return list[which].grad
    end
end

local function one_argument(row, v, report)
    local f = lun[row.name]
    report("", both(row, f, { v }, cancels[row.name]))
    report("strided", both(row, f, { lun.stack({ v, v }, 2):select(2, 1) }, cancels[row.name]))
    if step[name_of(v.dtype)] and row.differentiable then report("gradient", both(row, gradient(f, 1), { v }, true)) end
end

local function two_arguments(row, v, report)
    local f, smooth = lun[row.name], step[name_of(v.dtype)]
    if v:numel() > 30 then v = v[{ { 1, v:numel(), 4 } }] end
    local w = divides[row.name] and not smooth and v[v:ne(0)] or v
    if row.name == "copysign" then v, w = v[v:eq(v)], w[w:eq(w)] end -- a GPU makes the NaN of a half one without a sign
    local x, y = v:view(-1, 1), w:view(1, -1)
    local shape = { v:numel(), w:numel() }
    local flat_x, flat_y = x:expand(shape):contiguous(), y:expand(shape):contiguous()
    report("broadcast", both(row, f, { x, y }, cancels[row.name]))
    report("side by side", both(row, f, { flat_x, flat_y }, cancels[row.name]))
    report("by a number", both(row, f, { v, smooth and 0.7 or 2 }, cancels[row.name]))
    if not smooth or not row.differentiable then return end
    for which = 1, 2 do report("gradient " .. which, both(row, gradient(f, which), { flat_x, flat_y }, true)) end
end

for _, row in ipairs(lun.ops()) do
    local formula = row.family == "unary" or row.family == "binary" or row.family == "compare"
    if formula and lun[row.name] and (not next(only) or only[row.name]) then
        local problems = {}
        for _, dtype in ipairs(dtypes) do
            local function report(what, problem)
                if problem then problems[#problems + 1] = ("%s %s: %s"):format(dtype, what, problem) end
            end
            (row.family == "unary" and one_argument or two_arguments)(row, values(dtype), report)
        end
        if #problems == 0 then tap.ok(true, row.name) else tap.fail(row.name, table.unpack(problems)) end
    end
end
tap.done()
