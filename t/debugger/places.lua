-- places.lua - where the debugger stops: lines, functions, names, phases, events, pending places, files of breakpoints
--
-- Read next: t/debugger/scenarios.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen, stops = session.tap, session.run, session.sees, session.not_seen, session.stops

local functions = [[
local function area(w, h)
    -- the product
    local a = w * h
    return a
end
local total = 0
for i = 1, 4 do
    total = total + area(i, 2)
end
print("total", total)]]

run("a line", functions, "b $SCRIPT:3 if w == 3\nc\n=w, h\nbt\nc\n")
sees("lua condition, pending: no function with that line has been called yet", "bp1 area fwd script.lua:3", "3 > local a = w * h", "3\n2\n",
     "1  script.lua:3  in area", "2  script.lua:8  in main chunk", "total\t20")
tap.is(#stops(), 1, "a line: once")
run("a line without code", functions, "b $SCRIPT:2\nc\ni b\nd 1\nc\n")
sees("script.lua:3", "hits 1 of 1", "total\t20")
run("this file's line", functions, "b area\nc\nb :4\nd 1\nc\n=a\nc\na = 100\nc\nc\nc\n")
sees("bp1 area fwd script.lua:3", "bp2", "4 > return a", "2\n", "total\t116")
run("a function", functions, "tb area\nc\n=w\nc\n")
sees("pending: no function of that name has been called yet", "bp1 area", "1\n", "total\t20")
run("a method", [[
local nn = require "lunette.nn"
local A, B = nn.Module:extend("A"), nn.Module:extend("B")
function A:forward(x) return x end
function B:forward(x) return x + 1 end
print("r", A()(B()(lun.ones(1))):item())]], "b B:forward\nc\n=self.__name\nc\n")
sees('B\n', "r\t2.0")
tap.is(#stops(), 1, "a method: of one class only")
run("a coroutine made before", [[
local co = coroutine.wrap(function()
    for i = 1, 3 do
        local double = i * 2
        coroutine.yield(double)
    end
end)
co()
lun.ones(1):relu()
print(co(), co())]], "b op:relu\nc\nd 1\nb :4\nc\n=i, double\nc\nc\n")
sees("op:relu", "script.lua:4", "2\n4\n", "script.lua:4", "4\t6")
run("lines inside pcall", [[
local function f(x)
    if x > 1 then error("no") end
    return x
end
print(pcall(f, 2), pcall(f, 1))]], "b f\nc\nc\ns\ns\nc\nc\n")
sees("bp1 f", "2 > if x > 1", "2 > if x > 1", "3 > return x", "false")

local net = [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(1)
local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}, {"fc2", nn.Linear(4, 1)}})
local opt = optim.SGD(net:parameters(), {lr = 0.1})
local x, y = lun.randn(5, 3), lun.randn(5, 1)
for step = 1, 3 do
    opt:zero_grad()
    local loss = ((net(x) - y) ^ 2):mean()
    loss:backward()
    opt:step()
