-- stories.lua - longer sessions, each from the fault to its cause or to a better outcome
--
-- Read next: t/debugger/scenarios.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

run("log(0): from the NaN to the log, and on to the loss", [[
local p = lun.tensor{0.5, 0, 0.5}
local l = (p * p:log()):sum()
local m = lun.tensor{1.0, -1}:sqrt()
l:relu()]], "catch nonfinite\nb op:relu\nc\nc\nwhy $out[2]\nc\nwhy out\nc\nwhy in1\nc\n")
sees("op:log", "born here (inputs finite)", "op:mul", "NaN  born here by op:mul", "-inf  born here by op:log", "script.lua:2  (in1 was 0)", "no single number was computed of it so far",
     "op:sqrt", "op:relu", "NaN  passed on by op:sum", "born here by op:mul", "reaches op:sum")
run("what has no NaN is described", [[
local z = lun.zeros(3):requires_grad_() * 2
local h = lun.full({2}, 1e6):requires_grad_() * 3
h:relu()]], "b op:relu\nc\nwhy z\nwhy h\nwhy in1[1]\nc\n")
sees("all of it is zero, made by op:mul", "absmax 3e+06, 0 % zeros), made by op:mul", "it is large", "absmax(out) > 3e+05")

run("dead units", [[
local nn = require "lunette.nn"
lun.manual_seed(1)
local net = nn.Sequential({{"fc", nn.Linear(4, 4)}, {"act", nn.ReLU()}})
lun.no_grad(function() net.fc.bias:fill_(-10) end)
net(lun.randn(3, 4)):sum():backward()
lun.ones(1):exp()
print("grad", net.fc.weight.grad:abs():sum():item() > 0)]], "travel on\nb op:relu if zeros(out)>0.99\nb op:exp\nc\nc\ni grads\nd 2\nb op:relu\nrc\nd 1\nset in1 = in1 + 12\nc\nc\n")
sees("op:relu", "net.act", "norm of all: 0", "op:relu", "grad\ttrue")

local descent = [[
local optim = require "lunette.optim"
local w = lun.ones(1):requires_grad_()
local opt = optim.SGD({w}, {lr = 1.1})
local loss
for step = 1, 12 do
    opt:zero_grad()
    loss = (w * w):sum()
    loss:backward()
    opt:step()
end
print("loss", ("%.4g"):format(loss:item()))]]
run("a rate that is too large, and another one beside it", descent,
    "travel on\nb bwd if loss:item() > 10\nc\n=step\nd 1\nfork\nopt.param_groups[1].lr = 0.4\nc\n")
