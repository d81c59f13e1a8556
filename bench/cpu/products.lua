-- products.lua - matrix products: square, transposed, the shapes of layers, batches, halves; results are fresh
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
