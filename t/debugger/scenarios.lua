-- scenarios.lua - whole debugging sessions: a script, the commands of --dbg, what must be seen
--
-- Each runs the program as a user would, in a process of its own. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local sessions = dofile(root .. "/t/debugger/session.lua")
local tap, write = sessions.tap, sessions.write

local current
local function run(options, script, commands)
    local output = sessions.run(current, script, commands, options)
    return output, sessions.status
end
local function sees(output, text, what)
    if not output:find(text, 1, true) then tap.note(output) end
    tap.ok(output:find(text, 1, true), current .. ": " .. (what or text))
end
local function not_seen(output, text, what)
    if output:find(text, 1, true) then tap.note(output) end
    tap.ok(not output:find(text, 1, true), current .. ": " .. what)
end

current = "log(0)"
local output, status = run(nil, [[
local p = lun.tensor{0.5, 0, 0.5}
local l = (p * p:log()):sum()
print("loss", l:item())]], "catch nonfinite\nc\n=out:isinf():sum():item()\nc\n=out:isnan():sum():item()\nc\n")
sees(output, "catch nonfinite op:log", "stops at the log")
sees(output, "born here (inputs finite)")
sees(output, "catch nonfinite op:mul", "then where the NaN is born")
sees(output, "loss", "and goes on")
tap.is(status, 0, current .. ": exit status")

current = "exploding RNN"
output, status = run(nil, [[
local nn = require "lunette.nn"
local Cell = nn.Module:extend("Cell")
function Cell:forward(h) return h:matmul(lun.tensor{{1.5}}) end
local rnn = Cell()
local h = lun.ones(1, 1)
for t = 1, 50 do h = rnn(h) end]], "b op:matmul if absmax(out)>1e3\nc\np ('%.1f'):format(out:item())\nbt\nq\n")
sees(output, "1477.9", "stops at the first result above 1000")
sees(output, "rnn#18", "which is call 18")
tap.is(status, 5, current .. ": q ends a script with status 5")

current = "reused module"
local reused = [[
local nn = require "lunette.nn"
local Net = nn.Module:extend("Net")
function Net:init() self.fc1, self.fc2, self.act = nn.Linear(4, 6), nn.Linear(6, 2), nn.ReLU() end
function Net:forward(x) return self.act(self.fc2(self.act(self.fc1(self.act(x))))) end
local net = Net()
print("done", net(lun.randn(3, 4)).shape[2])]]
output = run(nil, reused, "b mod:act#2\nc\np table.concat(in1.shape, 'x')\nc\n")
sees(output, "mod:net.act#2", "stops at the second call")
sees(output, "3x6", "with the input of that call")
tap.is(select(2, output:gsub("■", "")), 1, current .. ": once")
output = run(nil, reused, "b mod:act\nc\nc\nc\nc\n")
for k = 1, 3 do sees(output, "mod:net.act#" .. k) end
sees(output, "done", "and runs to the end")

current = "stepping"
output = run(nil, [[
local nn = require "lunette.nn"
local attn = nn.Sequential({{"q", nn.Linear(4, 4)}, {"act", nn.ReLU()}, {"o", nn.Linear(4, 2)}})
print("sum", attn(lun.ones(1, 4)).shape[2])]], "b mod:attn\nc\nsm\nsi\nsm\nfinish\nfinish\nc\n")
local places = {}
for what in output:gmatch "■ ([^\n]-) fwd" do places[#places + 1] = what:gsub("#%d+", "#") end
tap.is(table.concat(places, " | "), "bp1 mod:attn# enter | mod:attn.q# enter | op:linear # attn.q | mod:attn.act# enter | mod:attn.act# exit | mod:attn# exit",
       "stepping: the places")
sees(output, "  out ", "finish shows the result")

current = "edit and go on"
output = run(nil, [[
local x = lun.tensor{-1.0, 2.0}
local y = x:relu()
print("y", y[1]:item(), y[2]:item())]], "b op:relu\nc\nin1:sum():item()\nset in1 = in1 + 10\nc\n")
sees(output, "y\t9.0\t12.0", "the op sees the new value")
not_seen(output, "in1 (x) =", "in1:sum() is Lua, not the command in")
output = run(nil, [[
local x = lun.tensor{-1.0, 2.0}
local y = x:relu()
print("y", y[1]:item())]], "b op:relu\nc\nskip in1\n")
sees(output, "y\t-1.0", "skip uses the input as the result")
output = run(nil, [[
local x = lun.tensor{-1.0, 2.0}
print("y", x:relu():sum():item())]], "b op:relu\nc\nfinish\nset out = out * 3\nc\n")
sees(output, "y\t6.0", "set out replaces the result")

current = "backward"
output = run(nil, [[
local w = lun.tensor({1.0, -2.0}, {requires_grad = true})
local y = w:relu():sum()
y:backward()
print("grad", w.grad[1]:item(), w.grad[2]:item())]], "b bwd op:relu\nc\np in1[1]:item()\nset in1 = in1 * 5\nc\n")
sees(output, "bwd op:relu", "stops in backward")
sees(output, "made by the forward pass at", "and names the line of the forward pass")
sees(output, "grad\t5.0\t0.0", "an edited gradient flows on")

current = "locals"
output = run(nil, [[
local function forward(x)
    local scale = 2
    local h = x:relu()
    return h * scale
end
print("r", forward(lun.ones(2)):sum():item())]], "b op:relu\nc\ni locals\nscale = 5\nc\n")
sees(output, "scale = 2", "the frame's locals are shown")
sees(output, "r\t10.0", "and can be assigned")

current = "post-mortem"
output = run(nil, [[
local nn = require "lunette.nn"
local dbg = require "lunette.dbg"
local net = nn.Sequential({{"fc1", nn.Linear(100, 128)}, {"fc2", nn.Linear(100, 10)}})
local ok, why = pcall(net, lun.randn(32, 100))
print(ok, why)]])
sees(output, "f32[32,128]", "the error names one shape")
sees(output, "[10,100]", "and the other")
local failing = [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"fc1", nn.Linear(100, 128)}, {"fc2", nn.Linear(100, 10)}})
local function train(x)
    local rate = 0.5
    return net(x):sum()
