-- protocol.lua - the Debug Adapter Protocol, driven by a client of our own through pipes; each message against the protocol's schema
--
-- Read next: t/dap/client.lua, t/dap/schema.lua, lib/dap.lua. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dap"
local client = dofile(root .. "/t/dap/client.lua")
local schema = dofile(root .. "/t/dap/schema.lua")
local definitions, why_not = schema.load()
if not definitions then tap.skip(why_not) end

local function fits(c, name)
    local wrong = {}
    if not definitions then return end
    for _, message in ipairs(c.messages) do
        for _, problem in ipairs(schema.problems(definitions, message)) do wrong[#wrong + 1] = problem end
    end
    if #wrong > 0 then tap.fail(name .. ": messages fit the schema", table.unpack(wrong, 1, 10))
    else tap.ok(#c.messages > 10, ("%s: %d messages fit the schema"):format(name, #c.messages)) end
end

local function names_of(frames)
    local list = {}
    for i, frame in ipairs(frames) do list[i] = (frame.name:gsub(" #%d+", "")) end
    return table.concat(list, " < ")
end

local function functions(...)
    local list = {}
    for i, row in ipairs {...} do list[i] = type(row) == "string" and {name = row} or row end
    return function(c) return c:request("setFunctionBreakpoints", {breakpoints = list}) end
end

-- ---- the acceptance scenario: condition, paging, set, step, back, log ----

local network = [[
local nn = require "lunette.nn"
lun.manual_seed(1)
local Block = nn.Module:extend("Block")
function Block:init() self.fc = nn.Linear(4, 4) self.act = nn.ReLU() end
function Block:forward(x)
    local h = self.act(self.fc(x))
    return h + x
end
local net = nn.Sequential(nn.Linear(4, 4), Block(), nn.Linear(4, 2))
local x = lun.randn(3000, 4)
for round = 1, 3 do
    local out = net(x * round)
    print(round, ("%.6f"):format(out:sum():item()))
end
]]

local c = client.start(network)
local capabilities = c:launch(nil, function()
    local told = c:request("setFunctionBreakpoints", {breakpoints = {{name = "op:relu", condition = "absmax(in1) > 0", hitCondition = "2"}, {name = "op:nosuch"}}})
    tap.ok(told.breakpoints[1].verified, "op:relu is bound")
    tap.ok(not told.breakpoints[2].verified and told.breakpoints[2].message:find "no op", "op:nosuch is pending, with the reason")
    told = c:request("setBreakpoints", {source = {path = c.program}, breakpoints = {{line = 13, logMessage = "round {round}"}}})
    tap.is(told.breakpoints[1].line, 13, "the line of a log point")
    local _, problem = c:request("stackTrace", {threadId = 1})
    tap.is(problem, "the program runs; pause it first", "what needs a stop says so")
end)
for _, name in ipairs {"supportsFunctionBreakpoints", "supportsDataBreakpoints", "supportsStepBack", "supportsSteppingGranularity", "supportsLogPoints",
                       "supportsSetVariable", "supportsCompletionsRequest"} do
    tap.ok(capabilities[name], name)
end
local stop, frames = c:stopped()
tap.is(stop.reason, "function breakpoint", "a function breakpoint stops")
tap.is(names_of(frames), "op:relu < mod:net.2.act#1  ReLU < forward < mod:net.2#1  Block < mod:net#2  Sequential < main chunk", "mixed frames, and the second hit")
tap.is(frames[3].line, 6, "the line of forward")
local inputs = c:scope(frames[1].id, "Inputs")
tap.is(inputs.in1.indexedVariables, 3000, "a tensor is one line with its rows counted")
local rows, list = c:children(inputs.in1.variablesReference, {filter = "indexed", start = 1000, count = 3})
tap.is(#list, 3, "a page of rows")
tap.is(list[1].name, "[1001]", "which begins where it was asked to")
tap.is(rows["[1001]"].indexedVariables, 4, "a row can be opened")
local named = c:children(inputs.in1.variablesReference, {filter = "named"})
tap.is(named.shape.value, "[3000,4]", "the shape")
tap.ok(named.statistics.presentationHint.lazy, "statistics wait to be asked for")
tap.ok(c:children(named.statistics.variablesReference).statistics.value:find "min", "and come")
local set = c:request("setVariable", {variablesReference = inputs[0], name = "in1", value = "in1 * 0 + 1"})
tap.ok(set and set.value:find "min 1  max 1", "in1 is replaced")
tap.ok(c:event "invalidated", "the client is told that what it shows is old")
local _, problem = c:request("setVariable", {variablesReference = inputs[0], name = "in1", value = "nothing.at.all"})
tap.ok(problem:find "nil value", "a wrong value is an error: " .. tostring(problem))
stop, frames = c:go("stepOut", {granularity = "instruction"})
tap.ok(c:scope(frames[1].id, "Result").out.value:find "min 1  max 1", "the op saw it")
stop, frames = c:go("next", {granularity = "instruction"})
tap.is(names_of(frames):match "^[^<]*", "op:add ", "the next op")
stop, frames = c:go("stepBack", {granularity = "instruction"})
tap.is(stop.reason, "step", "a step back")
tap.is(names_of(frames):match "^[^<]*", "op:relu ", "is back at the op")
local locals = c:scope(frames[3].id, "Locals")
local element = c:children(locals.x.variablesReference, {filter = "indexed", start = 0, count = 1})["[1]"]
local values = c:children(element.variablesReference, {filter = "indexed"})
c:request("setVariable", {variablesReference = values[0], name = "[2]", value = "1e6"})
tap.is(c:request("evaluate", {expression = "x[1][2]:item()", context = "watch", frameId = frames[3].id}).result, "1000000.0", "an element is set in memory")
stop, frames = c:go("next", {granularity = "statement"})
tap.is(names_of(frames):match "^[^<]*", "mod:net.2.act#1  ReLU ", "a step by module ends at the end of the call")
stop, frames = c:go("stepOut", {granularity = "statement"})
tap.is(names_of(frames):match "^[^<]*", "mod:net.2#1  Block ", "and then of the call around it")
functions()(c)
stop, frames = c:go("next", {granularity = "line"})
tap.ok(stop and names_of(frames) == "main chunk", "out to the line of the caller: " .. names_of(frames))
c:request("continue", {threadId = 1})
tap.is(c:finish(), 0, "the program ends")
tap.ok(c:output("console"):find "round 1\n.*round 2\n.*round 3\n", "log points print")
tap.ok(c:output("stdout"):find "1\t[%-%d.]+\n2\t[%-%d.]+\n3\t", "what the program prints comes as output")
fits(c, "scenario")

-- ---- evaluate and complete ----

c = client.start "local t = {alpha = 1, alert = {2}}\nlocal x = lun.arange(6):view(2, 3)\nprint(t.alpha, x:sum():item())\nerror 'deliberate'\n"
c:launch({stopOnEntry = true}, function() c:request("setExceptionBreakpoints", {filters = {"uncaught"}}) end)
stop, frames = c:stopped()
tap.is(stop.reason, "entry", "stopOnEntry")
c:go("next", {granularity = "line"})
stop, frames = c:go("next", {granularity = "line"})
local function evaluate(expression, context) return c:request("evaluate", {expression = expression, context = context, frameId = frames[1].id}) end
tap.is(evaluate("x:sum():item() * 2", "watch").result, "30", "watch")
tap.is(evaluate("t.alert", "hover").variablesReference > 0, true, "hover gives what can be opened")
tap.ok(evaluate("i locals", "repl").result:find "x = i64%[2,3%]", "commands of the debugger in the console")
tap.is(evaluate("t.alpha = 7", "repl").result, "", "statements of Lua in the console")
_, problem = evaluate("x +", "watch")
tap.ok(problem:find "unexpected symbol", "a wrong expression is an error answer: " .. problem)
_, problem = evaluate("x:reshape(5)", "repl")
tap.ok(problem:find "error%[E", "and so is an error of an op: " .. problem)
local number = c:ask("evaluate", {expression = "while true do end", context = "repl", frameId = frames[1].id})
c:ask("threads")
local pausing = c:ask("pause", {threadId = 1})
tap.ok(c:answer(pausing), "pause is answered while an expression runs for ever")
tap.is(c:answer(number).message, "interrupted", "which it ends")
local function labels(text)
    local found = {}
    for _, target in ipairs(c:request("completions", {text = text, column = #text + 1, frameId = frames[1].id}).targets) do found[target.label] = target end
    return found
end
tap.ok(labels("t.al").alpha and labels("t.al").alert, "fields are completed")
tap.is(labels("x:soft").softmax.start, 2, "methods of tensors are, with their place")
tap.ok(labels("fini").finish and labels("print(ma").math, "commands and globals are")
tap.is(c:request("setExpression", {expression = "x[2,3]", value = "-1", frameId = frames[1].id}).value:match "%-1", "-1", "setExpression of an element")
c:request("setVariable", {variablesReference = c:scope(frames[1].id, "Locals")[0], name = "t", value = "{alpha = 'new'}"})
c:request("continue", {threadId = 1})
stop, frames = c:stopped()
tap.is(stop.reason, "exception", "an error that nobody catches stops")
tap.ok(c:request("exceptionInfo", {threadId = 1}).description:find "deliberate", "with its text")
tap.is(frames[1].line, 4, "at its line")
tap.is(evaluate("t.alpha", "watch").result, '"new"', "its locals are there")
c:request("continue", {threadId = 1})
tap.is(c:finish(), 1, "the exit code is told")
tap.ok(c:output("stdout"):find "new\t9\n", "what was set counts: " .. c:output "stdout")
tap.ok(c:output("stderr"):find "deliberate", "the error comes as output")
fits(c, "evaluate")

-- ---- events, data, threads, backward, pause ----

c = client.start [[
local nn = require "lunette.nn"
local net = nn.Linear(2, 2)
local x = lun.zeros(3):requires_grad_()
local w = coroutine.wrap(function() local inner = 5; coroutine.yield(1); return x:log() end)
w()
local y = w()
;(x * x):sum():sqrt():backward()
lun.no_grad(function() net.weight:mul_(2) end)
local n = print "looping" or 0
while n >= 0 do n = n + 1 end
print("ended", n)
for i = 1, 1e9 do lun.no_grad(function() x:add_(1) end) end
]]
c:launch(nil, function()
    c:request("setExceptionBreakpoints", {filters = {}, filterOptions = {{filterId = "nonfinite"}, {filterId = "alias", condition = "numel(in1) > 99"}}})
    local told = c:request("setDataBreakpoints", {breakpoints = {{dataId = "name:net.weight", accessType = "write"}, {dataId = "tensor:99"}}})
    tap.ok(not told.breakpoints[1].verified, "the name of a parameter that is not made yet is pending")
    tap.ok(told.breakpoints[2].message:find "not known", "a tensor of another time is not known")
    c:request("setBreakpoints", {source = {path = c.program}, breakpoints = {{line = 5}}})
end)
stop, frames = c:stopped()
local info = c:request("dataBreakpointInfo", {name = "net.weight", frameId = frames[1].id})
tap.is(info.dataId, "name:net.weight", "a parameter is watched by its name")
tap.is(c:request("dataBreakpointInfo", {name = "print", frameId = frames[1].id}).dataId, nil, "what is no tensor is not")
tap.ok(c:request("setDataBreakpoints", {breakpoints = {{dataId = info.dataId}}}).breakpoints[1].verified, "bound now")
c:request("setBreakpoints", {source = {path = c.program}, breakpoints = {}})
stop, frames = c:go "continue"
tap.is(stop.reason, "exception", "an infinity is born")
tap.ok(stop.text:find "born here" and names_of(frames):find "^op:log", "by op:log")
tap.is(#c:request("threads").threads, 2, "a coroutine is a thread")
tap.ok(stop.threadId ~= 1, "the one that stopped")
tap.is(c:request("stackTrace", {threadId = 1}).stackFrames[1].line, 6, "the main one waits in its line")
stop, frames = c:go "continue"
tap.ok(names_of(frames):find "bwd:of sqrt" and frames[2].line == 7, "in the backward pass, with the forward op's line")
tap.ok(c:scope(frames[2].id, "Saved for backward"), "and what it saved")
repeat stop, frames = c:go "continue" until not stop or stop.reason ~= "exception"
tap.is(stop.reason, "data breakpoint", "a write to the parameter")
tap.ok(names_of(frames):find "^op:mul_", "before it")
c:request("setExceptionBreakpoints", {filters = {}})
c:request("continue", {threadId = 1})
repeat local printed = c:event "output" until not printed or printed.output:find "looping"
c:request("pause", {threadId = 1})
stop, frames = c:stopped()
tap.is(stop.reason, "pause", "pause stops a loop of Lua")
tap.is(frames[1].line, 10, "in its line")
c:request("evaluate", {expression = "n = -10", context = "repl", frameId = frames[1].id})
c:request("continue", {threadId = 1})
repeat local printed = c:event "output" until not printed or printed.output:find "ended"
c:request("pause", {threadId = 1})
stop, frames = c:stopped()
tap.is(stop.reason, "pause", "and one of ops")
c:request("terminate")
tap.is(c:event("exited").exitCode, 5, "terminate ends it")
c:request "disconnect"
c:close()
tap.ok(c:output("stdout"):find "ended\t%-?%d+\n", "the local that was set ended the loop, and what was printed came while it ran")
fits(c, "events")

-- ---- never hanging ----

c = client.start "print 'ran'\n"
c:launch({noDebug = true}, functions("op:relu"))
tap.is(c:finish(), 0, "noDebug runs through")
c = client.start "while true do end\n"
c:launch()
c.to:close()
c.to = io.open "/dev/null"
tap.is(c:close(), 5, "a client that leaves without a word ends what it launched")
c = client.start "print(#arg, arg[1])\n"
c:request("initialize", {adapterID = "lunette"})
_, problem = c:request("launch", {program = "/nowhere/at/all.lua"})
tap.ok(problem:find "cannot be read", "a program that is not there is an error answer")
_, problem = c:request("attach", {})
tap.ok(problem:find "nothing runs here", "nothing to attach to")
_, problem = c:request("nonsense", {})
tap.ok(problem:find "no request 'nonsense'", "an unknown request is")
c:send "this is no JSON"
c:request("launch", {program = c.program, args = {"one", "two"}})
c:request "configurationDone"
tap.is(c:finish(), 0, "and the program can still be launched")
tap.ok(c:output("stdout"):find "2\tone", "with its arguments")
tap.ok(c:output("stderr"):find "this is no request", "what is no request is told")
tap.done()
