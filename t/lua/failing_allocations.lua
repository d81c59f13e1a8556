-- failing_allocations.lua - each allocation of the core fails once, and nothing is lost
--
-- LUN_FAIL_ALLOC=n makes the n-th allocation after start-up fail. This file starts itself as a child for n = 1, 2, 3, ...: the child
-- runs a small training script, must get an out-of-memory error of ours (or none, when it could do without), must work when run again, and must then hold
-- not one record or byte more than usual.
-- Holds: the script is the same at each n, so that every place where the core asks for memory is reached.
-- Read next: core/alloc.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn, optim = require "lunette.nn", require "lunette.optim"

local function train()
    lun.manual_seed(1)
    local x, y = lun.randn(6, 1, 8, 8), lun.tensor { 1, 2, 3, 1, 2, 3 }
    local net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 3))
    local steps = optim.Adam(net:parameters(), { lr = 0.01 })
    for _ = 1, 2 do
        steps:zero_grad()
        local loss = lun.cross_entropy(net(x), y)
        loss:backward()
        steps:step()
    end
    local values, places = x:flatten(2):topk(3)
    values[1] = 0
    values[values:lt(0)] = 1
    values["1:2, -1"] = lun.ones(2)
    local parts = lun.cat({ values, values:sort(2), lun.stack({ values[1], values[2] }, 1) }, 1):split(4)
    local total = lun.einsum("ij,ij->i", parts[1], parts[1]):softmax(1):var():item()
    local table_of = lun.zeros(5, 3):requires_grad_()
    local picked = lun.embedding(places:clamp(1, 5), table_of)
    picked:layer_norm({ 3 }):gelu():pow(2):mean():backward()
    local second = lun.ones(3):requires_grad_()
    lun.grad(lun.grad((second:tanh() ^ 3):sum(), second, { create_graph = true }):sum(), second)
    local text = tostring(x:gather(4, lun.ones(6, 1, 8, 1):to "int64"))
    lun.no_grad(function() x:add_(1):mul_(2) end)
    local wide = x:to "float64":sum { dim = { 1, 3 }, keepdim = true }
    lun.graph.chains(4)
    local waits = lun.no_grad(function() return ((x * 2 + 1):exp() - x / 3):mean() end)
    total = total + waits:item()
    lun.graph.chains(false)
    return total + wide:numel() + #text
end

-- Twice, since what a finaliser lets go is collected only the next time.
local function settle()
    for _ = 1, 4 do collectgarbage() end
    return lun.memory()
end

-- Names and compiled formulas stay for ever, once: so records are counted after one run that succeeds.
local function child()
    local before = settle()
    local good, problem = pcall(train)
    lun.graph.chains(false) -- which runs what waits, and forgets its plans
    local answer = good and "done" or problem.kind == "memory" and "failed" or "wrong: " .. tostring(problem)
    problem = nil
    local after = settle()
    if after.live ~= before.live then answer = ("leak: %d bytes more"):format(after.live - before.live) end
    local again = good or pcall(train)
    print(again and answer or "broken: the same script fails afterwards", settle().records)
    os.exit(0, true)
end

if arg and arg[1] == "child" then child() end

local tap = require "tap"
local build = os.getenv "LUNETTE_BUILD" or "build"
local slow = os.getenv "LUNETTE_SANITIZED" ~= nil

-- The child's answer and the number of records it holds at its end.
local function run(n)
    local command = ("LUN_FAIL_ALLOC=%d '%s/lunette' '%s' child 2>&1"):format(n, build, arg[0])
    local pipe = assert(io.popen(command))
    local text = pipe:read "a"
    local good, how, code = pipe:close()
    if not good then return ("%s %d: %s"):format(how, code, text) end
    local answer, records = text:match "([^\n]*)\t(%d+)\n$"
    return answer or text, records
end

local usual, records = run(10000000)
if not tap.is(usual, "done", "the script runs when nothing fails") then tap.done() end
local failures, tried, failed, quiet = {}, 0, 0, 0
local n, step = 1, 1
while quiet < 30 do -- now and then a failure is absorbed; thirty in a row are the end of the script
    local answer, kept = run(n)
    tried = tried + 1
    quiet = answer == "done" and quiet + 1 or 0
    if answer == "failed" then failed = failed + 1 end
    if answer ~= "failed" and answer ~= "done" or kept ~= records then
        failures[#failures + 1] = ("n = %d: %s; %s records, want %s"):format(n, answer, kept, records)
    end
    if n > 60 then step = slow and 29 or 11 end
    n = n + step
end
tap.ok(failed > 20, ("allocations failed in turn: %d of about %d"):format(tried, n))
if #failures == 0 then
    tap.ok(true, "each time an error, nothing lost, and the session goes on")
else
    tap.fail("each time an error, nothing lost, and the session goes on", #failures .. " fail:",
        table.unpack(failures, 1, math.min(#failures, 12)))
end
tap.done()