sees("8\n", "A runs on to the end", "loss\t55.2", "A is kept. This is B", "loss\t", "B against A:", "first divergence: op:sgd_step", "lr = 1.1 in A, 0.4 in B")
local losses = {}
for loss in session.output:gmatch "loss\t(%S+)" do losses[#losses + 1] = tonumber(loss) end
tap.ok(#losses == 2 and losses[2] < 1, "with the smaller rate the loss falls, to " .. tostring(losses[2]))

run("memory that is overwritten, noticed too late", [[
local x = lun.tensor({1.0, 2.0}, {requires_grad = true})
local y = x:exp()
y:mul_(2)
y:sum():backward()]])
sees("exp", "line 2", "line 3")

run("train mode left on", [[
local nn, dbg = require "lunette.nn", require "lunette.dbg"
lun.manual_seed(2)
local net = nn.Sequential({{"fc", nn.Linear(3, 3)}, {"drop", nn.Dropout(0.5)}})
local x = lun.randn(2, 3)
dbg.record "A"
net:eval()
net(x)
dbg.record "B"
net:train()
net(x)
dbg.record(nil)
dbg.diff("A", "B")]], "catch mode\nc\nc\nd 1\nc\n")
sees("goes to eval", "first divergence: op:dropout", "training = 0 in A, 1 in B")
run("statistics that move while measuring", [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"fc", nn.Linear(3, 3)}, {"bn", nn.BatchNorm1d(3)}})
net(lun.randn(4, 3))
lun.ones(1):relu()
lun.no_grad(function() net(lun.randn(4, 3)) end)
print "end"]], "b op:relu\nc\nd 1\nwatch name:bn.running_mean\nc\nbt\nd 2\nc\n")
sees("op:", "net.bn", "script.lua:5", "end")
tap.is(#session.stops(), 2, "the buffer is written once while measuring")

run("labels off by one", [[
local nn = require "lunette.nn"
local logits, labels = lun.randn(10, 10), lun.arange(1, 11):long() + 1
nn.functional.cross_entropy(logits, labels)]], "catch error\nc\n=labels:max():item()\nq\n")
sees("catch error op:cross_entropy", "11", "10", "11\n")
tap.ok(session.output:find "element 10" or session.output:find "%[10%]" or session.output:find "position 10", "which label is named: " .. (session.output:match "error[^\n]*" or ""))

run("a parameter that nobody updates", [[
local nn, optim = require "lunette.nn", require "lunette.optim"
local net = nn.Sequential({{"fc", nn.Linear(2, 1)}})
local opt = optim.SGD(net:parameters(), {lr = 0.1})
net.fc.weight = lun.randn(1, 2):requires_grad_()
lun.ones(1):relu()
for step = 1, 3 do
    opt:zero_grad()
    net(lun.ones(4, 2)):sum():backward()
    opt:step()
end
print "end"]], "b op:relu\nc\nd 1\nwatch name:fc.weight\nwatch name:fc.bias\nc\nd 3\nc\n")
sees("bp2", "bp3 op:", "end")
tap.is(#session.stops(), 2, "no step writes to the weight")

-- back and on: how much is computed again
local counted = [[
lun.op.define {name = "counted", args = "x: tensor", help = "x.", forward = function(x)
    io.write "computed\n"
    return x * 1.5 + 1
end}
local nn = require "lunette.nn"
local Net = nn.Module:extend("Net")
function Net:forward(x)
    for i = 1, 12 do x = lun.counted(x) end
    return x
end
print("y", ("%a"):format(Net()(lun.ones(1)):item()))]]
run("twelve ops, back and on with another value", counted, "travel on\nb op:counted#12\nc\nfinish\nd 1\nrsi 5\nrsi 5\nset out = lun.full({1}, 7.0)\nc\n")
local _, computed = session.output:gsub("computed\n", "")
tap.is(computed, 12 + 9, "computations")
local there = session.output:match "y\t%S+"
local place = session.output:match ".*■ (op:counted #%d+)"
run("the same value in a fresh run", counted, "b op:counted#" .. 3 .. "\nc\nset out = lun.full({1}, 7.0)\nc\n")
tap.ok(place, "it went back to an op of ours")
tap.is(there, session.output:match "y\t%S+", "the bits of a fresh run with that value, from " .. tostring(place))
run("an edit is marked", counted, "travel on\nb op:counted#3\nc\nset out = lun.full({1}, 7.0)\nb op:counted#5\nc\ni record\nrsi 1\n=in1:item()\nc\n")
sees("(edited)", "7.0\n", "y\t")

-- the first minute
local told = lun.help "dbg"
tap.ok(told:find "catch" and told:find "go on:" and select(2, told:gsub("\n", "")) <= 28, "?dbg fits a screen and lists functions and commands")
local inner = {condition_text = true, commands = true, failed = true, prompt = true, stopped = true, ask = true} -- for editors and tests
for name, value in pairs(require "lunette.dbg") do
    tap.ok(type(value) ~= "function" or inner[name] or lun.help("dbg." .. name):find("dbg." .. name, 1, true), "?dbg." .. name)
end
run("help fits a screen", "lun.ones(1):relu()", "b op:relu\nc\nhelp\nc\n")
local help = session.output:match "help\n(.-)%(lun"
tap.ok(help and select(2, help:gsub("\n", "")) <= 24, "help has at most 24 lines")
local titles, twice = {}, nil
for title in (help or ""):gmatch "\n(%l[%l ]-)  +%S" do titles[title], twice = true, twice or titles[title] and title end
tap.is(twice, nil, "no group of commands stands in it twice")
tap.ok(titles["two runs"], "... and groups there are")
tap.done()
