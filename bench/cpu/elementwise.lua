-- elementwise.lua - ops over vectors of 1e3 to 1e7 elements with fresh results, broadcasting, transposes, one expression of seven ops, memory
-- NAME_out writes to a tensor that is there in PyTorch; here a result that was dropped gives the next one its memory, so the code is the same.
-- Read next: bench/torch/elementwise.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure = require "measure"
local lun = require "lunette"

local two = {"add", "mul"}
local one = {"exp", "tanh", "gelu", "relu", "sigmoid", "log", "sqrt", "erf"}

for _, n in ipairs {1000, 100000, 1000000, 10000000} do
    local function vectors() return lun.rand(n) * 2 + 0.01, lun.rand(n) end
    local function name(op) return ("ew_%s_n%d"):format(op, n) end
    for _, op in ipairs(two) do
        measure(name(op), function()
            local a, b = vectors()
            local f = a[op]
            return function() local _ = f(a, b) end
        end)
    end
    for _, op in ipairs(one) do
        measure(name(op), function()
            local a = vectors()
            local f = a[op]
            return function() local _ = f(a) end
        end)
    end
    measure(name "gelu_tanh", function()
        local a = vectors()
        return function() local _ = a:gelu "tanh" end
    end)
    measure(name "add_out", function()
        local a, b = vectors()
        return function() local _ = a + b end
    end)
    for _, op in ipairs(n >= 1000000 and {"exp", "tanh"} or {}) do
        measure(name(op .. "_out"), function()
            local a = vectors()
            local f = a[op]
            return function() local _ = f(a) end
        end)
    end
    measure(name "add_inplace", function()
        local a, b = vectors()
        return function() a:add_(b) end
    end)
end

measure("ew_add_bias_2048x512", function()
    local a, b = lun.rand(2048, 512), lun.rand(512)
    return function() local _ = a + b end
end)
measure("transpose_copy_1024x1024", function()
    local a = lun.rand(1024, 1024)
    return function() local _ = a:t():contiguous() end
end)
measure("ew_add_transposed_1024x1024", function()
    local a = lun.rand(1024, 1024)
    return function() local _ = a + a:t() end
end)

local function expression(a, b, d) return (a * b + b):tanh() * d - a / (1 + (-b):exp()) end
for _, n in ipairs {1000, 100000, 1000000, 10000000} do
    measure("fused_expr_n" .. n, function()
        local a, b, d = lun.rand(n), lun.rand(n), lun.rand(n)
        return function() local _ = expression(a, b, d) end
    end)
    measure("fused_expr_n" .. n .. "_compiled", function()
        local a, b, d, compiled = lun.rand(n), lun.rand(n), lun.rand(n), lun.compile(expression)
        return function()
            local _ = compiled(a, b, d)
            lun.graph.run() -- while somebody holds the result, or it would not be computed
        end
    end)
end

for _, n in ipairs {100000, 1000000, 10000000, 100000000} do
    local function stream(name, f)
        measure(("stream_%s_n%d"):format(name, n), function()
            local a, b, c = lun.empty(n), lun.rand(n), lun.rand(n)
            return function() f(a, b, c) end
        end)
    end
    stream("copy", function(a, b) a:copy_(b) end)
    stream("triad", function(_, b, c) local _ = b:add(c, {alpha = 3}) end)
    stream("sum", function(_, b) local _ = b:sum():item() end)
end
