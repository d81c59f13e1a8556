-- bugs.lua - each program in bugs/ has one fault; its commands (at most six) must bring its finding to light, and a good program none
--
-- Read next: lib/dbg/diagnose.lua, lib/dbg/why.lua, doc/debugger.md. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

local function read(path)
    local file <close> = assert(io.open(path))
    return file:read "a"
end

local names = {"broadcast", "dead_relu", "detached", "dropout_in_evaluation", "exploding", "learning_rate", "log_of_zero", "overwritten", "saturated",
               "softmax_dim", "stale_optimizer", "trained_in_eval", "unused_class", "zero_grad"}
for _, name in ipairs(names) do
    local text = read(("%s/t/debugger/bugs/%s.lua"):format(root, name))
    local commands = text:match "\n%-%- commands: ([^\n]+)"
    run(name, text, commands:gsub(";%s*", "\n") .. "\n")
    tap.ok(select(2, commands:gsub(";", "")) <= 5, name .. ": at most six commands")
    sees(text:match "\n%-%- finds: ([^\n]+)")
end

run("a program without a fault", [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local x, labels = lun.randn(90, 4), (lun.arange(0, 90) % 3 + 1):long()
x:add_(labels:unsqueeze(2):float())
local net = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))
local opt = optim.Adam(net:parameters(), {lr = 0.01})
for step = 1, 80 do
    net:train()
    opt:zero_grad()
    nn.functional.cross_entropy(net(x), labels):backward()
    opt:step()
    if step % 20 == 0 then
        net:eval()
        lun.no_grad(function() net(x):softmax(2) end)
    end
end
print "end"]], "diagnose\nc\n")
sees "end"
not_seen("diagnose:", "nothing is found in a good program")

run("why nograd", [[
local w, v, u = lun.ones(2):requires_grad_(), lun.ones(2):requires_grad_(), lun.ones(2)
for step = 1, 2 do
    local h = (w * 2):detach()
    local loss = (h * v):sum()
    loss:backward()
    lun.ones(1):relu()
end]], "b op:relu\nc\nwhy nograd w\nwhy nograd v\nwhy nograd u\nc\nwhy nograd w\nc\n")
sees("from now on it is noted", "it has a gradient, of norm 2.828", "it does not require grad", "its gradient ends at detach  script.lua:3  local h")
run("why nograd: a number that was taken out and put back", [[
local w1, w2 = lun.ones(2):requires_grad_(), lun.ones(2):requires_grad_()
for step = 1, 2 do
    local number = (w1 * 2):sum():item()
    local loss = (lun.tensor {number, number} * w2):sum()
    loss:backward()
    lun.ones(1):relu()
end]], "b op:relu\nc\nwhy nograd w1\nc\nwhy nograd w1\n=w2.grad:sum():item()\nc\n")
sees("its gradient ends at item  script.lua:3  local number", "carries no gradient", "16.0\n")
run("why", [[
local p = lun.tensor{0.5, 0.0, 0.5}
local l = p:log()
local m = l * 2
local s = m - m
print("s", s:sum():isnan():item())]], "catch nan\nc\nwhy out\nwhy out[2]\nwhy p\nc\n")
sees("catch nan op:sub", "NaN  born here by op:sub", "in1 was -inf, in2 was -inf", "it has no NaN and no infinity")
run("a NaN loss is told", [[
local nn, optim = require "lunette.nn", require "lunette.optim"
local w = lun.zeros(2):requires_grad_()
local opt = optim.SGD({w}, {lr = 1})
for step = 1, 3 do
    opt:zero_grad()
    ;(w / w):sum():backward()
    opt:step()
end]], "diagnose\nc\n")
sees("diagnose: not finite: div in", "diagnose: the loss: the loss is", "op:div", "born at element 1  (in1 was 0, in2 was 0)")
tap.done()
