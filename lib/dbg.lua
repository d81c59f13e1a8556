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
local breaks = require "lunette.dbg.breaks"
local run = require "lunette.dbg.run"
local inspect = require "lunette.dbg.inspect"
local diff = require "lunette.dbg.diff"
local diagnose = require "lunette.dbg.diagnose"
local why = require "lunette.dbg.why"
run.travel = require "lunette.dbg.travel"
require "lunette.dbg.change"
require "lunette.dbg.update"
require "lunette.dbg.repro"
require "lunette.dbg.cost"
local say = look.say
local dbg = {}

-- ---- stops ----

local nobody_told

--- Asks at the shell's prompt: how that ended (lua_bindings/prompt.h), and the action.
function dbg.prompt(ev)
    local where = ev.op and ("op#%d"):format(ev.sequence) or ev.frame and ("mod:%s"):format(ev.frame.path) or ev.kind == "opt" and "opt" or "stop"
    local function typed(line, from_script) return commands.on_line(ev, line, from_script) end
    local how, action = core.prompt(("(lun %s)> "):format(where), ev.env, typed, commands.words)
    if how == "unwind" then core.unwind() end
    return how, action
end

--- Asks how a stop goes on, and returns when it does; lib/dap.lua puts another function here.
function dbg.ask(ev)
    local how, action = dbg.prompt(ev)
    if how == "nobody" and not nobody_told then
        nobody_told = true
        say("  (nobody is here to ask: the stop is logged and the run goes on; --dbg FILE gives commands)")
    elseif how == "deep" then
        say("  (too many stops inside each other; this one is passed)")
    end
    return action
end

-- The lines of `commands N`; true when one of them goes on. One that fails says why, as if it were typed, and the next one is run.
local function run_lines(ev, lines)
    for _, line in ipairs(lines) do
        if not line:match "^%s*silent%s*$" then
            local ok, result = pcall(commands.run_line, ev, line)
            if not ok then say("%s: %s", line, tostring(result)) elseif result then return true end
        end
    end
    return false
end

local previous_out               -- what `out` means at a stop that has no result of its own
local stop_began
local stop_ends = setmetatable({}, {__close = function()
    run.stopping = false
    run.waited = run.waited + lun.wall_clock() - stop_began
end})

local function stopped(ev, thread)
    local _ <close> = stop_ends
    run.stopping, stop_began = true, lun.wall_clock()
    ev.thread, ev.selected = thread, 1
    ev.frames = ev.frames or frames.of(thread)
    ev.new_inputs, ev.new_outputs = {}, {}
    ev.inputs, ev.outputs = ev.inputs or {n = 0}, ev.outputs or {}
    ev.last_out = previous_out
    ev.env = look.environment(ev)
    local own = ev.breakpoint and breaks.runs_at(ev.breakpoint)
    local lines = type(own) == "table" and own
    local asks = not own or lines or own(ev) == "ask"
    if asks then run.arrived() end
    if asks and not (lines and lines[1]:match "^%s*silent%s*$") then
        look.banner(ev)
        run.travel.arrived(ev)
        inspect.display(ev)
    end
    if asks and not (lines and run_lines(ev, lines)) then dbg.ask(ev) end
    look.write_back(ev)
    previous_out = ev.outputs[1]
    local action = ev.skip and "skip" or ev.retry and "retry" or asks and "go" or "pass"
    return action, ev.new_inputs, ev.new_outputs
end
core.on_stop(stopped)
dbg.stopped = stopped -- who answers stops; lib/train/birth.lua takes its place for a moment

-- ---- the Lua interface ----

local Breakpoint = {}
Breakpoint.__index = Breakpoint
function Breakpoint:on() core.set(self.id, "enabled", true) return self end
function Breakpoint:off() core.set(self.id, "enabled", false) return self end
function Breakpoint:remove() return breaks.remove(self.id) end
function Breakpoint:__tostring() return ("bp%d %s"):format(self.id, self.location) end

local bp_options = {cond = true, once = true, run = true}

local function checked_options(name, options)
    options = options or {}
    for key in pairs(options) do
        if not bp_options[key] then error(("%s: no option '%s'; it takes cond, once, run"):format(name, tostring(key)), 3) end
    end
    return options
end

local function handle(b, matches) return setmetatable({id = b.id, location = b.location, matches = matches}, Breakpoint) end

--- Stops at a location: dbg.bp("op:relu"), dbg.bp("mod:net.fc2", {cond = "absmax(in1) > 5", once = true, run = function(ev) end}).
--- A condition sees in1.., out, the frame's locals, step, hits, and zeros absmax min max mean std norm nan inf nonfinite of a tensor.
function dbg.bp(location, options)
    options = checked_options("dbg.bp", options)
    if type(location) ~= "string" then error("dbg.bp: expected a location such as \"op:relu\", got " .. type(location), 2) end
    local b, matches = breaks.add(location, options, {frames = frames.of(coroutine.running()), thread = coroutine.running(), selected = 1})
    if b.pending then say("bp%d %s is pending: %s", b.id, location, b.pending) end
    return handle(b, matches >= 0 and matches or nil)
