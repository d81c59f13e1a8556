-- steps.lua - going on: by line, op and module, over and into, finish, until, adv, blank lines, q
--
-- Read next: lib/dbg/run.lua, t/debugger/session.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local session = dofile(root .. "/t/debugger/session.lua")
local tap, run, sees, not_seen = session.tap, session.run, session.sees, session.not_seen

-- The stops as "line number" (steps by line), joined.
local function lines()
    local list = {}
    for line in session.output:gmatch "■ [^\n]- script%.lua:(%d+)\n" do list[#list + 1] = line end
    return table.concat(list, " ")
end

local attention = [[
local nn = require "lunette.nn"
local Attn = nn.Module:extend("Attn")
function Attn:init() self.q, self.o = nn.Linear(4, 4), nn.Linear(4, 2) end
function Attn:forward(x)
    local h = self.q(x)
    local w = h:softmax(2)
    for i = 1, 3 do
        w = w * 1.5
    end
    local y = self.o(w)
    return y
end
local attn = Attn()
local function train(x)
    local out = attn(x)
    local loss = out:sum()
    return loss
end
print("loss", train(lun.ones(2, 4)).ndim)
print "end"]]

run("n", attention, "b train\nc\nn\nn\nn\nc\n")
tap.is(lines(), "15 16 17 20", "n steps over calls and out of the function")
run("s", attention, "b train\nc\ns\ns\ns\ns\ns\ns 3\nc\n")
tap.is(lines(), "15 5 6 7 8 7 8", "s steps into the forward function, not into the library")
run("blank lines", attention, "b :15\ntb train\nc\ns\n\n\n\nc\n")
tap.is(lines(), "15 5 6 7 8", "a blank line repeats the step")
run("until", attention, "b $SCRIPT:8\nc\nd 1\nuntil\nuntil\nuntil\nc\n")
tap.is(lines(), "8 10 11 16", "until leaves the loop, then the function")
run("until LOC and adv", attention, "b train\nc\nuntil :10\nadv mod:o\nadv :17\nc\n")
tap.is(lines(), "15 10 10 17", "until LOC, adv LOC")
run("finish", attention, "b $SCRIPT:8\nc\nd 1\nfinish\n=#out.shape\nfinish\nout\nc\n")
sees("return from forward", "  out ", "f32[2,2]", "2\n", "return from train", "f32[]", "loss\t0")
run("inside a coroutine", [[
local co = coroutine.wrap(function()
    for i = 1, 2 do
        coroutine.yield(i)
    end
end)
local a = co()
local b = co()
print(a, b)]], "b $SCRIPT:3\nc\nd 1\nn\nn\nn\nc\n")
tap.is(lines(), "3 7 8", "a step out of a coroutine that yields goes on where Lua does")
run("steps across pcall", [[
local function risky()
    local t = nil
    return t.x
end
local ok = pcall(risky)
local after = 1
print(ok, after)]], "b risky\nc\nn\nn\nn\nc\n")
tap.is(lines(), "2 3 6 7", "an error that is caught ends the step behind pcall")

-- by op: into composed ops, over them
local composed = [[
local x = lun.randn(3, 4)
local y = x:logsumexp(1):layer_norm({4})
print("y", #y.shape)]]
run("si and ni", composed, "b op:logsumexp\nc\nni\nc\n")
local over = session.stops()
tap.is(over[2]:match "op:([%w_]+)", "layer_norm", "ni goes to the op beside it")

-- modules: a golden list of places
local function places()
    local list = {}
    for what in session.output:gmatch "■ ([^\n]-) fwd" do list[#list + 1] = what:gsub("#%d+", "#") end
    return table.concat(list, " | ")
end
local stack = [[
local nn = require "lunette.nn"
local block = nn.Sequential({{"a", nn.Sequential({{"l", nn.Linear(4, 4)}, {"r", nn.ReLU()}})}, {"b", nn.Linear(4, 2)}})
block(lun.ones(1, 4))
print "end"]]
run("sm", stack, "b mod:block\nc\nsm\nsm\n\n\nc\n")
tap.is(places(), "bp1 mod:block# enter | mod:block.a# enter | mod:block.a.l# enter | mod:block.a.r# enter | mod:block.b# enter", "sm goes into modules")
run("nm", stack, "b mod:a\nc\nnm\nnm\nc\n")
tap.is(places(), "bp1 mod:block.a# enter | mod:block.b# enter | mod:block# exit", "nm goes past what is inside, then out")
run("finish of modules", stack, "b mod:l\nc\nfinish\nfinish\nfinish\nc\n")
tap.is(places(), "bp1 mod:block.a.l# enter | mod:block.a.l# exit | mod:block.a# exit | mod:block# exit", "finish leaves one module after the other")
sees("mod:block#1 exit", "  out", "f32[1,2]", "end")
run("units", stack, "b mod:block\nc\nset unit op\nn\nset unit line\nn\nset unit nothing\nset unit auto\nc\n")
sees("op:linear", "block.a.l", "4 > print", "set unit op, line, module or auto", "end")
run("c N", [[
for i = 1, 6 do lun.ones(1):relu() end
print "end"]], "b op:relu\nc\nc 3\n=i\nc\nc\nc\n")
sees("4\n", "end")
tap.is(#session.stops(), 4, "c 3 passes two hits")
run("detach", "for i = 1, 4 do lun.ones(1):relu() end print 'end'", "b op:relu\nc\ndetach\n")
sees("all breakpoints are off", "end")
tap.is(#session.stops(), 1, "detach: no more stops")
run("q from a line inside pcall and sort", [[
local function less(a, b)
    return a < b
end
print(pcall(table.sort, {3, 1, 2}, less))]], "b less\nc\nq\n")
tap.is(session.status, 5, "q at a line ends the script, through pcall and sort")
not_seen "false"
run("Q", "lun.ones(1):relu()", "b op:relu\nc\nQ\n")
tap.is(session.status, 5, "Q ends the program")

-- cells of a session
local build, path = os.getenv "LUNETTE_BUILD" or "build", os.tmpname()
session.write(path, [[
function f(x)
  local h = x * 2
  return h:relu()
end
dbg.bp("f");
f(lun.ones(2))
n
n
1 + 41
dbg.off()
dbg.bp("op:relu");
f(lun.ones(2))
h:sum():item()
ni
lun.ones(3):sum():item()
dbg.off()
]])
local pipe = io.popen(("%s/lunette -i < %s 2>&1"):format(build, path))
session.name, session.output = "cells", pipe:read "a"
pipe:close()
os.remove(path)
sees("bp1 f fwd stdin:2", "f fwd stdin:3", "42", "bp2 op:relu", "4.0", "3.0")
tap.is(#session.stops(), 3, "a step ends with its cell")
tap.done()
