-- run.lua - Lunette's side of the measurements on a GPU: prints "name<TAB>seconds per call" for each workload
--
--   lunette bench/gpu/run.lua [PATTERN]
--
-- A number is the median of 7 samples of at least 10 ms each, each from an idle device to an idle device. peer_torch.py has the same
-- workloads, same shapes, same names; NAME_graph and NAME_compiled are the best that each side has for a step that repeats: a replayed
-- CUDA graph here, torch.compile(mode="reduce-overhead") there.
-- LUNETTE_BENCH_SMALL=1 makes everything tiny, to see that it runs (on the host device).
-- Read next: bench/compare.lua, which runs both sides in turn. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn, optim, F = lun.nn, lun.optim, lun.nn.functional
local pattern = arg[1] or ""
local small = os.getenv "LUNETTE_BENCH_SMALL" == "1"

local function median(samples)
    table.sort(samples)
    return samples[(#samples + 1) // 2]
end

local function time(f, count)
    lun.cuda.synchronize()
    local from = lun.wall_clock()
    for _ = 1, count do f() end
    lun.cuda.synchronize()
    return (lun.wall_clock() - from) / count
end

-- `prepare` makes the function that is timed, and is only called for a workload that was asked for.
local function measure(name, prepare)
    if not name:find(pattern) then return end
    local good, problem = pcall(function()
        local f = prepare()
        local count = 1
        for _ = 1, small and 1 or 3 do f() end
        while time(f, count) * count < (small and 0 or 0.01) do count = count * 2 end
        local samples = {}
        for i = 1, small and 1 or 7 do samples[i] = time(f, count) end
        print(("%s\t%.9g"):format(name, median(samples)))
    end)
    if not good then io.stderr:write(("%s: %s\n"):format(name, tostring(problem))) end
    io.stdout:flush()
    collectgarbage()
    lun.cuda.empty_cache()
end

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

local Block = nn.Module:extend("Block")
function Block:init(d, heads)
    self.heads = heads
    self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
    self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
    self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
end
function Block:forward(x)
    local b, t, d = x:dims()
    local parts = self.qkv(self.norm1(x)):view(b, t, 3, self.heads, d // self.heads):permute(3, 1, 4, 2, 5)
    local y = F.scaled_dot_product_attention(parts[1], parts[2], parts[3], {is_causal = true})
    x = x + self.out(y:transpose(2, 3):reshape(b, t, d))
    return x + self.down(F.gelu(self.up(self.norm2(x)), "tanh"))
end

local Gpt = nn.Module:extend("Gpt")
function Gpt:init(vocabulary, d, steps, blocks, heads)
    self.token, self.place = nn.Embedding(vocabulary, d), nn.Embedding(steps, d)
    self.places = lun.range(1, steps)
    local list = {}
    for i = 1, blocks do list[i] = Block(d, heads) end
    self.blocks = nn.Sequential(table.unpack(list))
    self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary, {bias = false})
end
function Gpt:forward(tokens)
    local x = self.token(tokens) + self.place(self.places)
    return self.head(self.norm(self.blocks(x))):flatten(1, 2)
end

local steps = {}
function steps.mlp()
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)),
        lun.randn(128, 784), lun.randint(1, 11, {128}), function(p) return optim.SGD(p, {lr = 0.01}) end
end
function steps.lenet()
    return nn.Sequential(nn.Conv2d(1, 6, 5, {padding = 2}), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        lun.randn(64, 1, 28, 28), lun.randint(1, 11, {64}), function(p) return optim.Adam(p, {lr = 1e-3}) end
end
function steps.gpt()
    return Gpt(65, 128, 128, 4, 4), lun.randint(1, 66, {16, 128}), lun.randint(1, 66, {16 * 128}),
        function(p) return optim.AdamW(p, {lr = 1e-3}) end
end

for _, name in ipairs {"mlp", "lenet", "gpt"} do
    local function step()
        local net, inputs, labels, optimizer = steps[name]()
        optimizer = optimizer(net:parameters())
        return function()
            optimizer:zero_grad()
            F.cross_entropy(net(inputs), labels):backward()
            optimizer:step()
        end
    end
    measure("train_" .. name, step)
    measure(("train_%s_graph"):format(name), function()
        local f = step()
        for _ = 1, 3 do f() end
        local graph = lun.cuda.graph(f)
        return function() graph() end
    end)
end
