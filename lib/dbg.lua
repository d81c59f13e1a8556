-- dbg.lua - the debugger: break on ops and modules, look, change, step, give up
--
-- A stop is an event table from lua_bindings/debug.c (an op) or from nn.Module (a module call). It prints a banner of at most five
-- lines and asks at a prompt that is the whole shell, with the event's tensors (in1, in2, out) and the stopped frame's locals in hand.
-- Read next: lib/dbg/commands.lua, lib/dbg/look.lua, debugger/stop.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local commands = require "lunette.dbg.commands"
local say, environment, write_back, banner = look.say, look.environment, look.write_back, look.banner
local steps, words, on_line = commands.steps, commands.words, commands.on_line
local dbg = {}
commands.attach(dbg)

local conditions, runs = {}, {} -- by breakpoint number
--- The text of a breakpoint's condition, or nil.
function dbg.condition_text(id) return conditions[id] and conditions[id].text end

-- ---- stops ----

local nobody_told
local function ask(ev)
    local where = ev.op and ("op#%d"):format(ev.sequence) or ev.frame and ("mod:%s"):format(ev.frame.path) or "stop"
    local function typed(line, from_script) return on_line(ev, line, from_script) end
    local how, action = core.prompt(("(lun %s)> "):format(where), ev.env, typed, words)
    if how == "nobody" and not nobody_told then
        nobody_told = true
        say("  (nobody is here to ask: the stop is logged and the run goes on; --dbg FILE gives commands)")
    elseif how == "deep" then
        say("  (too many stops inside each other; this one is passed)")
    elseif how == "unwind" then
        core.quit()
    end
    return action
end

local previous_out
local stopping = false -- while a stop is open, what is typed there does not stop again
local stop_ends = setmetatable({}, {__close = function() stopping = false end})

local function stopped(ev, thread)
    local _ <close> = stop_ends
    stopping = true
    ev.thread, ev.selected = thread, 1
    ev.frames = ev.frames or frames.of(thread)
    ev.new_inputs, ev.new_outputs = {}, {}
    ev.inputs, ev.outputs = ev.inputs or {n = 0}, ev.outputs or {}
    ev.last_out = previous_out
    ev.env = environment(ev)
    banner(ev)
    local commands_of = ev.breakpoint and runs[ev.breakpoint]
    if commands_of then commands_of(ev) else ask(ev) end
    write_back(ev)
    previous_out = ev.outputs[1]
    local action = ev.skip and "skip" or ev.retry and "retry" or "go"
    return action, ev.new_inputs, ev.new_outputs
end
core.on_stop(stopped)

-- ---- conditions ----

local statistics = {}
function statistics.zeros(x) return x:eq(0):sum():item() / x:numel() end
function statistics.absmax(x) return x:abs():max():item() end
function statistics.min(x) return x:min():item() end
function statistics.max(x) return x:max():item() end
function statistics.mean(x) return x:float():mean():item() end
function statistics.std(x) return x:float():std():item() end
function statistics.norm(x) return x:float():norm():item() end
function statistics.nan(x) return x:isnan():sum():item() / x:numel() end
function statistics.inf(x) return x:isinf():sum():item() / x:numel() end
function statistics.nonfinite(x) return 1 - x:isfinite():sum():item() / x:numel() end

local function holds(ev, thread)
    local condition = conditions[ev.breakpoint]
    ev.thread, ev.selected, ev.frames = thread, 1, frames.of(thread)
    ev.env = environment(ev)
    for name, f in pairs(statistics) do
        if rawget(ev.env, name) == nil then rawset(ev.env, name, f) end
    end
    local ok, value = pcall(condition.test, ev)
    if ok then return value and true or false end
    core.set(ev.breakpoint, "enabled", false)
    say("bp%d is off: its condition failed: %s", ev.breakpoint, tostring(value))
    return true
end
core.on_condition(holds)

local function compile_condition(cond)
    if type(cond) == "function" then return {text = "(a function)", test = cond, after = false} end
    local chunk, why = load("return " .. cond, "=(condition)", "t")
    if not chunk then error(("condition '%s': %s"):format(cond, (why:gsub("^%(condition%):%d+: ", ""))), 3) end
    local function test(ev)
        return load("return " .. cond, "=(condition)", "t", ev.env)()
    end
    return {text = cond, test = test, after = cond:find "%f[%w_]out%d*%f[^%w_]" ~= nil}
end

-- ---- the Lua interface ----

local Breakpoint = {}
Breakpoint.__index = Breakpoint
function Breakpoint:on() core.set(self.id, "enabled", true) return self end
function Breakpoint:off() core.set(self.id, "enabled", false) return self end
function Breakpoint:remove() return dbg.remove(self.id) end
function Breakpoint:__tostring() return ("bp%d %s"):format(self.id, self.location) end

local bp_options = {cond = true, once = true, run = true}

