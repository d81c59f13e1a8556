-- run.lua - Lunette's side of the measurements on a GPU: prints "name<TAB>seconds per call" for each workload
--
--   LUA_PATH="bench/?.lua;;" lunette bench/gpu/run.lua [PATTERN]
--
-- peer_torch.py has the same workloads, same shapes, same names; NAME_graph is the best that each side has for a step that repeats: a
-- replayed CUDA graph here, torch.compile(mode="reduce-overhead") there.
-- LUNETTE_BENCH_SMALL=1 makes everything tiny, to see that it runs (on the host device).
-- Read next: bench/compare.lua, which runs both sides in turn. SPDX-License-Identifier: MIT
local measure, models = require "measure", require "models"
local lun = require "lunette"
local nn, optim, F = lun.nn, lun.optim, lun.nn.functional
local small = measure.small
measure.device = true

local function size(n) return small and math.max(2, n // 1024) or n end

lun.set_default_device("cuda")
lun.manual_seed(1)

-- ---- launches ----

measure("add1", function()
    local x, y = lun.tensor {1.0}, lun.tensor {2.0}
    return function() local _ = x:add(y) end
end)
measure("chain10", function()
    local leaf, y = lun.tensor({1.0}, {requires_grad = true}), lun.tensor {2.0}
    return function()
        local z = leaf
        for _ = 1, 10 do z = z * y end
        z:sum():backward()
    end
end)

-- ---- memory-bound ----

local n = size(100000000)
measure("copy_1e8", function()
    local a, b = lun.randn(n), lun.randn(n)
    return function() b:copy_(a) end
end)
measure("add_1e8", function()
    local a, b = lun.randn(n), lun.randn(n)
    return function() local _ = a + b end
end)
measure("add_bf16_1e8", function()
    local a, b = lun.randn(n):bfloat16(), lun.randn(n):bfloat16()
    return function() local _ = a + b end
end)
measure("gelu_1e8", function()
    local a = lun.randn(n)
    return function() local _ = a:gelu() end
end)
measure("bias_1e8", function()
    local a, b = lun.randn(n // 1000, 1000), lun.randn(1000)
    return function() local _ = a + b end
end)
measure("sum_1e8", function()
    local a = lun.randn(n)
    return function() local _ = a:sum() end
end)
measure("sum_columns_1e8", function()
    local a = lun.randn(n // 1000, 1000)
    return function() local _ = a:sum(1) end
end)
measure("cumsum_1e8", function()
    local a = lun.randn(n)
    return function() local _ = a:cumsum(1) end
end)
measure("sort_1e7", function()
    local a = lun.randn(n // 10)
    return function() local _ = a:sort(1) end
end)
measure("rand_1e8", function() return function() local _ = lun.rand(n) end end)
measure("transpose_1e8", function()
    local a = lun.randn(size(10000), 10000)
    return function() local _ = a:t():contiguous() end
end)

-- A chain of elementwise ops, compiled on both sides: its first runs are not measured.
local function chain(count, dtype)
    return function()
        local x, y, d = lun.randn(count):to(dtype), lun.randn(count):to(dtype), lun.randn(count):to(dtype)
        local f = lun.compile(function(a, b, c) return (a * b + b):tanh() * c - a / (1 + (-b):exp()) end)
        for _ = 1, 4 do local _ = f(x, y, d) end
        return function()
            local _ = f(x, y, d)
            lun.graph.run()
        end
    end
end
measure("compiled_chain_1e8", chain(n, "float32"))
measure("compiled_chain_bf16_1e8", chain(n, "bfloat16"))
measure("compiled_chain_1e5", chain(size(100000), "float32"))
measure("compiled_gelu_both", function()
    local x, bias, g = lun.randn({n // 1000, 1000}, {requires_grad = true}), lun.randn({1000}, {requires_grad = true}), lun.randn(n // 1000, 1000)
    local f = lun.compile(function() ((x + bias):gelu() * 0.5):backward(g) end)
    local function both_ways()
        f()
        lun.graph.run() -- gradients that nobody took would not be computed
        x.grad, bias.grad = nil, nil
    end
    for _ = 1, 4 do both_ways() end
    return both_ways
end)

local rows, width = size(65536), 1024
local function both(make)
    return function()
        local x = lun.randn({rows, width}, {requires_grad = true})
        local f, g = make(x), lun.randn(rows, width)
        return function() f(x):backward(g) end
    end
end
measure("softmax", function()
    local x = lun.randn(rows, width)
    return function() local _ = x:softmax(2) end
end)
measure("softmax_both", both(function() return function(x) return x:softmax(2) end end))
measure("layer_norm", function()
    local x, net = lun.randn(rows, width), nn.LayerNorm(width)
    return function() lun.no_grad(function() local _ = net(x) end) end
end)
measure("layer_norm_both", both(function() return nn.LayerNorm(width) end))
measure("cross_entropy_both", function()
    local x, labels = lun.randn({size(8192), 8192}, {requires_grad = true}), lun.randint(1, 8193, {size(8192)})
    return function() F.cross_entropy(x, labels):backward() end
end)
measure("embedding_both", function()
    local weight, index = lun.randn({size(50000), 512}, {requires_grad = true}), lun.randint(1, size(50000) + 1, {size(65536)})
    local g = lun.randn(size(65536), 512)
    return function() F.embedding(index, weight):backward(g) end
end)
measure("adam_step", function()
    local list = {}
    for i = 1, 40 do
        list[i] = lun.randn({size(1000000)}, {requires_grad = true})
        list[i].grad = lun.randn(size(1000000))
    end
    local optimizer = optim.Adam(list, {lr = 1e-3})
    return function() optimizer:step() end
end)

-- ---- products ----

for _, case in ipairs {{"f32", "float32", 4096}, {"f16", "float16", 8192}, {"bf16", "bfloat16", 8192}} do
    measure(("matmul_%s_%d"):format(case[1], case[3]), function()
        local m = size(case[3])
        local p, q = lun.randn(m, m):to(case[2]), lun.randn(m, m):to(case[2])
        return function() local _ = p:matmul(q) end
    end)
end
measure("int_mm_4096", function()
    local m = size(4096)
    local p, q = lun.randint(-128, 128, {m, m}, {dtype = "int8"}), lun.randint(-128, 128, {m, m}, {dtype = "int8"})
    return function() local _ = p:int_mm(q) end
end)
for _, case in ipairs {{"lu_factor_ex", 2048}, {"inv_ex", 2048}, {"cholesky_ex", 4096}} do
    measure(("%s_%d"):format(case[1], case[2]), function()
        local m = small and 150 or case[2] -- more than one block takes
        local x = lun.randn(m, m)
        x = x:matmul(x.T) / m + lun.eye(m)
        return function() local _ = x[case[1]](x) end
    end)
end
measure("solve_64_of_512", function()
    local m = size(512)
    local x, b = lun.randn(64, m, m) + lun.eye(m) * 50, lun.randn(64, m, 1)
    return function() local _ = x:solve_ex(b) end
end)
measure("linear_bf16", function()
    local x, w, b = lun.randn(size(8192), 4096):bfloat16(), lun.randn(4096, 4096):bfloat16(), lun.randn(4096):bfloat16()
    return function() local _ = F.linear(x, w, b) end
end)
for _, case in ipairs {{"f32", "float32"}, {"f16", "float16"}} do
    local function convolve(make)
        return function()
            local x = lun.randn({small and 1 or 64, 64, 56, 56}, {dtype = case[2], requires_grad = true})
            return make(x, nn.Conv2d(64, 64, 3, {padding = 1}):to(case[2]))
        end
    end
    measure("conv_" .. case[1], convolve(function(x, net) return function() lun.no_grad(function() local _ = net(x) end) end end))
    measure(("conv_%s_both"):format(case[1]), convolve(function(x, net)
        local g = net(x):detach()
        return function() net(x):backward(g) end
    end))
end
for _, case in ipairs {{"f32", "float32", 1024}, {"f16", "float16", 2048}} do
    local function attend(make)
        return function()
            local x = {}
            for i = 1, 3 do x[i] = lun.randn({small and 1 or 8, 16, small and 16 or case[3], 64}, {dtype = case[2], requires_grad = true}) end
            return make(function() return F.scaled_dot_product_attention(x[1], x[2], x[3], {is_causal = true}) end)
        end
    end
    measure("attention_" .. case[1], attend(function(f) return function() lun.no_grad(function() local _ = f() end) end end))
    measure(("attention_%s_both"):format(case[1]), attend(function(f)
        local g = f():detach()
        return function() f():backward(g) end
    end))
end

-- ---- training steps ----

for _, name in ipairs(small and {"mlp"} or {"mlp", "lenet", "gpt"}) do
    measure("train_" .. name, function() return (models.step(name)) end)
    measure(("train_%s_graph"):format(name), function()
        local f = models.step(name)
        for _ = 1, 3 do f() end
        local graph = lun.cuda.graph(f)
        return function() graph() end
    end)
end
