-- travel.lua - going back in a call of a network: values, random numbers, memory, fields, pcall, <close>, coroutines; forks
--
-- Read next: lib/dbg/travel.lua, debugger/travel.h, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

local chain = [[
local nn = require "lunette.nn"
local calls = 0
local Net = nn.Module:extend("Net")
function Net:init() self.count = 0 end
function Net:forward(x)
    self.count = self.count + 1
    calls = calls + 1
    local h, log = x, {}
    for i = 1, 6 do
        h = h * 1.5
        log[#log + 1] = i
        h = h + i
    end
    print("log", #log)
    return h:sum()
end
local net = Net()
local y = net(lun.ones(3))
print("y", ("%a"):format(y:item()), net.count, calls)]]

local plain = run("plain", chain):match "y\t%S+"
run("back and on", chain, "travel on\nb op:sum\nc\nrsi 5\n=i\n=h[1]:item()\n=#log\nc\nc\n")
sees("travel on", "op:sum", "op:add #9", "4\n", "17.4375\n", "4\n", plain, "1\t1")
tap.is(select(2, session.output:gsub("\nlog\t6", "")), 2, "print keeps quiet on the way, and speaks where it runs on")

run("another value from there", chain, "travel on\nb op:sum\nc\nd 1\nrsi 11\n=#log\nset in1 = in1 * 0\nc\n")
local edited = session.output:match "y\t%S+"
local fresh = run("the same, in a fresh run", chain, "b op:add if i == 1\nc\nd 1\nset in1 = in1 * 0\nc\n")
tap.is(edited, fresh:match "y\t%S+", "going back and editing gives the bits of a fresh run with that value")
tap.ok(edited ~= plain, "which is another result")

local dropout = [[
local nn = require "lunette.nn"
lun.manual_seed(5)
local net = nn.Sequential({{"a", nn.Linear(6, 6)}, {"d1", nn.Dropout(0.5)}, {"b", nn.Linear(6, 6)}, {"d2", nn.Dropout(0.5)}, {"n", nn.BatchNorm1d(6)}})
local x = lun.randn(4, 6)
local y = net(x)
y:sum():backward()
local n = net:buffers()
print("y", ("%a"):format(y:pow(2):sum():item()), ("%a"):format(net.a.weight.grad:sum():item()), ("%a"):format(n[1]:sum():item()), ("%a"):format(lun.rand(1):item()))]]
local bits = run("plain dropout", dropout):match "y\t[^\n]*"
run("random numbers, running statistics, gradients", dropout, "travel on\nb op:batch_norm\nc\nd 1\nfinish\nrsi 3\ni record\nc\n")
sees("op:dropout", "steps of this call", bits)
run("nothing is kept", dropout, "travel on 0\nb op:batch_norm\nc\nd 1\nfinish\nrsi 4\ni record\nc\n")
sees("0.1 KB held", bits)
run("from behind the end of a module", dropout, "travel on\nb mod:net/exit\nc\nrsm\nrsm\nd 1\nc\n")
sees("mod:net#1 exit", "net.n", "net.d2", bits)
run("goto and rc", dropout, "travel on\nb op:linear\nc\nc\ni record\nrc\nd 1\ngoto op#99999\nsi\nc\n")
sees("net.a", "net.b", "op:linear", "net.a", "goto op#N: an op of this call", "net.d1", bits)

run("through pcall, <close> and coroutines", [[
local nn = require "lunette.nn"
local closed = 0
local Net = nn.Module:extend("Net")
function Net:forward(x)
    local h = x * 2
    local ok, result = pcall(function()
        local guard <close> = setmetatable({}, {__close = function() closed = closed + 1 end})
        local co = coroutine.wrap(function() coroutine.yield(h:relu() + 1) end)
        return co():exp()
    end)
    return result
end
local net = Net()
print("y", ok, net(lun.zeros(2))[1]:item())
print("closed", closed)]], "travel on\nb op:exp\nc\nd 1\nrsi 2\nset in1 = in1 + 1\nc\n")
sees("op:exp", "op:relu", "y\tnil\t7.389", "closed\t1")

run("a field and an upvalue are put back", [[
local nn = require "lunette.nn"
local seen = 0
local Net = nn.Module:extend("Net")
function Net:forward(x)
    seen = seen + 1
    if not self.cache then self.cache = x * 10 end
    return (self.cache + seen):relu()
end
local net = Net()
print("y", net(lun.ones(1)):item(), seen)]], "travel on\nb op:relu\nc\nd 1\nrsi 2\nc\n")
sees("op:mul", "y\t11.0\t1")

run("a way that differs", [[
local nn = require "lunette.nn"
local times = {n = 0}
local Net = nn.Module:extend("Net")
function Net:forward(x)
    times.n = times.n + 1
    if times.n > 1 then x = x - 1 end
    return x:relu():exp()
end
print("y", Net()(lun.ones(1)):item())]], "travel on\nb op:exp\nc\nd 1\nrsi\nc\n")
sees("op:exp", "op:sub", "another op than the first time", "y\t1.0")

run("in-place writes are undone", [[
local nn = require "lunette.nn"
local Net = nn.Module:extend("Net")
function Net:forward(x)
    x:add_(1)
    x:mul_(3)
    return x:relu()
end
local x = lun.ones(2)
lun.no_grad(function() print("y", Net()(x)[1]:item(), x[1]:item()) end)]], "travel on\nb op:relu\nc\nd 1\nrsi\n=in1[1]:item()\nrsi\n=in1[1]:item()\nc\n")
sees("op:mul_", "2.0", "op:add_", "1.0", "y\t6.0\t6.0")

run("no way", [[
lun.ones(1):relu()
print "end"]], "b op:relu\nc\nrsi\ngoto op#1\nfork\nc\n")
sees("nothing to go back in: travel on", "end")
run("a backward pass inside", [[
local nn = require "lunette.nn"
local Net = nn.Module:extend("Net")
function Net:forward(x)
    x:pow(2):sum():backward()
    return x:relu()
end
Net()(lun.ones(1):requires_grad_())
print "end"]], "travel on\nb op:relu\nc\nrsi\nc\n")
sees("there is no way back: a backward pass ran in this call", "end")

run("fork", dropout, "travel on\nb op:dropout\nc\nd 1\nfork\nset in1 = in1 * 2\nc\n")
sees("A runs on to the end of this call", "op:dropout", "A is kept. This is B", "B against A:", "first divergence: op:", "later ops differ", "y\t")
run("a fork that changes nothing", dropout, "travel on\nb op:dropout\nc\nd 1\nfork\nc\n")
sees("B against A:", "ops agree in every bit", bits)
run("q on the way", dropout, "travel on\nb op:dropout\nc\nrsi\nq\n")
tap.is(session.status, 5, "q leaves a run that went back")
run("off again", dropout, "travel on\ntravel off\nb op:dropout\nc\nrsi\nd 1\nc\n")
sees("nothing to go back in", bits)
tap.done()
