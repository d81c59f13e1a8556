-- run.lua - Lunette's side of the measurements: prints "name<TAB>seconds per call" for each workload
--
--   lunette [--threads N] bench/run.lua [PATTERN]
--
-- A number is the median of 7 samples of at least 10 ms each. bench/peer_torch.py has the same workloads, same shapes, same names.
-- Holds: what is measured is what a user would write; nothing is prepared that a loop of theirs would not have.
-- Read next: bench/compare.lua, which runs both sides in turn. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn, optim = lun.nn, lun.optim
local pattern = arg[1] or ""

local function median(samples)
    table.sort(samples)
    return samples[(#samples + 1) // 2]
end

local function time(f, count)
    local from = lun.wall_clock()
    for _ = 1, count do f() end
    return (lun.wall_clock() - from) / count
end

local function measure(name, f)
    if not name:find(pattern) then return end
    local count = 1
    while time(f, count) * count < 0.01 do count = count * 2 end
    local samples = {}
    for i = 1, 7 do samples[i] = time(f, count) end
    print(("%s\t%.9g"):format(name, median(samples)))
    io.stdout:flush()
end

lun.manual_seed(1)

local x, y = lun.tensor {1.0}, lun.tensor {2.0}
measure("add1", function() local _ = x:add(y) end)
local leaf = lun.tensor({1.0}, {requires_grad = true})
measure("add1_grad", function() local _ = leaf:add(y) end)
measure("chain10", function()
    local z = leaf
    for _ = 1, 10 do z = z * y end
    z:sum():backward()
end)

local a, b = lun.randn(1000000), lun.randn(1000000)
measure("add_1e6", function() local _ = a + b end)
measure("exp_1e6", function() local _ = a:exp() end)
measure("gelu_1e6", function() local _ = a:gelu() end)
measure("sum_1e6", function() local _ = a:sum() end)
local rows = lun.randn(1000, 1000)
measure("softmax_1000x1000", function() local _ = rows:softmax(2) end)

for _, n in ipairs {512, 1024} do
    local p, q = lun.randn(n, n), lun.randn(n, n)
    measure("matmul_" .. n, function() local _ = p:matmul(q) end)
end

local function training(net, shape)
    local images, labels = lun.randn(shape), lun.randint(1, 11, {128})
    local optimizer = optim.Adam(net:parameters(), {lr = 1e-3})
    return function()
        local loss = lun.cross_entropy(net(images), labels)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
    end
end

measure("mlp_step", training(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)), {128, 784}))
measure("cnn_step", training(nn.Sequential(nn.Conv2d(1, 16, 3, {padding = 1}), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, {padding = 1}),
        nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10)), {128, 1, 28, 28}))
