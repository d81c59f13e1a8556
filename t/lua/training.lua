-- training.lua - whole training loops: they learn, their memory stays flat, and the number of threads does not change a bit
--
-- Reads the resident memory of the whole process from /proc, with no call to the collector by the user.
-- Read next: examples/fashion_mnist.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim, data = require "lunette.nn", require "lunette.optim", require "lunette.data"

local function resident()
    local file = io.open "/proc/self/status"
    if not file then return nil end
    local text = file:read "a"
    file:close()
    return tonumber(text:match "VmRSS:%s+(%d+)") / 1024
end

-- ---- it learns ----

do
    lun.manual_seed(1)
    local x, y = data.iris()
    x = (x - x:mean(1)) / x:std(1)
    local train, test = data.random_split(data.TensorDataset(x, y), {120, 30})
    local net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    local optimizer = optim.AdamW(net:parameters(), {lr = 0.02})
    for _ = 1, 30 do
        for a, b in data.DataLoader(train, {batch_size = 16, shuffle = true}) do
            optimizer:zero_grad()
            lun.cross_entropy(net(a), b):backward()
            optimizer:step()
        end
    end
    local a, b = test:batch(lun.range(1, 30))
    local right = lun.no_grad(function() return net:eval()(a):argmax(2):eq(b):sum():item() end)
    tap.ok(right >= 27, ("iris: %d of 30 unseen flowers are named"):format(right))
end

-- ---- memory ----

if resident() and not os.getenv "LUNETTE_SANITIZED" then
    local net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Dropout(0.1), nn.Linear(16, 4))
    local optimizer = optim.Adam(net:parameters(), {lr = 1e-3})
    local x, y = lun.randn(32, 8), lun.randint(1, 5, {32})
    local early, total = 0, 0
    for step = 1, 10000 do
        local loss = lun.cross_entropy(net(x), y)
        optimizer:zero_grad()
        loss:backward()
        optimizer:step()
        total = total + loss:item()
        if step == 2000 then early = resident() end
    end
    local growth = resident() - early
    tap.ok(growth < 2, ("10,000 steps: %.1f MB more than after 2,000"):format(growth))

    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 64))
    optimizer = optim.SGD(net:parameters(), {lr = 1e-3, momentum = 0.9})
    x = lun.randn(64, 1, 28, 28)
    for step = 1, 60 do
        optimizer:zero_grad()
        local loss = net(x):square():mean()
        loss:backward()
        optimizer:step()
        if step == 20 then early = resident() end
    end
    growth = resident() - early
    tap.ok(growth < 16, ("60 steps with large activations: %.1f MB more than after 20"):format(growth))
else
    tap.skip "memory is not measured here"
end

-- ---- threads ----

local function weights_after(threads)
    lun.set_num_threads(threads)
    lun.manual_seed(5)
    local net = nn.Sequential(nn.Conv2d(1, 6, 3, {padding = 1}), nn.BatchNorm2d(6), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2),
                              nn.Linear(6 * 14 * 14, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 10))
    local optimizer = optim.AdamW(net:parameters(), {lr = 1e-3})
    local x, y = lun.randn(96, 1, 28, 28), lun.randint(1, 11, {96})
    for a, b in data.DataLoader(data.TensorDataset(x, y), {batch_size = 32, shuffle = true}) do
        optimizer:zero_grad()
        lun.cross_entropy(net(a), b):backward()
        optimizer:step()
    end
    return net:state_dict()
end

do
    local default = lun.get_num_threads()
    local one = weights_after(1)
    for _, threads in ipairs {2, 4} do
        local other, same = weights_after(threads), true
        for name, x in pairs(one) do same = same and x == other[name] end
        tap.ok(same, ("a network trained on %d threads has the same bits as on one"):format(threads))
    end
    lun.set_num_threads(default)
end

tap.done()
