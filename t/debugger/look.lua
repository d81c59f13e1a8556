-- look.lua - what the commands show, and that what they change changes the run and nothing else
--
-- Read next: lib/dbg/inspect.lua, lib/dbg/change.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

local training = [[
local nn, optim = require "lunette.nn", require "lunette.optim"
lun.manual_seed(1)
local net = nn.Sequential({{"fc1", nn.Linear(3, 4)}, {"act", nn.ReLU()}, {"fc2", nn.Linear(4, 1)}})
local opt = optim.SGD(net:parameters(), {lr = 0.1})
local x, y = lun.randn(5, 3), lun.randn(5, 1)
local function loss_of(inputs, wanted)
    local out = net(inputs)
    return ((out - wanted) ^ 2):mean()
end
for step = 1, 2 do
    opt:zero_grad()
    local loss = loss_of(x, y)
    loss:backward()
    opt:step()
end
print("bits", ("%a"):format(net.fc1.weight:sum():item()))]]

run("the stack", training, "b op:relu\nc\nbt\ni locals\nup\n=step\ni locals\ndown\n=step\nf 7\nd 1\nc\n")
sees("op   relu #", "mod  net.act#1  ReLU", "mod  net#1  Sequential", "> 1  script.lua:7  in loss_of", "  2  script.lua:12  in main chunk", "inputs = f32[5,3]",
     "frame 2  script.lua:12  in main chunk", "12 > local loss", "1\n", "opt = ", "frame 1  script.lua:7", "0\n", "there is no frame 7", "bits")

run("tensors", training, "b op:relu\nc\nin\npt in1 -s\npt in1 -r -0.5,0.5\nhist in1\nfinish\nout\nplot out\nd 1\nc\n")
sees("in1 (x) = f32[5,4]", "f32[5,4]", "9 of 20 outside -0.5 .. 0.5", "[1,1] = 0.798757", "-0.8192 .. -0.6574", "█", "f32[5,4]", "┤", "bits")

run("what an op costs", training, "b op:relu\nc\ncost\nd 1\nb op:linear\nc\ncost\nd 2\nb mod:net\nc\ncost\n=net.act._calls\nfinish\ncost\nd 3\nb :14\nc\ncost\nd 4\nc\n")
sees("op:relu  ", "20 FLOP", "160 B read and written, 80 B of results", "op:linear  ", "mod:net  ", "of results in its parts", "mod:net  ", "s for this call, stops left out", "FLOP/s", "cost is for a stop at an op", "bits")
not_seen("error[E", "no command fails")

run("parameters, gradients, graph", training, "b op:relu\nc\ni params\ni grads\ni graph -r 4\nfinish\ni saved\ni graph -r 2 out\nd 1\nb opt\nc\ni grads\nd 2\nc\n")
sees("net.fc1.weight  f32[4,3]", "net.fc2.bias  f32[1]", "net.fc1.weight.grad  none", "norm of all: 0", "linear #", "[5,4]  script.lua:7  net.fc1", "leaf net.fc1.weight",
     "relu #", "saved out", "└ relu", "└ linear", "net.fc1.weight.grad  f32[4,3]", "norm of all:", "bits")

run("from the gradient to the forward pass", [[
local function norm(x)
    local squares = (x * x):sum()
    return squares:sqrt()
end
local x = lun.zeros(3):requires_grad_()
norm(x):backward()
print "end"]], "catch nonfinite\nc\nfwd\n=fwd_out:item()\ni saved\ni graph -r 3\nd 1\nc\n")
sees("catch nonfinite bwd op:sqrt", "born here (inputs finite)", "made by the forward pass at script.lua:3", "sqrt #", "3 > return squares:sqrt()",
     "the function that made it has returned", "saved out   f32[]  0", "0.0", "saved out", "└ sqrt", "└ sum", "├ leaf", "end")
run("the frame that made it still runs", [[
local x = lun.zeros(3):requires_grad_()
local n = (x * x):sum():sqrt()
n:backward()]], "b bwd op:sum\nc\nfwd\n=x:numel()\nd 1\nc\n")
sees("sum #", "frame 1  script.lua:3  in main chunk", "3\n")

run("a five-line banner", [[
local a = lun.randn(2, 2)
local b = lun.where(a:gt(0), a, a * 2):add(a)]], "b op:where\nc\nfinish\nc\n")
local longest = 0
for stop in (session.output .. "(lun"):gmatch "(■.-)%(lun" do longest = math.max(longest, select(2, stop:gsub("\n", ""))) end
tap.ok(longest > 2 and longest <= 5, "a banner has at most five lines, not " .. longest)

