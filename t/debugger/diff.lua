-- diff.lua - two recorded runs laid side by side: where they part, and the cause
--
-- Read next: lib/dbg/diff.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

local two = [[
local nn, dbg = require "lunette.nn", require "lunette.dbg"
local function make()
    lun.manual_seed(4)
    return nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}, {"drop", nn.Dropout(0.5)}, {"fc2", nn.Linear(4, 4)}, {"end_", nn.Tanh()}}):eval()
end
local first, second = make(), make()
local x = lun.randn(5, 3)
local function twice(change)
    dbg.record "A"
    first(x):sum()
    if change then change() end
    dbg.record "B"
    local y = second(x)
    y:sum()
    dbg.record(nil)
    return dbg.diff("A", "B")
end
]]

run("equal runs", two .. "twice()")
sees("ops agree in every bit")
run("a transposed weight", two .. [[
twice(function() lun.no_grad(function() second.fc2.weight:copy_(second.fc2.weight:t():clone()) end) end)]])
sees("first divergence: op:linear", "mod:first.fc2", "in2, a parameter: B's is A's transposed", "later ops differ in consequence")
run("another weight", two .. "twice(function() lun.no_grad(function() second.fc1.weight:mul_(2) end) end)")
sees("first divergence: op:linear", "mod:first.fc1", "in2, a parameter f32[4,3], has other values")
run("train and eval", two .. "twice(function() second:train() end)")
sees("first divergence: op:dropout", "its options differ")
run("an op too many", two .. "local h = second.act.forward function second.act:forward(x) return h(self, x):clone() end twice()")
sees("only in B: op:clone", "ops agree in every bit")
run("random numbers", two .. [[
local function draw(offset)
    lun.manual_seed(1)
    for _ = 1, offset do lun.rand(8) end
    return lun.randn(4) + 1
end
dbg.record "A" draw(0)
dbg.record "B" draw(1)
dbg.record(nil)
dbg.diff("A", "B")]])
sees("only in B: op:rand", "first divergence: op:randn", "random numbers were drawn from 0 in A and from 2 in B")
run("tolerance", two .. [[
second.fc1.weight.data:mul_(1 + 1e-6)
dbg.record "A" first(x)
dbg.record "B" second(x)
dbg.record(nil)
local strict, loose = dbg.diff("A", "B"), dbg.diff("A", "B", {rtol = 1e-3})
print(strict.first ~= nil, loose.first == nil)]])
sees("first divergence", "true\ttrue")
run("training", [[
local nn, optim, dbg = require "lunette.nn", require "lunette.optim", require "lunette.dbg"
local function train(lr)
    lun.manual_seed(2)
    local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"fc2", nn.Linear(4, 1)}})
    local opt, x = optim.SGD(net:parameters(), {lr = lr}), lun.randn(5, 3)
    for _ = 1, 3 do
        opt:zero_grad()
        net(x):pow(2):mean():backward()
        opt:step()
    end
end
dbg.record "A" train(0.1)
dbg.record "B" train(0.2)
dbg.record(nil)
dbg.diff("A", "B")]])
sees("first divergence: op:", "opt", "later ops differ")
run("at a stop", [[
for i = 1, 4 do
    local x = lun.full({2}, math.min(i, 3)):relu()
    local y = x * 2
end]], "b $SCRIPT:2\nc\nrecord A\nc\nrecord B\nc\nrecord off\nrecord\ndiff A B\ndiff A C\ndiff A\nrecord A\nc\nrecord off\nc\n")
sees("recording A", "recording B", "B: 3 ops recorded", "A: 3 ops", "first divergence: op:full", "its options differ", "there is no run 'C'", "diff A B [-r TOLERANCE]")
tap.done()