--- Stops at a location: dbg.bp("op:relu"), dbg.bp("mod:net.fc2", {cond = "in1:max():item() > 5", once = true, run = function(ev) end}).
--- A condition sees in1.., out, the frame's locals, and zeros absmax min max mean std norm nan inf nonfinite of a tensor.
function dbg.bp(location, options)
    options = options or {}
    for name in pairs(options) do
        if not bp_options[name] then error(("dbg.bp: no option '%s'; it takes cond, once, run"):format(tostring(name)), 2) end
    end
    if type(location) ~= "string" then error("dbg.bp: expected a location such as \"op:relu\", got " .. type(location), 2) end
    local condition = options.cond and compile_condition(options.cond)
    local id, matches = core.add(location, options.once or false, condition ~= nil, condition and condition.after or false)
    conditions[id], runs[id] = condition, options.run
    if location:find "mod:" then dbg.watch_modules() end
    if location:find "op:" and matches == 0 then say("bp%d: no op is called %s; lun.ops() lists them", id, location) end
    return setmetatable({id = id, location = location, matches = location:find "op:" and matches or nil}, Breakpoint)
end

local events = {nonfinite = true}

--- Stops where an event happens: dbg.catch("nonfinite") where the first NaN or infinity is born.
function dbg.catch(event, options)
    if not events[event] then error(("dbg.catch: no event '%s'; there is: nonfinite"):format(tostring(event)), 2) end
    return dbg.bp(event, options)
end

function dbg.remove(id)
    conditions[id], runs[id] = nil, nil
    return core.remove(id)
end

--- Removes all breakpoints.
function dbg.off()
    for _, b in ipairs(core.list()) do dbg.remove(b.id) end
    steps.enter, steps.exit_depth = 0, nil
    Module.watcher = nil
end

--- The breakpoints as data.
dbg.list = core.list
--- Takes the debugger's commands from a file: those up to the first c (or si, sm) now, the others at the stops to come.
function dbg.script(path)
    core.script(path)
    core.stop {kind = "start", phase = "fwd", frames = {}}
end

--- Stops here, at this line of Lua; with a condition only if it is true.
function dbg.stop(condition)
    if condition == nil or condition then core.stop {kind = "line", phase = "fwd"} end
end

-- ---- module calls ----

local function module_stop(event, frame, breakpoint, values)
    local ev = {kind = event, frame = frame, breakpoint = breakpoint, phase = "fwd"}
    if event == "mod-enter" then ev.inputs = values else ev.inputs, ev.outputs = {n = 0}, values end
    return core.stop(ev)
end

local function stops_at(event, frame)
    local id = core.match_module(frame.path, frame.call, event == "mod-exit")
    if event == "mod-enter" and steps.enter > 0 then
        steps.enter = steps.enter - 1
        if steps.enter == 0 then return true, id end
    elseif event == "mod-exit" and steps.exit_depth == Module.stack.depth then
        steps.exit_depth = nil
        return true, id
    end
    if not id then return false end
    local ev = {breakpoint = id, inputs = {}, outputs = {}, frame = frame}
    if conditions[id] and event == "mod-enter" and not holds(ev, coroutine.running()) then
        return false
    end
    return core.hit(id), id
end

local function watcher(event, frame, ...)
    if stopping then return ... end
    if event == "enter" and Module.stack.depth == 1 then core.new_run() end
    event = "mod-" .. event
    local stop, id = stops_at(event, frame)
    if not stop then return ... end
    local values = table.pack(...)
    local action, inputs, outputs = module_stop(event, frame, id, values)
    for i, x in pairs(inputs) do values[i] = x end
    if action == "skip" then return Module.skip, outputs[1] end
    if event == "mod-exit" then
        for k, x in pairs(outputs) do values[k] = x end
    end
    return table.unpack(values, 1, values.n)
end

--- Lets module calls be seen from now on; called when something asks for it.
function dbg.watch_modules() Module.watcher = watcher end

-- ---- after an error ----

local last_failure

core.on_failed(function(problem, thread)
    local list = frames.of(thread)
    for _, frame in ipairs(list) do frame.kept = frames.locals(thread, frame) end
    local modules = {}
    for depth = 1, Module.stack.depth do
        local frame = Module.frames[depth]
        modules[depth] = {path = frame.path, call = frame.call, module = frame.module}
    end
    last_failure = {problem = problem, frames = list, modules = modules, trail = Module.trail()}
end)

--- Looks at the frames of the last error: bt, up, down, i locals, and any Lua with the frame's locals in hand; q leaves.
function dbg.pm()
    local f = last_failure
    if not f then
        say("no error to look at yet")
        return
    end
    say("post-mortem: %s", tostring(f.problem))
    for _, m in ipairs(f.modules) do
        say("  in mod:%s#%d %s", m.path, m.call, m.module.__name)
        for _, pair in ipairs(m.module:named_parameters()) do
            if #m.module:named_children() == 0 then say("    %s %s[%s]", pair[1], pair[2].dtype, table.concat(pair[2].shape, ",")) end
        end
    end
    if #f.trail > 0 then say("  module calls so far: %s", table.concat(f.trail, " ")) end
    core.stop {kind = "post-mortem", phase = "fwd", frames = f.frames}
end

return dbg