-- change
local line = [[
local x = lun.tensor({-1.0, 2.0}, {requires_grad = true})
local h = x * 3
local y = h:relu()
print("y", y[1]:item(), y[2]:item())
y:sum():backward()
print("grad", x.grad[1]:item(), x.grad[2]:item())]]
run("set in1", line, "b op:relu\nc\nset in1 = in1 * 2 + 10\nc\n")
sees("y\t4.0\t22.0", "grad\t6.0\t6.0")
run("set in1, cut off", line, "b op:relu\nc\nset in1 = in1:detach() + 10\nq\n")
sees("in1 = f32[2]  cpu  8 B  min 7")
run("set in1 and retry", line, "b op:relu\nc\nfinish\nset in1 = in1 * -1\nretry\nc\n")
sees("y\t3.0\t0.0", "grad\t-3.0")
run("skip", line, "b op:relu\nc\nskip\n")
sees("skipped; its result is", "(in1)", "y\t-3.0\t6.0", "grad\t3.0\t3.0")
run("skip where the shapes differ", [[
local y = lun.ones(2, 3):sum(2)
local v, i = lun.ones(2, 3):max(2)
print("y", y[1]:item(), v[1]:item(), i[1]:item())]], "b op:sum\nb op:max\nc\nskip in1\nskip\nret lun.full({2}, 7.0)\n")
sees("the result is float32[2], the new value float32[2,3]", "(zeros: in1 has another shape)", "y\t0.0\t7.0\t0")
run("inside a composed op shapes stay", [[
local rnn = require("lunette.nn").GRU(2, 3)
print("y", rnn(lun.randn(4, 2, 2)).shape[1])]], "b op:linear\nc\nskip in1\nset in1 = in1[1]\nset in2 = lun.zeros(1)\nskip\nc\n")
sees("the result is float32[8,9], the new value float32[8,2]", "inside a composed op or a gradient in1 stays float32[8,2]", "in2 stays", "zeros:", "y\t4")
run("ret", line, "b op:relu\nc\nret in1 * 0 + 5\n")
sees("y\t5.0\t5.0")
run("set out", line, "b op:relu\nc\nfinish\nset out = out * 2\nc\n")
sees("y\t0.0\t12.0", "grad\t0.0\t6.0")
run("set out to a constant", (line:gsub("y:sum%(%)", "local l = y:sum() + x:sum() l")), "b op:relu\nc\nfinish\nset out = lun.ones(2)\nc\n")
sees("(a constant for the gradient)", "y\t1.0\t1.0", "grad\t1.0\t1.0")
run("a result of another shape", line, "b op:relu\nc\nfinish\nset out = out[1]\nset out = 3\npoke in1\nc\n")
sees("the result is float32[2], the new value float32[]", "a result must be a tensor, got number", "poke T[i,j] = EXPR", "y\t0.0\t6.0")
run("poke", [[
local w = lun.ones(2, 2)
local y = w:relu()
print("w", w[1][2]:item(), w[2][1]:item(), y[1][2]:item())]], "b op:relu\nc\npoke w[1,2] = 7\npoke w[2] = lun.tensor{5, 6}\nc\n")
sees("w[1,2] = f32[]  7", "whoever saved it for backward refuses", "w\t7.0\t5.0\t7.0")
run("poke what was saved", line, "b op:relu\nc\nfinish\npoke out = out * 2\nc\n")
sees("y\t0.0\t12.0", "error[E202]")
run("skip and ret of modules", [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"a", nn.Linear(2, 2)}, {"b", nn.Dropout(0.5)}})
local x = lun.ones(1, 2)
print("r", net(x)[1][1]:item())]], "b mod:a\nc\nskip\nb mod:b\nc\n")
session.not_seen("error", "a module is skipped")
run("ret of a module", [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"a", nn.Linear(2, 2)}, {"b", nn.ReLU()}})
print("r", net(lun.ones(1, 2))[1][1]:item())]], "b mod:a/exit\nc\nret out * 0 + 4\n")
sees("mod:net.a#1 exit", "r\t4.0")
run("softmax over the wrong dim", [[
local logits = lun.tensor{{1.0, 2.0, 3.0}, {1.0, 2.0, 3.0}}
local p = logits:softmax(1)
print("p", p:sum():item())]], "b op:softmax\nc\nin\nfinish\n=out:sum(2)[1]:item()\nc\n")
sees("dim = 1", "1.5", "p\t3.0")

-- looking at every op of a training run, with random numbers, statistics, charts and the graph, leaves each bit
local dropped = training:gsub('{"act", nn.ReLU%(%)}', '{"act", nn.ReLU()}, {"drop", nn.Dropout(0.5)}')
local plain = run("plain", dropped .. "\nprint('rand', lun.rand(1):item())")
local looks = "in\nbt\ni locals\ni params\ni grads\ni graph -r 3 in1\n=lun.randn(3):sum():item()\np absmax(in1)\nhist in1\nplot in1\npt in1 -r 0,1\n"
    .. "why in1\ncost\nh = in1 * 2 + lun.rand(1)\nup\ndown\n"
local function at_all(commands)
    local lines = {"travel on", "b op:*", "b bwd op:*", "b opt op:*", "b opt"}
    for k = 1, 4 do lines[#lines + 1] = ("commands %d\n%sc\nend"):format(k, commands) end
    return table.concat(lines, "\n") .. "\nc\n"
end
local output = run("looking", dropped .. "\nprint('rand', lun.rand(1):item())", at_all(looks))
tap.ok(plain:find "bits" and plain:find "rand\t0%.", "a run without stops ends")
tap.is(output:match "bits\t[^\n]*.*(rand\t[%d.]+)", plain:match "(rand\t[%d.]+)", "looking at every op leaves the random numbers")
tap.is(output:match "bits\t[^\n]*", plain:match "bits\t[^\n]*", "and every bit")
local phases = {}
for phase in output:gmatch "■ [^\n]- ([fbo][wp][dt])" do phases[phase] = (phases[phase] or 0) + 1 end
tap.ok((phases.fwd or 0) > 20 and (phases.bwd or 0) > 20 and (phases.opt or 0) > 4, ("and it did stop: %d forward, %d backward, %d in steps"):format(
    phases.fwd or 0, phases.bwd or 0, phases.opt or 0))
tap.ok(output:find("i graph -r 3 in1: it hangs on no graph", 1, true), "a line of commands that fails says why, and the others are run")
tap.done()
