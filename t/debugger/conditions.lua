-- conditions.lua - conditions of breakpoints: what is compiled, what is Lua's, statistics, failures
--
-- Read next: debugger/condition.c, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen, stops = session.tap, session.run, session.sees, session.not_seen, session.stops
local lun = require "lunette"
local core = require "lunette.dbg_core"
local dbg = require "lunette.dbg"

-- which kind each text is
local function kind(text)
    local id, _, how = core.add("op:mul", {condition = text})
    core.remove(id)
    return how
end
for _, text in ipairs {"absmax(out) > 1e3", "zeros(in1) >= 0.9 and step > 10", 'dtype(in1) == "float32" or not (ndim(in2) == 2)', "size(in1, 2) * 4 < -numel(out2) + 3",
                       "(hits == 3)", 'shape(in1) ~= "8,1"', "phase == 'bwd'", "seq >= 100", "mean(in1) - std(in1) / 2 < 0"} do
    tap.is(kind(text), "native", "native: " .. text)
end
for _, text in ipairs {"i > 3", "absmax(x) > 1", "in1:sum():item() > 2", "zeros(in1)", "step", "1 < 2 < 3", "step > 5--2", "not zeros(in1) > 1", "absmax(in9) > 1",
                       "dtype(in1)", "in1 == in2", "step + (hits == 1) > 1", "hits % 2 == 0", ("("):rep(40) .. "step" .. (")"):rep(40) .. " > 1"} do
    tap.is(kind(text), "lua", "Lua: " .. text:sub(1, 40))
end

-- what they say, against the same text evaluated as Lua
local x, y = lun.tensor {1.0, -4.0, 0.0, 3.0}, lun.tensor {{2.0, 0 / 0}, {math.huge, 0.0}}
local environment = setmetatable({in1 = x, out = x * y:view(4), step = 0, hits = 1}, {__index = function(_, name)
    return function(t, dim) return name == "size" and t.shape[dim] or core.measure(name, t) end
end})
for _, text in ipairs {"absmax(in1) == 4", "zeros(in1) == 0.25", "nan(out) > 0.2 and nan(out) < 0.3", "max(in1) + min(in1) == -1", "norm(in1) > 5.09 and norm(in1) < 5.1",
                       "mean(in1) == 0 and std(in1) > 2.9", "std(in1) > 3", "ndim(in1) == 1 and numel(in1) == 4", "size(in1, 1) == 4", "nonfinite(out) == 0.25",
                       'shape(in1) == "4"', "dtype(in1) ~= 'float32' or hits == 1", "inf(in1) == 0 and not (step > 0)", "1 - 2 - 3 == -4", "2 * 3 + 4 / 2 == 8", "-2 < -1"} do
    local stopped, hits = false, 0
    local bp = dbg.bp("op:mul", {cond = text, run = function() stopped = true end})
    local _ = x * y:view(4)
    bp:remove()
    environment.hits = hits + 1
    local wanted = load("return " .. text, "=c", "t", environment)()
    tap.is(stopped, wanted and true or false, "holds as in Lua: " .. text)
end

-- statistics follow the content
local big = lun.zeros(1000)
tap.is(core.measure("zeros", big), 1.0, "all zeros")
big:add_(1)
tap.is(core.measure("zeros", big), 0.0, "a write is a new version")
tap.is(core.measure("max", lun.tensor {1.0, math.huge}), math.huge, "infinity counts in max")
tap.ok(core.measure("mean", lun.zeros(0)) ~= core.measure("mean", lun.zeros(0)), "nothing has no mean")
local before = lun.memory().live
do
    local bp = dbg.bp("op:add", {cond = "absmax(out) > 5"})
    for _ = 1, 50 do local _ = lun.ones(1000) + 1 end
    bp:remove()
end
collectgarbage()
collectgarbage()
tap.is(lun.memory().live, before, "no statistics keep memory once the breakpoint is gone")
do
    local large = lun.ones(10000001)
    tap.is(core.measure("norm", large), math.sqrt(10000001), "of a large tensor all elements count, not a sample")
    large[7654321] = 0 / 0
    tap.ok(core.measure("nan", large) > 0, "and no NaN is missed")
    tap.ok(tostring(large):find("(one in 50 looked at)", 1, true), "what is only shown says that it is a sample: " .. tostring(large):match "[^\n]*")
