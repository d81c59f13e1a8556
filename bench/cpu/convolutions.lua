-- convolutions.lua - five convolutions with bias, forward, and forward with all three gradients
-- Read next: bench/torch/convolutions.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure = require "measure"
local lun = require "lunette"
local F = lun.nn.functional

for _, case in ipairs { -- batch, channels, size, kernels, kernel size, stride, padding, groups
    {"c3_64_56", 8, 64, 56, 64, 3, 1, 1, 1}, {"c3_256_14", 8, 256, 14, 256, 3, 1, 1, 1}, {"c1_256_28_64", 8, 256, 28, 64, 1, 1, 0, 1},
    {"c7_3_224_64_s2", 8, 3, 224, 64, 7, 2, 3, 1}, {"dw3_128_56", 8, 128, 56, 128, 3, 1, 1, 128},
} do
    local name, n, c, size, k, kernel, stride, padding, groups = table.unpack(case)
    local function make(requires_grad)
        local x = lun.rand({n, c, size, size}, {requires_grad = requires_grad})
        local w = lun.rand({k, c // groups, kernel, kernel}, {requires_grad = requires_grad})
        local b = lun.zeros({k}, {requires_grad = requires_grad})
        return function() return F.conv2d(x, w, b, {stride = stride, padding = padding, groups = groups}) end, {x, w, b}
    end
    measure(("conv_%s_fwd"):format(name), function() return (make(false)) end)
    measure(("conv_%s_fwd_bwd"):format(name), function()
        local f, leaves = make(true)
        local given = f():detach():rand_like()
        return function() lun.autograd.grad(f(), leaves, {grad_outputs = given}) end
    end)
end
