-- reductions.lua - sums, rows, scans, sorting, random numbers, gathered rows
-- v has 1e7 elements, m is 4096 x 1024, s has 1e6. Read next: bench/torch/reductions.py, the same in PyTorch. SPDX-License-Identifier: MIT
local measure = require "measure"
local lun = require "lunette"
local F = lun.nn.functional

local function one(name, make, f)
    measure("red_" .. name, function()
        local x, y, z = make()
        return function() f(x, y, z) end
    end)
end
local function v() return lun.rand(10000000) end
local function m() return lun.rand(4096, 1024) end
local function s() return lun.rand(1000000) end

one("sum_all_1e7", v, function(x) return x:sum() end)
one("max_all_1e7", v, function(x) return x:max() end)
one("sum_rows_4096x1024", m, function(x) return x:sum(2) end)
one("sum_cols_4096x1024", m, function(x) return x:sum(1) end)
one("mean_var_rows_4096x1024", m, function(x) return lun.var_mean(x, 2) end)
one("softmax_4096x1024", m, function(x) return x:softmax(2) end)
one("log_softmax_4096x1024", m, function(x) return x:log_softmax(2) end)
one("cross_entropy_4096x1024", function() return m(), lun.randint(1, 1025, {4096}) end, function(x, y) return F.cross_entropy(x, y) end)
one("layernorm_4096x1024", function() return m(), lun.rand(1024), lun.rand(1024) end, function(x, g, b) return F.layer_norm(x, {1024}, g, b) end)
one("argmax_rows_4096x1024", m, function(x) return x:argmax(2) end)
one("cumsum_rows_4096x1024", m, function(x) return x:cumsum(2) end)
one("cumsum_1e7", v, function(x) return x:cumsum(1) end)
one("sort_1e6", s, function(x) return x:sort() end)
one("topk10_1e6", s, function(x) return x:topk(10) end)
one("topk10_rows_4096x1024", m, function(x) return x:topk(10, 2) end)
one("randn_1e6", function() end, function() return lun.randn(1000000) end)
one("rand_1e6", function() end, function() return lun.rand(1000000) end)
one("gather_rows_4096_of_100000x64", function() return lun.rand(100000, 64), lun.randint(1, 100001, {4096}) end, function(x, i) return x[i] end)

local function backward(name, f)
    measure(("red_%s_bwd_4096x1024"):format(name), function()
        local x, g, b, given = m(), lun.rand(1024), lun.rand(1024), m()
        x.requires_grad = true
        local y = f(x, g, b)
        return function() lun.autograd.grad(y, x, {grad_outputs = given, retain_graph = true}) end
    end)
end
backward("softmax", function(x) return x:softmax(2) end)
backward("layernorm", function(x, g, b) return F.layer_norm(x, {1024}, g, b) end)
