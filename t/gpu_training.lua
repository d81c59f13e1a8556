-- gpu_training.lua - networks learn on the device what they learn on the CPU; a part of `./dev gpu`
--
-- The digits that travel inside the program; the same seed, the same start, so the losses may differ by rounding only at first.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim, F = lun.nn, lun.optim, lun.nn.functional

local images, labels = lun.data.digits()

local function network(kind)
    lun.manual_seed(7)
    if kind == "mlp" then return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)) end
    return nn.Sequential(nn.Conv2d(1, 16, 3, {padding = 1}), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, {padding = 1}), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 4 * 4, 10))
end

-- First loss, last loss, accuracy and seconds of `steps` steps over the whole set.
local function train(kind, device, steps)
    local net = network(kind):to(device)
    local x = (kind == "mlp" and images or images:reshape(-1, 1, 8, 8)):to(device)
    local y = labels:to(device)
    local optimizer = optim.Adam(net:parameters(), {lr = 0.01})
    local from, first, last = lun.wall_clock(), nil, nil
    for _ = 1, steps do
        optimizer:zero_grad()
        last = F.cross_entropy(net(x), y)
        last:backward()
        optimizer:step()
        first = first or last:item()
    end
    local seconds = lun.wall_clock() - from
    net:eval()
    return first, last:item(), net(x):argmax(2):eq(y):float():mean():item(), seconds
end

for _, kind in ipairs {"mlp", "cnn"} do
    local want = train(kind, "cpu", 1)
    local first, last, accuracy, seconds = train(kind, "cuda", 60)
    tap.ok(math.abs(first - want) < 1e-4 * math.abs(want), ("%s: the first loss is the CPU's"):format(kind))
    tap.ok(accuracy > 0.97, ("%s: it learns the digits"):format(kind))
    tap.note("%s: loss %.4f -> %.4f, accuracy %.3f, 60 steps of %d images in %.2f s", kind, first, last, accuracy, #labels, seconds)
end
tap.done()
