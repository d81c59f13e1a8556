-- port.lua - lunette --dap=PORT: a client that comes to a waiting program, a large tensor in its locals, a call that is made again
--
-- Read next: t/dap/client.lua, t/dap/protocol.lua, debugger/wire.c. SPDX-License-Identifier: MIT
local root = os.getenv "LUNETTE_TEST_ROOT" or "."
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dap"
local client = dofile(root .. "/t/dap/client.lua")
local lun = require "lunette"

local c, why_not = client.connect [[
local nn = require "lunette.nn"
local net = nn.Sequential({{"fc1", nn.Linear(2, 2)}, {"act", nn.ReLU()}, {"fc2", nn.Linear(2, 1)}})
local calls = 0
function net.act:forward(x)
    calls = calls + 1
    return (x * 2):relu()
end
local function run(big)
    local small = net(lun.ones(1, 2))
    return small
end
print("sum", run(lun.zeros(1 << 28)):sum():numel(), calls)
]]
if not c then
    tap.skip(why_not)
    tap.done()
end
local capabilities = c:request("initialize", {adapterID = "lunette", linesStartAt1 = true, columnsStartAt1 = true, supportsVariablePaging = true})
tap.ok(capabilities.supportsStepBack, "a client at a port is answered")
c:event "initialized"
c:request("attach", {})
c:request("setFunctionBreakpoints", {breakpoints = {{name = "op:relu"}}})
c:request "configurationDone"
local stop, frames = c:stopped()
tap.is(stop and stop.reason, "function breakpoint", "the program waited for it, and stops")

-- a tensor of a gigabyte among the locals
local place
for _, frame in ipairs(frames) do
    if frame.name == "run" then place = frame end
end
local fastest = math.huge
for _ = 1, 5 do
    local from = lun.wall_clock()
    local locals = c:scope(place.id, "Locals")
    fastest = math.min(fastest, lun.wall_clock() - from)
    tap.ok(locals.big.value:find "f32%[268435456%]" or locals.big.value:find "float32%[268435456%]", "it is one line: " .. locals.big.value)
end
if os.getenv "LUNETTE_SANITIZED" then tap.skip "times under a sanitizer" else
    tap.ok(fastest < 0.1, ("scopes and locals take %.1f ms with it, not 100"):format(fastest * 1e3))
end

-- the call of a module again, from its beginning
local module
for _, frame in ipairs(frames) do
    if frame.name:find "^mod:net.act" then module = frame end
end
tap.ok(capabilities.supportsRestartFrame and module.canRestart, "a module's call can be made again")
stop, frames = c:go("restartFrame", {frameId = module.id})
tap.is(stop and stop.reason, "restart", "which stops at its beginning")
tap.ok(frames[1].name:find "^op:mul", "at its first op: " .. frames[1].name)
local _, problem = c:request("restartFrame", {frameId = frames[#frames].id})
tap.ok(tostring(problem):find "module", "a frame that is no module's call cannot: " .. tostring(problem))
c:request("setFunctionBreakpoints", {breakpoints = {}})
c:request("continue", {threadId = 1})
c:event "terminated"
c:request "disconnect"
local said = io.open(c.base .. ".said")
local output = said:read "a"
said:close()
tap.is(c:close(), 0, "the program ends well")
tap.ok(output:find "sum\t1\t1", "with what it prints on its own terminal, and its upvalue as after one call: " .. output)
tap.done()