end

--- Stops where an event happens: dbg.catch("nonfinite") where the first NaN or infinity is born. `catch` at a stop lists the events.
function dbg.catch(event, options)
    local names = {}
    for _, row in ipairs(core.events()) do
        names[#names + 1] = row[1]
        if row[1] == tostring(event):match "^%a*" then return dbg.bp(event, options) end
    end
    error(("dbg.catch: no event '%s'; there are: %s"):format(tostring(event), table.concat(names, " ")), 2)
end

--- Stops before any write to the memory of a tensor, through any view: dbg.watch(net.fc.weight), dbg.watch("name:fc.weight").
function dbg.watch(what, options)
    if not lun.is_tensor(what) and type(what) ~= "string" then error("dbg.watch: expected a tensor or \"name:GLOB\"", 2) end
    return handle(breaks.watch(what, checked_options("dbg.watch", options), {frames = frames.of(coroutine.running()), thread = coroutine.running()}))
end

dbg.remove = breaks.remove
dbg.condition_text = breaks.condition_text

local last_failure               -- what dbg.pm() looks at

--- Removes all breakpoints and ends all steps, recording and travelling.
function dbg.off()
    if last_failure and last_failure.inside then last_failure = nil end -- one that somebody caught
    diagnose.off()
    diff.record(nil)
    run.travel.off()
    why.forget()
    previous_out = nil
    for _, b in ipairs(core.list()) do breaks.remove(b.id) end
    run.forget()
    run.arrived()
end

--- The breakpoints as data.
dbg.list = breaks.list
--- The debugger's commands in groups: {{title, {{names, help, ...}, ...}}, ...}.
dbg.commands = commands.groups

--- Records what runs from now on under a name, until dbg.record(nil) or another name: dbg.record("A"); net(x); dbg.record(nil).
dbg.record = diff.record
--- Writes a recorded run to a file: dbg.save_run("A", "a.run"); dbg.diff("a.run", "B") reads it.
dbg.save_run = diff.save
--- Says where two recorded runs part, and gives it as a table: dbg.diff("A", "B", {rtol = 1e-5}).
dbg.diff = diff.show

--- Lets one go back from now on, in cells, calls of networks, backward passes and steps of optimisers that begin after this; a number: how
--- many bytes of their results are kept. dbg.travel(false): no more.
function dbg.travel(on)
    if on == false then run.travel.off() else run.travel.on(math.tointeger(on)) end
end

--- Calls f(...) as a call that stops inside can go back in: dbg.replayable(function() ... end). Its results.
function dbg.replayable(f, ...)
    local callable = type(f) == "function" or type(f) == "table" and (getmetatable(f) or {}).__call
    if not callable then error("dbg.replayable: expected a function or a module, got " .. type(f), 2) end
    local function body(...) return f(...) end -- a module is named after the variable of whoever holds it, not after ours
    return run.travel.call({f, ...}, body, ...)
end

--- Looks for the usual faults of training from now on, and says each once; dbg.diagnose(false) ends it. Gives what was found so far.
function dbg.diagnose(on)
    if on == false then diagnose.off() else diagnose.on() end
    return diagnose.findings()
end

--- Takes the debugger's commands from a file: those up to the first c (or si, sm) now, the others at the stops to come. nil: no more. "-": from
--- whoever sits at the terminal, or else from standard input.
function dbg.script(path)
    local typed = path == "-" and require "lunette.shell".interactive
    commands.collect(nil)
    core.script(not typed and (path == "-" and "/dev/stdin" or path) or nil)
    if path then core.stop {kind = "start", phase = "fwd", frames = {}} end
end

--- Stops here, at this line of Lua; with a condition only if it is true.
function dbg.stop(condition)
    if condition == nil or condition then core.stop {kind = "line", phase = "fwd", reason = "breakpoint"} end
end

-- ---- after an error ----

--- Called with a failure while its frames can be read; lib/dap.lua puts another function here.
function dbg.failed() end

-- inside: on its way through a call that can be gone back in, whose frames are gone when the cell fails.
-- A line typed at a stop may fail; what pm looks at is the run.
core.on_failed(function(problem, thread, inside)
    if run.stopping then return end
    local known = not inside and last_failure and last_failure.inside and rawequal(last_failure.problem, problem)
    if known then return dbg.failed(last_failure) end
    local list = frames.of(thread)
    for _, frame in ipairs(list) do frame.kept = frames.locals(thread, frame) end
    local modules = {}
    for depth = 1, Module.stack.depth do
        local frame = Module.frames[depth]
        modules[depth] = {path = frame.path, call = frame.call, module = frame.module}
    end
    last_failure = {problem = problem, frames = list, modules = modules, trail = Module.trail(), inside = inside}
    if not inside then dbg.failed(last_failure) end
end)

--- Looks at the frames of the last error: bt, up, down, i locals, and any Lua with the frame's locals in hand; q leaves.
function dbg.pm()
    local f = last_failure
    if not f then
        say("no error to look at yet")
        return
    end
    say("post-mortem: %s", (tostring(f.problem):match "[^\n]*"))
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
