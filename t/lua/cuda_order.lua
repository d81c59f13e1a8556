-- cuda_order.lua - sort, topk, ranks, searches and counts on CUDA beside the CPU, at sizes where their kernels change ways
--
-- t/cuda.lua tries every row with small samples. Here are lines that fit shared memory and lines that do not, equal elements,
-- NaNs and zeros of both signs.
-- Read next: t/beside.lua, kernels/cuda/sort.cu, kernels/cuda/rank.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local beside = require "beside"
lun.manual_seed(4)

-- ---- order ----

local all_dtypes = { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool" }
for _, n in ipairs { 1, 2, 3, 33, 64, 500, 2048, 2100, 4500 } do
    local some = n == 2100 and { "float16", "float64", "uint8" } or { "float32", n > 2048 and "int16" or "int64" }
    for _, dtype in ipairs(n == 33 and all_dtypes or some) do
        local x = (lun.randn(3, n) * 40):clamp(-120, 120)
        if dtype == "uint8" then x = x:abs() end
        x = x:to(dtype)
        if n > 3 and x:is_floating_point() then
            x[{ 2, 3 }], x[{ 2, n }], x[{ 3, 1 }], x[{ 3, 2 }] = 0 / 0, 0 / 0, -0.0, 0.0
        end
        local label = dtype .. " " .. n
        beside("sort " .. label, function(y) return y:sort(2) end, x)
        beside("sort descending " .. label, function(y) return y:sort { dim = 2, descending = true } end, x)
        beside("topk " .. label, function(y) return y:topk(math.min(n, 5), 2) end, x)
        beside("topk smallest " .. label, function(y) return y:topk { math.max(1, n // 5), dim = 2, largest = false } end, x)
        if dtype ~= "bool" then
            beside("median " .. label, function(y) return y:median(2) end, x)
            beside("median of all " .. label, function(y) return y:median() end, x)
            beside("nanmedian " .. label, function(y) return y:nanmedian(2) end, x)
            beside("kthvalue " .. label, function(y) return y:kthvalue((n + 1) // 2, 2) end, x)
            beside("mode " .. label, function(y) return y:mode(2) end, x)
        end
    end
end
beside("sort along dim 1", function(y) return y:sort(1) end, (lun.randn(70, 3, 5) * 3):round())
beside("sort of long lines along dim 1", function(y) return y:sort(1) end, (lun.randn(5000, 3) * 30):round())
beside("sort of many tiles", function(y) return y:sort(2) end, (lun.randn(2, 30011) * 1000):round())
beside("topk along dim 2", function(y) return y:topk(3, 2) end, (lun.randn(4, 2500, 3) * 30):round())
beside("many short lines", function(y) return y:sort(2) end, lun.randn(3000, 5))
beside("mode of long runs", function(y) return y:mode(2) end, (lun.rand(3, 5000) * 7):floor())

beside("searchsorted", function(s, v) return lun.searchsorted(s, v), lun.searchsorted(s, v, { right = true }) end,
    (lun.randn(3, 400) * 30):round():sort(2), (lun.randn(3, 50) * 30):round())
beside("bucketize", function(v, s) return v:bucketize(s) end, (lun.randn(700) * 10):int(), lun.arange(-20, 20, 3))
for _, bins in ipairs { 1, 10, 3000 } do
    beside("histc " .. bins, function(y) return y:histc(bins), y:histc(bins, -1, 1), y:double():histc(bins) end, lun.randn(20000))
end
tap.done()
