-- cuda_folds.lua - reductions and scans on CUDA beside the CPU, at sizes where their kernels change ways
--
-- t/cuda.lua tries every row with small samples. Here are rows that do not begin at 16 bytes, strides, columns, chunks that
-- are joined by a second launch, NaNs and equal elements.
-- Read next: t/beside.lua, kernels/cuda/reduce.h, kernels/cuda/scan.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local beside = require "beside"
lun.manual_seed(4)

-- A part that begins past an edge of 16 bytes.
local function odd(x, start) return x:flatten():narrow(1, start or 2, x:numel() - (start or 2) + 1) end

-- ---- reductions ----

local shapes = {
    { { 3, 7 }, 2 }, { { 5, 1000 }, 2 }, { { 3, 20001 }, 2 }, { { 40, 33 }, 1 }, { { 300, 40 }, 1 }, { { 9, 300 }, 1 },
    { { 4, 6, 50 }, 2 }, { { 2, 3, 4, 5 }, { 1, 3 } }, { { 2, 3, 40, 5 }, { 2, 4 } }, { { 20, 3, 40 }, { 1, 3 } }, { { 70000 } },
    { { 16, 4, 32, 40 }, { 1, 3, 4 } }, -- whole packs, in chunks
}
for index, s in ipairs(shapes) do
    local x, dim = lun.randn(table.unpack(s[1])), s[2]
    local label = table.concat(s[1], "x") .. " dim " .. (type(dim) == "table" and table.concat(dim, ",") or tostring(dim))
    for _, name in ipairs { "sum", "mean", "amax", "amin", "var", "std" } do
        beside(name .. " " .. label, function(y) return y[name](y, dim) end, x)
        beside(name .. " f64 " .. label, function(y) return y[name](y, dim, true) end, x:double())
    end
    local thorough = index % 3 == 0 -- the other shapes in the usual dtypes
    for _, dtype in ipairs(thorough and { "float16", "bfloat16" } or {}) do
        beside("mean " .. dtype .. " " .. label, function(y) return y:mean(dim) end, x:to(dtype))
        beside("amax " .. dtype .. " " .. label, function(y) return y:amax(dim) end, x:to(dtype))
        beside("var " .. dtype .. " " .. label, function(y) return y:var(dim) end, x:to(dtype))
    end
    local whole = (x * 20):clamp(-120, 120)
    for _, dtype in ipairs(thorough and { "int8", "uint8", "int16", "int32", "int64", "bool" } or { "uint8", "int64" }) do
        local w = (dtype == "uint8" and whole:abs() or whole):to(dtype)
        beside("sum " .. dtype .. " " .. label, function(y) return y:sum(dim) end, w)
        beside("sum to f32 " .. dtype .. " " .. label, function(y) return y:sum { dim = dim, dtype = "float32" } end, w)
        beside("amin " .. dtype .. " " .. label, function(y) return y:amin(dim) end, w)
        beside("any, all " .. dtype .. " " .. label, function(y) return y:any(dim), y:all(dim) end, w)
    end
    if type(dim) ~= "table" then
        beside("max " .. label, function(y) return y:max(dim) end, (x * 3):round())
        beside("argmin " .. label, function(y) return y:argmin(dim) end, (x * 3):round():short())
        beside("prod " .. label, function(y) return y:prod(dim) end, 1 + x / 1000)
        beside("prod i64 " .. label, function(y) return y:prod(dim) end, whole:long())
    end
    beside("sum c64 " .. label, function(y) return y:sum(dim), y:mean(dim) end, lun.complex(x, x * 2 - 1))
    beside("sum transposed " .. label, function(y) return y:transpose(1, -1):sum(1) end, x)
    beside("sum strided " .. label, function(y) return lun.stack({ y, y }, -1):select(-1, 1):sum(dim) end, x)
end
beside("sum of a part", function(y) return odd(y):sum(), odd(y, 4):amax(), odd(y):mean() end, lun.randn(3001))
beside("sum of odd bytes", function(y) return odd(y):sum(), odd(y, 6):sum() end, (lun.rand(5001) * 100):to("uint8"))
do
    local x = lun.randn(4, 3000)
    x[{ 2, 1700 }] = 0 / 0
    x[{ 3, 5 }], x[{ 3, 2500 }] = 0 / 0, 0 / 0
    beside("extremes with NaN", function(y) return y:amax(2), y:amin(2), y:argmax(2), y:argmin(2), y:max(1) end, x)
    beside("sums with NaN", function(y) return y:sum(2), y:var(2), y:mean(1) end, x)
    beside("equal elements", function(y) return y:argmax(2), y:argmin(1), y:max(2) end, lun.zeros(5, 2100))
    beside("var far from 0", function(y) return y:var(2) end, lun.randn(3, 5000) + 10000)
    beside("var of one", function(y) return y:var(2), y:var { dim = 2, correction = 0 } end, lun.randn(5, 1))
end

-- ---- scans ----

local lines = {
    { { 3, 20 }, 2 }, { { 3, 3000 }, 2 }, { { 2, 50000 }, 2 }, { { 2, 50003 }, 2 }, { { 40000 }, 1 }, { { 60, 70 }, 1 }, { { 4, 100, 3 }, 2 },
    { { 100, 4500 }, 1 },
}
for _, s in ipairs(lines) do
    local x, dim = lun.randn(table.unpack(s[1])), s[2]
    local label = table.concat(s[1], "x") .. " dim " .. dim
    beside("cumsum " .. label, function(y) return y:cumsum(dim) end, x)
    for _, dtype in ipairs { "float16", "bfloat16" } do -- sums that are exact in float32, rounded once: to the bit
        beside("cumsum in " .. dtype .. " " .. label, function(y) return y:cumsum(dim, dtype):view_dtype "int16" end, (x * 1024):round() / 1024)
    end
    beside("cumsum f64 " .. label, function(y) return y:cumsum(dim) end, x:double())
    beside("cumsum i32 " .. label, function(y) return y:cumsum(dim) end, (x * 100):int())
    beside("cumprod " .. label, function(y) return y:cumprod(dim) end, 1 + x / 1000)
    beside("cummax " .. label, function(y) return y:cummax(dim) end, (x * 4):round())
    beside("cummin i16 " .. label, function(y) return y:cummin(dim) end, (x * 4):short())
    if x:numel() <= 100000 then beside("logcumsumexp " .. label, function(y) return y:logcumsumexp(dim) end, x) end
    beside("cumsum f16 " .. label, function(y) return y:cumsum(dim) end, (x / 100):half())
    beside("cumsum c64 " .. label, function(y) return y:cumsum(dim) end, lun.complex(x, x))
end
beside("cummax with NaN", function(y) return y:cummax(1) end, lun.tensor { 1.0, 3.0, 0 / 0, 5.0, 0 / 0, 9.0 })
tap.done()
