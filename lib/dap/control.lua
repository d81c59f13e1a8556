-- control.lua - going on: continue, steps by op, line and module, back, pause, and why a stop happened
--
-- Granularity: instruction is an op, line a line of Lua, statement a module call; without one, a step goes by what stopped.
-- Read next: lib/dbg/run.lua, lib/dbg/travel.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local run = require "lunette.dbg.run"
local channel = require "lunette.dap.channel"
local requests = require "lunette.dap.requests"
local stops = require "lunette.dap.stops"

-- pausing: a stop by steps that comes now is the pause that was asked for; restarting: one by going back is a call's beginning
local control = {pausing = false, restarting = false}
local units = {instruction = "op", line = "line", statement = "module"}
local back_commands = {op = "rsi", line = "rsi", module = "rsm"}

local function command(line)
    return function() return commands.run_line(stops.now.ev, line) end
end

local function unit_of(arguments)
    local ev = stops.now.ev
    return units[arguments.granularity] or run.unit_of(ev)
end

-- What cannot be done is said before the answer, the rest is done behind it.
local function step(name)
    return function(arguments)
        local ev, unit = stops.now.ev, unit_of(arguments)
        local action = run.steps[name][unit](ev, "")
        return nil, function() return action end
    end
end

local function back(arguments)
    local unit = unit_of(arguments)
    run.travel.check()
    return nil, command(back_commands[unit])
end

local function reverse()
    run.travel.check()
    return nil, command "rc"
end

local function restart(arguments)
    local frame = stops.frame(arguments.frameId)
    if not frame.module then error("only the call of a module can be made again", 0) end
    local k = run.travel.beginning_of(frame.module.path)
    return nil, function()
        control.restarting = true
        core.rewind(k)
    end
end

requests.add({
    restartFrame = restart, ["continue"] = function() return {allThreadsContinued = true}, function() return "go" end end,
    next = step "over", stepIn = step "into", stepOut = step "out", stepBack = back, reverseContinue = reverse,
}, true)
requests.add {pause = function()
    if not stops.now then control.pausing = true end
end}

-- ---- why ----

local reasons = {step = "step", finish = "step", back = "step", pause = "pause", entry = "entry"}
local places = {line = "breakpoint", event = "exception", watch = "data breakpoint"}

local function reason_of(ev, b)
    if control.pausing and ev.reason == "step" then return "pause" end
    if b and b.id < 0 then return "entry" end
    if b then return places[b.kind] or "function breakpoint" end
    if control.restarting and ev.reason == "back" then return "restart" end
    return reasons[ev.reason] or "exception"
end

--- The body of the event "stopped".
function control.stopped()
    local ev = stops.now.ev
    local b = ev.breakpoint and breaks.find(ev.breakpoint)
    local reason = reason_of(ev, b)
    control.pausing, control.restarting = false, false
    local body = {reason = reason, threadId = stops.thread(), allThreadsStopped = true}
    if ev.kind == "post-mortem" then body.description = "an error" end
    if b and b.id > 0 then body.hitBreakpointIds = {b.id} end
    if reason == "exception" then body.text = ev.problem or ev.why or ev.reason end
    return body
end

requests.add({exceptionInfo = function()
    local ev = stops.now.ev
    local name = ev.kind == "post-mortem" and "error" or ev.reason
    local text = ev.problem or ev.why or name
    return {exceptionId = name, description = text, breakMode = ev.kind == "post-mortem" and "unhandled" or "always",
            details = {message = text, typeName = name}}
end}, true)

--- After a command typed in the console let the run go on.
function control.tell_continued(action)
    channel.event("continued", {threadId = 1, allThreadsContinued = true})
    return action
end

return control
