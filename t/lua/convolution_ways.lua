-- convolution_ways.lua - the ways in which a convolution is computed agree: straight from padded planes, over rows, as products
--
-- Depthwise beside one convolution per channel; a batch beside its images one by one, whose weights' gradients go another way.
-- Read next: kernels/cpu/conv.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local tap = require "tap"
local F = lun.nn.functional

-- The result and all gradients of a convolution for the gradient `g` of its result (made at the first call).
local function all_of(x, w, b, options, g)
    x, w, b = x:detach():requires_grad_(), w:detach():requires_grad_(), b:detach():requires_grad_()
    local y = F.conv2d(x, w, b, options)
    g = g or y:detach():randn_like()
    local dx, dw, db = table.unpack(lun.autograd.grad(y, {x, w, b}, {grad_outputs = g}))
    return {y = y:detach(), dx = dx, dw = dw, db = db}, g
end

local function distance(a, b) return (a - b):abs():max():item() / math.max(1, b:abs():max():item()) end

local function depthwise(dtype, n, channels, height, width, kernel, padding, stride)
    local x, w, b = lun.randn({n, channels, height, width}, {dtype = dtype}), lun.randn({channels, 1, kernel[1], kernel[2]}, {dtype = dtype}),
        lun.randn({channels}, {dtype = dtype})
    local whole, g = all_of(x, w, b, {padding = padding, stride = stride, groups = channels})
    local worst = 0
    for c = 1, channels do
        local one = all_of(x:narrow(2, c, 1), w:narrow(1, c, 1), b:narrow(1, c, 1), {padding = padding, stride = stride}, g:narrow(2, c, 1))
        worst = math.max(worst, distance(whole.y:narrow(2, c, 1), one.y), distance(whole.dx:narrow(2, c, 1), one.dx),
                         distance(whole.dw:narrow(1, c, 1), one.dw), distance(whole.db:narrow(1, c, 1), one.db))
    end
    return worst
end

local function batch(dtype, n, from, to, height, width, kernel, padding, stride)
    local x, w, b = lun.randn({n, from, height, width}, {dtype = dtype}), lun.randn({to, from, kernel[1], kernel[2]}, {dtype = dtype}),
        lun.randn({to}, {dtype = dtype})
    local whole, g = all_of(x, w, b, {padding = padding, stride = stride})
    local dw, worst = lun.zeros_like(w), 0
    for i = 1, n do
        local one = all_of(x:narrow(1, i, 1), w, b, {padding = padding, stride = stride}, g:narrow(1, i, 1))
        dw = dw + one.dw
        worst = math.max(worst, distance(whole.y:narrow(1, i, 1), one.y), distance(whole.dx:narrow(1, i, 1), one.dx))
    end
    return math.max(worst, distance(whole.dw, dw))
end

lun.manual_seed(7)
for _, case in ipairs {{"float32", 2e-4}, {"float64", 1e-12}} do
    local dtype, tolerance = table.unpack(case)
    local planes, squares = 0, 0
    for width = 8, 35, 3 do
        for _, kernel in ipairs {{3, 3}, {1, 5}, {4, 2}} do
            for _, stride in ipairs {{1, 1}, {2, 1}, {1, 2}} do
                local padding = {kernel[1] // 2, kernel[2] // 2}
                planes = math.max(planes, depthwise(dtype, 3, 5, 9, width, kernel, padding, stride))
                squares = math.max(squares, batch(dtype, 5, 3, 6, 10, width, kernel, padding, stride))
            end
        end
    end
    tap.ok(planes < tolerance, ("%s: depthwise, off by %.2g"):format(dtype, planes))
    tap.ok(squares < tolerance, ("%s: batches, off by %.2g"):format(dtype, squares))
end

-- What lies beyond a row is not read into its neighbours: a NaN stays where its windows are.
do
    local x = lun.randn(4, 2, 6, 12)
    x[{1, 1, 3, 1}] = 0 / 0
    local y = F.conv2d(x, lun.randn(2, 1, 1, 3), nil, {groups = 2})
    tap.is(y:isnan():sum():item(), 1, "one window of a depthwise convolution has seen it")
    local w = lun.randn({2, 1, 1, 3}, {requires_grad = true})
    local dw = lun.autograd.grad(F.conv2d(x, w, nil, {groups = 2}), {w}, {grad_outputs = lun.ones(4, 2, 6, 10)})[1]
    tap.is(dw:isnan():sum():item(), 1, "and the one weight that met it")
end

tap.done()