end
train(lun.randn(32, 100))]]
output, status = run("--pm", failing)
sees(output, "inside net.fc2; lunette --pm looks at it", "the error of a script names --pm")
sees(output, "■ post-mortem fwd", "--pm shows the frames, and hangs nowhere when nobody is there")
tap.is(status, 1, current .. ": the status is the error's")
output, status = run("--pm", failing, "c\ni locals\nup\n=rate\nq\n")
sees(output, "rate = 0.5", "with the locals")
sees(output, "frame 2", "and the callers")
tap.is(status, 1, current .. ": and stays it")
local function session(lines)
    local path = os.tmpname()
    write(path, table.concat(lines, "\n") .. "\n")
    local pipe = io.popen(("%s/lunette -i < %s 2>&1"):format(build, path))
    local text = pipe:read "a"
    pipe:close()
    os.remove(path)
    return text
end
output = session {'net = nn.Sequential({{"fc1", nn.Linear(100, 128)}, {"fc2", nn.Linear(100, 10)}})', "net(lun.randn(32, 100))", "dbg.pm()", "bt",
                  "q", "1 + 41"}
sees(output, "inside net.fc2; dbg.pm() looks at it", "the error says where and how to look")
sees(output, "post-mortem: error[E101]", "dbg.pm() shows the error")
sees(output, "in mod:net.fc2#1 Linear", "the module")
sees(output, "weight float32[10,100]", "its parameters")
sees(output, "module calls so far: net net.fc1 net.fc2", "and the layers run so far")
sees(output, "42", "q returns to a working session")

output = session {"function f(a, b) local h = a * 2 return h:matmul(b) end", "f(lun.ones(2, 3), lun.ones(4, 5))", "dbg.pm()", "=h.shape[2]", "q",
                  "lun.ones(2, 3):matmul(lun.ones(4, 5))"}
sees(output, "dbg.pm() looks at it", "outside modules the error of an op in a function says so, too")
sees(output, "3\n", "and its locals are there")
tap.is(select(2, output:gsub("looks at it", "")), 1, current .. ": a cell's own line has nothing to look at")
output, status = run(nil, "local x = lun.ones(2, 3)\nx:matmul(lun.ones(4, 5))")
sees(output, "lunette --pm looks at it", "a script's main chunk has locals")

output = session {"logits, labels = lun.randn(6, 10), lun.arange(0, 6):long() + 6", "p = logits:log_softmax(2):gather(2, labels:unsqueeze(2))", "%pm", "labels:max():item()", "i locals", "q", "1 + 41"}
sees(output, "index 11 (element 6) is outside 1..10", "labels off by one: the index, the size and the first bad label")
sees(output, "■ post-mortem fwd stdin:2", "pm opens in the frame")
not_seen(output, "__cell", "where only the user's names are")
sees(output, "no locals in this frame")
sees(output, "42", "q returns to a working session")

current = "quit, three deep"
output = session {
    'dbg.bp("op:relu");', "function f() return lun.ones(300):relu() end", "function live() collectgarbage() collectgarbage() return lun.memory().live end",
    "before = live()",
    "pcall(table.sort, {3, 1, 2}, function(a, b) local next_batch = coroutine.wrap(function() while true do coroutine.yield(f()) end end) "
        .. "local x = next_batch() return a < b end)",
    "f()", "f()", "bt", "q", "print('left', live() - before)", "dbg.off()", "print('again', f():sum():item())"}