end
print("end")]]
run("a parameter", net, "b name:fc2.weight\nc\np table.concat(in2.shape, 'x')\nc\nc\nc\n")
sees("pending: no parameter of that name is known yet", "op:linear", "net.fc2 fwd", "1x4", "end")
tap.is(#stops(), 3, "a parameter: once a step")
run("phases", net, "tb bwd\nc\ntb bwd mod:fc1\nc\nb opt\nc\nc\ntb opt op:*\nc\nd 3\nc\n")
sees("bwd op:mean", "bwd op:linear", "net.fc1 bwd", "bp3 optimiser's step 1 opt", "bp3 optimiser's step 2", "opt step 2", "end")
run("a pattern of modules", net, "tb mod:net\nc\nrb fc*\nc\nc\nc\n")
sees("2 modules match now: net.fc1 net.fc2", "mod:net.fc1#1 enter", "mod:net.fc2#1 enter", "mod:net.fc1#1 enter")
run("watch", net, "watch name:fc1.weight if step == 3\nc\n=in1:ndim()\nbt\nc\n")
sees("bp1 op:", "opt step 3", "end")
tap.is(#stops(), 1, "watch: the write of the third step")

-- events
run("broadcast", [[
local pred, target = lun.ones(8, 1), lun.ones(8)
local loss = ((pred - target) ^ 2):sum()
print("loss", loss:item(), (lun.ones(3, 4) + lun.ones(4)):numel())]], "catch broadcast\nc\nset in2 = in2:view(8, 1)\nc\n")
sees("catch broadcast op:sub", "[8,1] with [8] gives [8,8]: both sides grew", "loss\t0.0\t12")
tap.is(#stops(), 1, "broadcast: a bias does not stop")
run("mask", [[
local scores = lun.zeros(3, 3)
local mask = lun.ones(3, 3):triu(1):bool()
local w = scores:masked_fill(mask, -math.huge):softmax(2)
print("w", w[2][1]:item())]], "catch nonfinite\nb $SCRIPT:4\nc\ni mask\nc\n")
sees("bp2 main chunk", "3 values were made infinite on purpose", "w\t0.5")
tap.is(#stops(), 1, "mask: -inf on purpose does not stop")
run("alias", [[
local x = lun.tensor({1.0, 2.0}, {requires_grad = true})
local y = x:exp()
y:mul_(2)
print("sum", y:sum():item())]], "catch alias\nc\nc\n")
sees("catch alias op:mul_", "saved by exp #", "(script.lua:2)", "sum")
run("alias, harmless", [[
local x = lun.tensor({1.0, 2.0}, {requires_grad = true})
for i = 1, 300 do
    local y = x * 2
    y:add_(1)
    y:sum():backward()
end
print("grad", x.grad[1]:item())]], "catch alias\nc\n")
sees("grad\t600.0")
not_seen "■"
run("copy and alloc", [[
local x = lun.ones(4, 4)
local y = x:t():clone()
local z = lun.zeros(1024, 1024) + 1
print("z", z:numel())]], "catch copy\ncatch alloc>1M\nc\nc\nc\n")
sees("bp1 catch copy op:clone", "64 bytes are copied", "bp2 catch alloc", "the result takes 4194304 bytes", "z")
run("rng and write", [[
local x = lun.randn(2)
x:zero_()
print "done"]], "catch rng\ncatch write\nc\nc\nc\n")
sees("catch rng op:randn", "catch write op:", "is about to change (version", "done")
run("mode", [[
local nn = require "lunette.nn"
local net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
net:train()
net:eval()
net:train()
print "done"]], "catch mode\nc\nc\ni mode\nc\n")
sees("sequential goes to eval", "4 > net:eval()", "sequential to eval at script.lua:4", "sequential to train at script.lua:5", "done")
run("nograd", [[
local w = lun.ones(2):requires_grad_()
local h = w * 2
local d = h:detach()
local r = lun.no_grad(function() return h * 3 end)
print("sum", (d * 2 + r):sum():item())]], "catch nograd\nc\nc\nc\n")
sees("script.lua:3", "detach: what is computed from its result does not train what came before", "mul ran under no_grad", "4 > local r", "sum")
run("error", [[
local a, b = lun.ones(3, 2), lun.ones(3, 4)
print("shape", table.concat(a:matmul(b).shape, "x"))]], "catch error\nc\nset in1 = in1:t()\nc\n")
sees("catch error op:matmul", "error[E101]", "shape\t2x4")
run("error that is caught", [[
print(pcall(function() return lun.ones(3, 2):matmul(lun.ones(3, 4)) end))]], "catch error\nc\nskip lun.zeros(1)\n")
sees("catch error op:matmul", "true\tf32[1]")

-- the list
run("ignore, cond, commands", [[
local x = lun.ones(2)
for i = 1, 10 do x = x:relu() + i end
print("x", x[1]:item())]], "b op:relu\nignore 1 2\nc\n=i\ncond 1 i == 6\nc\n=i\ncommands 1\nsilent\np 'at ' .. i\nc\nend\ncond 1 i > 8\ni b\nc\n")
sees("bp1 passes its next 2 hits", "3\n", "6\n", "if i > 8 (lua", "silent; p 'at ' .. i; c", "at 9", "at 10", "x\t56.0")
local file = os.tmpname()
run("what is saved comes back as it was", functions, "tb op:relu\ntrace op:add if numel(in1) > 0 \"sum {numel(out)}\"\nb area\nignore 3 2\nb op:exp\n"
    .. "commands 4\ndisable 3\nend\ndisable 4\nwatch lun.ones(2)\nsave " .. file .. "\nd 1\nd 2\nd 3\nd 4\nd 5\nload " .. file .. "\ni b\nq\n")
sees("4 breakpoints saved", "bp5 is of a tensor or value of this run", "i b", "op:relu", "once", "op:add", "numel(in1) > 0", "area", "ignores 2", "bp9 off op:exp", "disable 3\n")
do
    local saved <close> = assert(io.open(file))
    local text = saved:read "a"
    tap.ok(text:find('trace op:add if numel(in1) > 0 "sum {numel(out)}"', 1, true), "a trace is saved as a trace")
end
run("save", functions, "b op:conv* if absmax(in1) > 2\ncatch nan\ntb area\ncommands 3\np w\nend\nsave " .. file .. "\nd 1\nd 2\nd 3\nload " .. file .. "\ni b\nc\nc\n")
sees("3 breakpoints saved", "op:conv*", "if absmax(in1) > 2 (native", "nan", "area", "p w", "1\n", "total\t20")
os.remove(file)
run("trace", [[
local x = lun.ones(2)
for i = 1, 3 do x = x:relu() * i end
print("x", x[1]:item())]], 'trace op:mul "i = {i}: {absmax(out)}"\nc\n')
sees("i = 1: 1.0", "i = 2: 2.0", "i = 3: 6.0", "x\t6.0")
not_seen "■"
run("a value that changes", [[
local function f(x)
    local h = x + 1
    h = h * 1
    h:mul_(2)
    local n = h:sum():item()
    return h:relu()
end
for i = 1, 2 do f(lun.ones(2)) end
print "end"]], "b op:add\nc\nd 1\nwatch -v x[1]:item()\nwatch -v\nb op:mul\nc\nd 3\nwatch -v h\nc\nd 2\nd 4\nc\n")
sees("bp2 op:*", "now 1.0", "watch -v EXPR", "■ bp3 op:mul", "bp4", "h was f32[2]", "is f32[2]", "■ bp4 op:mul_", "end")
run("every", "for i = 1, 6 do lun.ones(i):relu() end", 'trace op:relu "n {numel(in1)}" every 3\nc\n')
sees("n 3.0\n", "n 6.0\n")
not_seen("n 2.0\n")
run("detach and attach", "for i = 1, 2 do lun.ones(i):relu() require('lunette.dbg').stop() end", "b op:relu\nc\ndetach\nattach\nc\nc\n")
sees("■ bp1 op:relu #2", "all breakpoints are off", "1 breakpoints are on", "■ bp1 op:relu #4")
run("what is unfinished", "local x = lun.ones(2):relu()", "b op:relu\nc\nb op:\nb mod:\ntrace op:relu \"{i\nwhy nograd\nwhy nograd 3\nundisp 4\nload\npt\nhist\np\n"
    .. "record\nrecord meta x\ni\nc\n")
sees("'op:' is no place to stop", "'mod:' is no place to stop", "between two quotes", "why nograd P: a parameter", "'3' is no tensor", "there is no display 4", "load FILE",
     "of which tensor?", "of which tensor?", "p EXPR", "nothing is recorded yet", "takes nothing more, got 'x'", "or i record")
run("the form in place", [[
local x = lun.ones(2)
local y = x * 2
x:mul_(3)
local z = x * 4]], "b op:mul_\nc\nbt\nc\n")
tap.is(#session.stops(), 1, "op:mul_ is not op:mul")
run("any form", "local x = lun.ones(2)\nlocal y = x * 2\nx:mul_(3)", "b op:mul\nc\nc\n")
tap.is(#session.stops(), 2, "op:mul is mul_ too")
run("backward of a composed op", "print 'end'", "b bwd op:mse_loss\nb bwd op:mean\nb bwd op:*\nb op:mse_loss\nc\n")
sees("bp1 bwd op:mse_loss, pending: no op of that name has a gradient of its own", "bp2 bwd op:mean (1 op matches)", "bp3 bwd op:* (", "bp4 op:mse_loss (1 op", "end")
run("pending", "print(lun.ones(1):relu():item())", "b op:nothing\nb mod:net.fc9\nwatch name:none\ni b\ncatch\nb alloc>7Q\nc\n")
sees("pending: no op has that name", "pending: no module of that path has been called yet", "pending: there is no such tensor yet", "pending: no op",
     "broadcast", "is no number of bytes", "1.0")
tap.done()