end
local started, n = os.clock(), 0
do
    local a, b = lun.ones(1), lun.ones(1)
    local bp = dbg.bp("op:add", {cond = "step > 5 and hits > 3 or seq < 0"})
    for _ = 1, 20000 do local _ = a + b end
    for _, entry in ipairs(dbg.list()) do n = entry.nanoseconds / entry.passes end
    bp:remove()
end
tap.ok(n < 20000, ("a scalar condition takes %.0f ns, its two clock readings included (%.2f s)"):format(n, os.clock() - started))

run("a failing condition", [[
for i = 1, 3 do lun.ones(2):relu() end
print "end"]], "b op:relu if absmax(in2) > 1\nb op:relu if nothing.at.all\nc\ni b\nc\nc\n")
sees("bp1 is off: its condition failed: there is no in2 here (op relu)", "bp1 op:relu", "off op:relu", "bp2 is off: its condition failed:", "end")
tap.is(#stops(), 2, "a failing condition stops once, then is off")

run("a Lua condition sees locals", [[
for i = 1, 5 do local y = lun.ones(2) * i end
print "end"]], "b op:mul if i == 4 and absmax(in1) == 1\nb op:mul if out:sum():item() > 9\nc\ni b\nc\nc\n")
sees("bp1 op:mul", "i == 4 and absmax(in1) == 1 (lua", "bp2 op:mul", "out", "f32[2]", "end")
run("$ and displays", [[
local step = "mine"
for i = 1, 3 do local y = lun.ones(2) * i end
print "end"]], "disp absmax(in1) + i\nb op:mul\nc\n=step\n$step\np $seq > 0, $hits\nc\ncond 1 i < 0\nc\n")
sees("disp 1  absmax(in1) + i = 2.0", "mine", "0\n", "true\n1\n", "disp 1  absmax(in1) + i = 3.0", "end")
run("an exploding RNN, natively", [[
local h = lun.ones(1, 1)
for t = 1, 50 do h = h:matmul(lun.tensor{{1.5}}) end]], "b op:matmul if absmax(out)>1e3\nc\n=t\ni b\nq\n")
sees("native condition", "18\n", "hits 1 of 18  if absmax(out)>1e3 (native,")
not_seen("lua condition", "no Lua condition")

-- learning-rate blow-up: f = w^2, lr = 1.1
run("learning rate", [[
local w = lun.tensor({1.0}, {requires_grad = true})
local opt = require("lunette.optim").SGD({w}, {lr = 1.1})
for i = 1, 20 do
    opt:zero_grad()
    local loss = (w * w):sum()
    loss:backward()
    opt:step()
end]], "b opt if loss > 10\nc\n=step, i\np ('%.2f'):format(loss:item())\np ('%.3f'):format(ratio(update))\np ('%.3f'):format($gradnorm)\n=w:item() == w:item()\nq\n")
sees("optimiser's step 8", "8\n8\n", "12.84", "2.200", "7.166")

run("missing zero_grad", [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(0)
local net = nn.Linear(2, 1)
local opt = optim.SGD(net:parameters(), {lr = 0.0})
local x = lun.ones(3, 2)
for i = 1, 2 do
    net(x):sum():backward()
    opt:step()
end]], "b opt\nc\np ('%.4f'):format($gradnorm)\ni grads\nc\np ('%.4f'):format($gradnorm)\nc\n")
sees("5.1962", "net.weight.grad", "net.bias.grad", "norm of all: 5.19615", "10.3923")

run("dead units", [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"fc", nn.Linear(4, 4)}, {"act", nn.ReLU()}})
lun.no_grad(function() net.fc.bias:fill_(-10) end)
net(lun.randn(3, 4)):sum():backward()
print("grad", net.fc.weight.grad:abs():sum():item() > 0)]], "b op:relu if zeros(out)>0.99\nc\nset in1 = in1 + 12\nc\n")
sees("op:relu", "net.act", "grad\ttrue")
run("a local that is called as the debugger's own number", [[
local function f(step) return lun.ones(step):relu() end
for step = 1, 4 do
    if step == 1 then require("lunette.dbg").stop() end
    f(step)
end]], "c\nb op:relu if step == 3\nb op:relu if $step > 99\ncond 1 step == 2\ni b\nc\n=step\nc\n")
sees("step is a local of yours; $step is the debugger's", "lua condition", "native condition", "step is a local", "■ bp1 op:relu", "2\n")
tap.done()