sees(output, "> 1  stdin:2  in f", "stops inside a coroutine inside a sort inside pcall")
not_seen(output, "traceback", "q is silent")
not_seen(output, "error", "and no error is shown")
sees(output, "left\t0", "no tensor is left behind")
sees(output, "again\t300.0", "and the next run works")

current = "after q"
output = session {'net = nn.Sequential({{"fc1", nn.Linear(4, 8)}, {"act", nn.ReLU()}})', "lun.ones(2, 3):matmul(lun.ones(4, 5))", "dbg.pm()", "q",
                  "function f(a, b) local h = a:relu() return h:matmul(b) end", "f(lun.ones(6, 7), lun.ones(8, 9))", "dbg.pm()", "bt", "=h.shape[2]", "q",
                  'dbg.bp("mod:net.act");', "net(lun.ones(1, 4));", "q", "net(lun.ones(1, 4));", "q", "dbg.off()", "1 + 41"}
sees(output, "in f", "pm after another pm looks at the newer error")
sees(output, "7\n", "with its locals")
tap.is(select(2, output:gsub("■ bp1 mod:net.act", "")), 2, current .. ": module breakpoints stop again")
sees(output, "42", "and the shell works")

current = "quit"
output = session {
    'dbg.bp("op:relu");', "function f(x) return x:relu() end", "function live() collectgarbage() collectgarbage() return lun.memory().live end",
    "before = live()", "while true do pcall(f, lun.ones(300)) end", "q", "table.sort({3, 1, 2}, function(a, b) f(lun.ones(300)) return a < b end)", "q",
    "loader = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(f(lun.ones(300))) end end)", "for y in loader do print(y) end", "q",
    "do local log <close> = setmetatable({}, {__close = function() print 'closed once' end}) f(lun.ones(2)) end", "q",
    "loader = nil", "print('left', live() - before)", "dbg.off()", "print('again', f(lun.ones(3)):sum():item())"}
sees(output, "closed once", "<close> handlers run")
not_seen(output, "traceback", "q is silent")
not_seen(output, "error", "and no error is shown")
sees(output, "left\t0", "no tensor is left behind")
sees(output, "again\t3.0", "and the next run works")
tap.is(select(2, output:gsub("■", "")), 4, current .. ": each run stopped once")

current = "bad commands"
output, status = run(nil, "print(lun.ones(2):relu():sum():item())", "b op:relu\nc\nset in9 = 1\nset in1 = 'x'\nf 99\nd 77\nc x\ni nothing\nb ?no\n=1+\nc\n")
sees(output, "there is no in9")
sees(output, "in1 must be a tensor")
sees(output, "there is no frame 99")
sees(output, "there is no breakpoint 77")
sees(output, "no place to stop")
sees(output, "2.0", "and the run ends well")
tap.is(status, 0, current .. ": exit status")

current = "nobody there"
output, status = run(nil, [[
local dbg = require "lunette.dbg"
dbg.bp("op:relu")
print("end", lun.ones(2):relu():sum():item())]])
sees(output, "■ bp1 op:relu", "the stop is logged")
sees(output, "end\t2.0", "and the run goes on")
tap.is(status, 4, current .. ": exit status")

current = "commands at standard input"
do
    local script = os.tmpname()
    write(script, "print('sum', (lun.ones(2) + 1):sum():item())")
    local pipe = io.popen(("printf 'b op:add\\nc\\nset in1 = in1 * 3\\nc\\n' | %s/lunette --dbg - %s 2>&1"):format(build, script))
    output = pipe:read "a"
    local _, _, how = pipe:close()
    sees(output, "■ bp1 op:add", "--dbg - takes them from there")
    sees(output, "sum\t8.0", "and obeys")
    tap.is(how, 0, current .. ": exit status")
    os.remove(script)
end

current = "looking changes nothing"
local script = [[
lun.manual_seed(3)
local nn = require "lunette.nn"
local net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, 1))
local y = net(lun.randn(6, 4)):sum()
y:backward()
print("bits", ("%a"):format(y:item()), ("%a"):format(net[1].weight.grad:sum():item()))]]
local plain = run(nil, script):match "bits\t[^\n]*"
output = run(nil, script, "b op:*\nc\n" .. ("=lun.randn(3):sum():item()\nin\nbt\ni locals\nc\n"):rep(60))
tap.ok(plain, "looking: a run without stops ends")
tap.is(output:match "bits\t[^\n]*", plain, "looking: stopping at every op and typing leaves every bit as it was")

tap.done()
