-- products.lua - matrix products: square, transposed, the shapes of layers, batches, halves, bytes; results are fresh
-- lin_NAME is the three products of a linear layer: forward x w', dx = dy w, dw = dy' x. Read next: bench/torch/products.py.
-- SPDX-License-Identifier: MIT
local measure = require "measure"
local lun = require "lunette"

local function product(name, make)
    measure(name, function()
        local a, b = make()
        return function() local _ = a:matmul(b) end
    end)
end

for _, n in ipairs {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048} do
    product("gemm_nn_" .. n, function() return lun.rand(n, n), lun.rand(n, n) end)
end
for _, n in ipairs {256, 1024} do
    product("gemm_nt_" .. n, function() return lun.rand(n, n), lun.rand(n, n):t() end)
    product("gemm_tn_" .. n, function() return lun.rand(n, n):t(), lun.rand(n, n) end)
end
for _, case in ipairs {
    {"mlp1", 128, 784, 256}, {"mlp2", 128, 256, 128}, {"mlp3", 128, 128, 10}, {"lstm_hh", 32, 256, 1024},
    {"gpt_qkv", 2048, 128, 384}, {"gpt_fc1", 2048, 128, 512}, {"gpt_fc2", 2048, 512, 128}, {"gpt_head", 2048, 128, 65},
} do
    local name, batch, inputs, outputs = table.unpack(case)
    product(("lin_%s_fwd_nt"):format(name), function() return lun.rand(batch, inputs), lun.rand(outputs, inputs):t() end)
    product(("lin_%s_dx_nn"):format(name), function() return lun.rand(batch, outputs), lun.rand(outputs, inputs) end)
    product(("lin_%s_dw_tn"):format(name), function() return lun.rand(batch, outputs):t(), lun.rand(batch, inputs) end)
end
product("gemv_1024", function() return lun.rand(1, 1024), lun.rand(1024, 1024) end)
product("bmm_64x128x128x64", function() return lun.rand(64, 128, 64), lun.rand(64, 64, 128) end)
product("bmm_64x128x32x128_nt", function() return lun.rand(64, 128, 32), lun.rand(64, 128, 32):transpose(2, 3) end)
for _, n in ipairs {256, 512, 1024, 2048} do
    product("gemm_bf16_" .. n, function() return lun.rand(n, n):bfloat16(), lun.rand(n, n):bfloat16() end)
end

-- Bytes. A layer that is quantised in the call: its weight is int8 with one scale, its input becomes uint8 between the least and the largest.
local function quantized(n)
    local weight, bias = lun.rand(n, n), lun.rand(n)
    local weight_scale = weight:abs():max() / 127
    local whole = (weight / weight_scale):round():to("int8"):t()
    local sums = whole:sum(1):to "int32"
    return function(x)
        local low, high = x:aminmax()
        local scale = (high:clamp_min(0) - low:clamp_max(0)) / 255
        local zero = (-low:clamp_max(0) / scale):round()
        local bytes = (x / scale + zero):round():to "uint8"
        return (bytes:int_mm(whole) - zero:to "int32" * sums) * (scale * weight_scale) + bias
    end
end
for _, n in ipairs {256, 512, 1024, 2048} do
    measure("matmul_u8s8s32_" .. n, function()
        local a, b = lun.randint(0, 256, {n, n}, {dtype = "uint8"}), lun.randint(-128, 128, {n, n}, {dtype = "int8"})
        return function() local _ = a:int_mm(b) end
    end)
    measure("qlinear_dynamic_int8_" .. n, function()
        local layer, x = quantized(n), lun.rand(n, n)
        return function() lun.no_grad(function() local _ = layer(x) end) end
    end)
end
