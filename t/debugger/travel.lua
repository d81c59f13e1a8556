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
sees("0.4 KB held", bits)
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

run("any table and upvalue that the call can reach is put back", [[
local nn = require "lunette.nn"
local times, log = {n = 0}, {}
local function note(x) log[#log + 1] = x:sum():item() end
local Net = nn.Module:extend("Net")
function Net:forward(x)
    times.n = times.n + 1
    note(x)
    if times.n > 1 then x = x - 1 end
    return x:relu():exp()
end
print("y", Net()(lun.ones(1)):item(), times.n, #log)]], "travel on\nb op:exp\nc\nd 1\nrsi\nc\n")
sees("op:exp", "op:relu", "y\t2.7182817459106\t1\t1")
local differs = [[
local nn = require "lunette.nn"
local numbers = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end)
numbers()
lun.ones(1)
local Net = nn.Module:extend("Net")
function Net:forward(x)
    CHANGE
    return x:relu():exp()
end
print("y", Net()(lun.ones(1)):item())]]
run("a way that differs: another op", (differs:gsub("CHANGE", "if numbers() > 2 then x = x - 1 end")), "b op:ones\nc\nd 1\ntravel on\nb op:exp\nc\nd 2\nrsi\nc\n")
sees("op:exp", "op:sub", "another op than the first time", "y\t1.0")
run("a way that differs: another number", (differs:gsub("CHANGE", "x = x * numbers()")), "b op:ones\nc\nd 1\ntravel on\nb op:exp\nc\nd 2\nrsi\nc\n")
sees("op:exp", "op:mul", "other options, shapes or numbers", "y\t20.0855")

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
local x = lun.ones(1):requires_grad_()
Net()(x)
print("grad", x.grad:item())]], "travel on\nb op:relu\nc\nd 1\nrsi 4\ni record\nrsi 2\nc\n")
sees("bwd op:", "bwd", "grad\t2.0")

-- over backward passes and steps of an optimiser
local training = [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(3)
local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"drop", nn.Dropout(0.5)}, {"act", nn.ReLU()}, {"norm", nn.BatchNorm1d(4)}, {"fc2", nn.Linear(4, 1)}})
local opt, losses = optim.Adam(net:parameters(), {lr = 0.1}), {}
for step = 1, 3 do
    opt:zero_grad()
    local loss = (net(lun.randn(5, 3)) ^ 2):mean()
    loss:backward()
    opt:step()
    losses[#losses + 1] = loss:item()
end
local sum = 0
for _, p in ipairs(net:parameters()) do sum = sum + p:sum():item() * 3 + p.grad:sum():item() end
for _, b in ipairs(net:buffers()) do sum = sum + b:sum():item() end
print("bits", ("%a"):format(sum), #losses, ("%a"):format(losses[3]), ("%a"):format(lun.rand(1):item()))]]
local trained = run("training", training):match "bits[^\n]*"
local function goes_back(name, commands, ...)
    run(name, training, commands)
    sees(...)
    sees(trained)
end
goes_back("from a step back into the backward pass", "travel on\nb opt if step == 2\nc\nd 1\nrsi 3\n=step\n=#losses\nc\n", "optimiser's step 2", " bwd ", "2\n", "1\n")
goes_back("from the third step to the first forward pass", "travel on\nb opt if step == 3\nc\nd 1\ngoto op#14\n=step\nsi 30\n=step\nc\n", "step 3", "1\n", "1\n")
goes_back("inside a step of the optimiser", "travel on\nb opt op:*\nc\nc\nc\nc\nd 1\nrsi 2\nrsi\nc\n", " opt step 1")
goes_back("inside a backward pass", "travel on\nb bwd op:relu\nc\nd 1\nrsi 2\nrsi\nsi 4\nc\n", "bwd op:relu", "bwd op:")
goes_back("with nothing kept", "travel on 0\nb opt if step == 3\nc\nd 1\nrsi 40\nsi 60\nrsi 9\nc\n", "optimiser's step 3")
goes_back("again and again", "travel on\nb opt if step == 2\nc\nd 1\n" .. ("rsi 7\nsi 5\n"):rep(8) .. "c\n", "optimiser's step 2")
goes_back("fork over steps", "travel on\nb op:mean\nc\nc\nd 1\nfork\nc\n", "A runs on", "A is kept", "ops agree in every bit")
run("a pass begun before travel", training, "b bwd op:mean\nc\nd 1\ntravel on\nb bwd\nc\nfinish\nsi 3\nrsi 2\nd 2\nc\n")
sees("bwd op:", trained)
run("another value there", training, "travel on\nb opt if step == 2\nc\nd 1\nb op:mean\nrc\nd 2\nset in1 = in1 * 0\nc\n")
tap.ok(session.output:match "bits[^\n]*" ~= trained, "changing the loss of the step before changes the run")
local there = session.output:match "bits[^\n]*"
run("the same in a fresh run", training, "b op:mean\nc\nc\nd 1\nset in1 = in1 * 0\nc\n")
tap.is(there, session.output:match "bits[^\n]*", "and gives the bits of a fresh run with that value")
run("back by lines, and to a checkpoint", [[
local a = lun.ones(2)
local b = a + 1; local c = b * 2
local d = c:relu()
local e = d:exp(); local f = e:log()
print("f", f[1]:item())]], "travel on\nb op:relu\nc\ncheckpoint here\nb op:log\nc\nrestart here\nc\nset unit line\nrs\nrs\nrestart here\nrestart nowhere\n"
    .. "set unit op\nrs\nset unit auto\nd 1\nd 2\nc\n")
sees("■ bp1 op:relu #4", "checkpoint here is op#4", "■ bp2 op:log #6", "■ op:relu #4", "■ bp2 op:log #6", "■ op:relu #4", "■ op:add #2", "lies ahead", "no checkpoint 'nowhere'",
     "■ op:ones #1", "f\t4.0")
run("rc with conditions", training, "travel on\nb opt if step == 3\nc\nd 1\nrc if op == 'mean' and out:item() > 0\nb op:linear if absmax(in1) > 1e9\nrc\nd 2\nc\n")
sees("op:mean", "no earlier op has a breakpoint whose condition holds", trained)
run("rc if gradnorm", [[
local optim = require "lunette.optim"
local w = lun.ones(4):requires_grad_()
local opt, largest = optim.SGD({w}, {lr = 0.001}), nil
for step = 1, 100 do
    opt:zero_grad()
    local loss = (w * (step == 57 and 100 or 1)):sum()
    loss:backward()
    if w.grad:norm():item() > 10 then largest = step end
    opt:step()
end
print("forward scan", largest)
w:relu()
print "end"]], "record meta\nb op:relu\nc\n=os.clock()\nrc if gradnorm > 10\n=os.clock()\nrc if gradnorm > 1e9\nrc if (\ni record\nrecord off\nc\n")
sees("going back runs it again", "forward scan\t57", "optimiser's step 57 opt  gradnorm 200", "looking back from step 100; goto op#", "none of the 100 steps noted fits", "error:", "level meta:",
     "us an op so far", "leaves no steps", "end")
local from, to = session.output:match "os.clock%(%)\n([%d.]+)\n.-os.clock%(%)\n([%d.]+)\n"
tap.ok(from and to - from < 0.05, ("rc if gradnorm takes %.4f s, not 0.05"):format(to - from))
run("calls count as the first time", [[
local dbg = require "lunette.dbg"
local net = require("lunette.nn").Sequential({{"a", lun.nn.Linear(2, 2)}, {"b", lun.nn.Linear(2, 2)}, {"c", lun.nn.Linear(2, 2)}})
print("n", dbg.replayable(net, lun.ones(1, 2)):numel())
print(pcall(dbg.replayable, 3))]], "b op:linear#3\nc\nrsi 2\nc\nrsi\nc\nc\n")
sees("net.c", "net.a", "op:linear", "net.c", "net.b", "net.c", "n\t2", "expected a function or a module, got number")
run("levels", "lun.ones(1):relu()", "record ring 64K\nrecord all\nrecord meta\nrecord ring\ntravel on 3X\nrecord off\nrecord off\nc\n")
sees("at most 0.0625 MB", "all of its results are kept", "none of its results are kept", "a size is 64K", "a size is 64K", "nothing is recorded")
run("what stops at modules changed is changed again", training, "travel on\nb mod:drop/exit\nc\nd 1\nset out = out * 2\nb op:relu\nc\nd 2\nrsi\nsi\n=in1:sum():item()\nq\n")
local once = session.output
tap.ok(once:find "op:relu", "an edit of a module's result: on the way")

run("fork", dropout, "travel on\nb op:dropout\nc\nd 1\nfork\nset in1 = in1 * 2\nc\n")
sees("A runs on to the end of this call", "op:dropout", "A is kept. This is B", "B against A:", "first divergence: op:", "later ops differ", "y\t")
tap.ok(session.output:match "first divergence: [^\n]*script%.lua:%d+\n", "and the line is the script's: " .. tostring(session.output:match "first divergence: [^\n]*"))
run("a fork that changes nothing", dropout, "travel on\nb op:dropout\nc\nd 1\nfork\nc\n")
sees("B against A:", "ops agree in every bit", bits)
run("q on the way", dropout, "travel on\nb op:dropout\nc\nrsi\nq\n")
tap.is(session.status, 5, "q leaves a run that went back")
run("an error that somebody caught keeps nothing", [[
local nn, dbg = require "lunette.nn", require "lunette.dbg"
local Net = nn.Module:extend("Net")
function Net:forward(x)
    local large = x + lun.ones(1000)
    error "no"
end
local function live() collectgarbage() collectgarbage() return lun.memory().live end
local net = Net()
dbg.travel(true)
local before = live()
print("failed", not pcall(net, lun.ones(1)))
dbg.off()
print("left", live() - before)]])
sees("failed\ttrue", "left\t0\n")
run("off again", dropout, "travel on\ntravel off\nb op:dropout\nc\nrsi\nd 1\nc\n")
sees("nothing to go back in", bits)
tap.done()
