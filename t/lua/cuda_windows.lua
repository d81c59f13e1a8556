-- cuda_windows.lua - convolution, pools, resizing, regions and distances on CUDA at sizes that reach every way, against the CPU
--
-- Products of several tiles in every direction, sums that are cut into parts, windows that overlap or lie outside, planes larger
-- than a block's own memory. Everything is the same at every call.
-- Holds: whole numbers, and results that only move or compare, agree bit by bit; float sums within their rounding.
-- Run alone: lunette t/lua/cuda_windows.lua. Read next: t/lua/cuda_place.lua, kernels/cuda/conv.cu. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
require "need_device"
local check = require "on_both"

lun.manual_seed(11)

-- ---- convolution: several tiles in every direction, sums in parts, windows outside, groups ----
local convolutions = {
    { "one tile", { 2, 3, 6, 5 }, { 4, 3, 3, 2 }, { padding = 0 } },
    { "many tiles", { 3, 20, 12, 12 }, { 70, 20, 3, 3 }, { padding = 1 } },
    { "sums in parts", { 8, 2, 24, 24 }, { 3, 2, 5, 5 }, { padding = 2 } },
    { "strides and dilation", { 2, 6, 17, 15 }, { 9, 2, 3, 4 },
      { stride = { 2, 3 }, padding = { 1, 2 }, dilation = { 2, 1 }, groups = 3 } },
    { "depthwise", { 3, 10, 14, 13 }, { 20, 1, 3, 5 }, { stride = 2, padding = { 1, 2 }, groups = 10 } },
    { "1 x 1", { 2, 70, 9, 8 }, { 66, 70, 1, 1 }, { padding = 0 } },
    { "signals", { 4, 5, 300 }, { 7, 5, 9 }, { padding = "same", dilation = 3 } },
    { "volumes", { 2, 3, 6, 7, 8 }, { 4, 3, 2, 3, 3 }, { padding = { 1, 0, 1 }, stride = { 1, 2, 1 } } },
}
for _, case in ipairs(convolutions) do
    local name, shape, weight_shape, options = table.unpack(case)
    local conv = lun["conv" .. #shape - 2 .. "d"]
    for _, dtype in ipairs { "float32", "float64", "bfloat16" } do
        local x, w, b = lun.randn(shape):to(dtype), lun.randn(weight_shape):to(dtype), lun.randn(weight_shape[1]):to(dtype)
        check(("convolution, %s, %s: result and gradients"):format(name, dtype), function(at)
            local p, q, r = at(x:clone()):requires_grad_(), at(w:clone()):requires_grad_(), at(b:clone()):requires_grad_()
            local y = conv(p, q, r, options);
            (y * y):sum():backward()
            return y:detach(), p.grad, q.grad, r.grad
        end)
    end
    if not name:find "depthwise" then
        local x, w = lun.randint(-9, 10, shape), lun.randint(-9, 10, weight_shape)
        check(("convolution of whole numbers, %s"):format(name), function(at)
            return conv(at(x), at(w), nil, options)
        end)
    end
end

-- ---- pools and positions: overlapping windows, planes larger than a block's own memory ----
for _, shape in ipairs { { 2, 3, 11, 13 }, { 1, 2, 120, 130 }, { 40, 30, 6, 6 } } do
    local x = lun.randint(-5, 6, shape):float() -- whole numbers: ties
    local name = table.concat(shape, " x ")
    check("max_pool2d with overlaps, " .. name, function(at)
        local p = at(x:clone()):requires_grad_()
        local y = p:max_pool2d(3, 1, 1);
        (y * at(lun.arange(1, y:numel() + 1):float():view(y.shape))):sum():backward()
        return y:detach(), p.grad
    end, true)
    check("avg_pool2d, " .. name, function(at)
        local p = at(x:clone()):requires_grad_()
        local y = p:avg_pool2d({ 3, 4 }, { 2, 1 }, 1, true, false);
        (y * y):sum():backward()
        return y:detach(), p.grad
    end)
    check("adaptive_avg_pool2d to one, " .. name, function(at) return at(x):adaptive_avg_pool2d(1) end)
    check("adaptive_avg_pool2d to more, " .. name, function(at)
        local p = at(x:clone()):requires_grad_()
        local y = p:adaptive_avg_pool2d { 7, 17 };
        (y * y):sum():backward()
        return y:detach(), p.grad
    end)
end

-- ---- reading between positions ----
local image = lun.randn(2, 10, 9, 14)
local grid = lun.rand(2, 20, 30, 2) * 2.4 - 1.2
for _, mode in ipairs { "bilinear", "nearest", "bicubic" } do
    check("grid_sample, " .. mode, function(at)
        local p, q = at(image:clone()):requires_grad_(), at(grid:clone()):requires_grad_()
        local y = lun.grid_sample(p, q, { mode = mode });
        (y * y):sum():backward()
        return y:detach(), p.grad, q.grad
    end)
end
local modes = { { mode = "bilinear" }, { mode = "bicubic", align_corners = true }, { mode = "bilinear", antialias = true },
                { mode = "nearest" } }
for _, options in ipairs(modes) do
    for _, size in ipairs { { 5, 6 }, { 23, 31 } } do
        check(("interpolate to %d x %d, %s"):format(size[1], size[2], options.mode), function(at)
            local p = at(image:clone()):requires_grad_()
            local y = lun.interpolate(p, size, options);
            (y * y):sum():backward()
            return y:detach(), p.grad
        end)
    end
end
local corner = lun.rand(60, 2) * 60
local boxes = lun.cat({ corner, corner + lun.rand(60, 2) * 30 }, 2)
check("nms of 60 boxes", function(at) return lun.nms(at(boxes), at(lun.arange(0, 60):float()), 0.3) end, true)
local regions = lun.cat({ lun.randint(1, 3, { 60, 1 }):float(), boxes / 6 - 1 }, 2)
for _, options in ipairs { { 1 }, { 0.7, 2, true }, { 0.5, -1, true } } do
    check(("roi_align at scale %g"):format(options[1]), function(at)
        local p = at(image:clone()):requires_grad_()
        local y = lun.roi_align(p, at(regions), { 3, 4 }, table.unpack(options));
        (y * y):sum():backward()
        return y:detach(), p.grad
    end)
end
check("roi_pool", function(at) return lun.roi_pool(at(image), at(regions), { 3, 2 }, 0.8) end, true)

for _, p in ipairs { 0, 1, 2, 3, math.huge } do
    check(("cdist with p = %g"):format(p), function(at)
        local x, y = lun.arange(0, 2 * 19 * 37):float():sin(), lun.arange(0, 2 * 33 * 37):float():cos()
        return lun.cdist(at(x:view(2, 19, 37)), at(y:view(2, 33, 37)), p)
    end)
end

tap.done()
