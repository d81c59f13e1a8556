-- run.lua - going on: steps by op, line and module; module calls, optimiser steps and mode changes as places to stop
--
-- An op step is the core's (debugger/stop.c), a line step the hook's (lua_bindings/debug_lines.c), a module step is found here, where module
-- calls are seen. Nothing here is called unless something asks for it, but for the optimiser's step, which is counted.
-- Read next: lib/dbg/breaks.lua, lib/nn/module.lua (watcher). SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local Module = require "lunette.nn.module"
local breaks = require "lunette.dbg.breaks"
local commands = require "lunette.dbg.commands"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local say, count_of = look.say, commands.count_of

local matters = {}               -- path of a module -> may a breakpoint stop there?
local waits, steps_wanted        -- a breakpoint waits for a name; one is at steps of an optimiser
-- stopping: a stop is open, and what is typed there does not stop again; waited: seconds spent at stops. backward_listener: what is called
-- for x:backward(), see diagnose.lua
local run = {stopping = false, waited = 0, flips = {}}
local unit                       -- of s and n, when the user chose one
local enter                      -- {left, depth}: stop at the next call of a module, at most so deep
local exit_depth                 -- stop at the end of the module call at this depth

-- ---- detach ----

local methods = core.methods()
local detach = methods.detach

local function detach_seen(x)
    if not run.stopping and x.requires_grad then
        local why = "detach: what is computed from its result does not train what came before"
        local id = breaks.catches("nograd", {kind = "line", phase = "fwd", inputs = {x, n = 1}})
        if id then core.stop {kind = "line", phase = "fwd", reason = "nograd", breakpoint = id, why = why, inputs = {x, n = 1}} end
    end
    return detach(x)
end

-- ---- module calls ----

local function module_event(kind, frame, values)
    local ev = {kind = kind, frame = frame, phase = "fwd", inputs = {n = 0}, outputs = {}, reason = "step"}
    if kind == "mod-enter" then ev.inputs = values else ev.outputs = values end
    return ev
end

local function is_stepped_to(kind)
    if kind == "mod-enter" and enter and Module.stack.depth <= enter.depth then
        enter.left = enter.left - 1
        return enter.left <= 0
    end
    return kind == "mod-exit" and exit_depth ~= nil and exit_depth >= Module.stack.depth
end

local entered = setmetatable({}, {__mode = "k"}) -- module -> when its last call that was seen began

local function note_entry(frame)
    entered[frame.module] = {at = lun.wall_clock(), waited = run.waited, call = frame.call, root = Module.stack.root_call}
end

--- Seconds that the module call of this frame has taken, stops left out; nil when nobody saw it begin.
function run.time_in(frame)
    local e = entered[frame.module]
    if not e or e.call ~= frame.call or e.root ~= Module.stack.root_call then return nil end
    return lun.wall_clock() - e.at - (run.waited - e.waited)
end

-- The event of a stop at this module call, or nil.
local function stop_at(kind, frame, values)
    local id
    repeat
        id = core.match_module(frame.path, frame.call, kind == "mod-exit", id)
        if id and core.here(id, module_event(kind, frame, values)) then
            local ev = module_event(kind, frame, values)
            ev.breakpoint, ev.reason = id, "breakpoint"
            return ev
        end
    until not id
    return is_stepped_to(kind) and module_event(kind, frame, values)
end

-- What an answer at a stop makes of the values that the module was given, or gives.
local function changed(event, values, action, inputs, outputs)
    for i, x in pairs(inputs) do values[i], values.n = x, math.max(values.n, i) end
    if action == "skip" then return Module.skip, outputs[1] end
    if event == "exit" then
        for k, x in pairs(outputs) do values[k], values.n = x, math.max(values.n, k) end
    end
    return table.unpack(values, 1, values.n)
end

local function watcher(event, frame, ...)
    if run.stopping then return ... end
    if core.forwarding() then
        local edit = run.travel.edit_of(event, frame)
        if not edit then return ... end
        return changed(event, table.pack(...), edit.action, edit.inputs, edit.outputs)
    end
    if event == "enter" and Module.stack.depth == 1 then
        core.new_run()
        if waits then
            breaks.bind_pending()
            breaks.seen_changed()
        end
    end
    local path = frame.path
    if matters[path] == nil then matters[path] = core.module_matters(path) end
    if not (matters[path] or enter or exit_depth) then return ... end
    local seconds = event == "exit" and run.time_in(frame)
    local values = table.pack(...)
    local ev = stop_at("mod-" .. event, frame, values)
    if not ev then
        if event == "enter" then note_entry(frame) end
        return ...
    end
    ev.seconds = seconds
    local entering, leaving = enter, exit_depth
    enter, exit_depth = nil, nil
    local action, inputs, outputs = core.stop(ev)
    if action == "pass" then enter, exit_depth = entering, leaving end
    run.travel.note_edit(event, frame, action, inputs, outputs)
    if event == "enter" then note_entry(frame) end
    return changed(event, values, action, inputs, outputs)
end

-- A root call that can be gone back in is made here, in place of the module's own.
local function travelling(event, frame, ...)
    local root = event == "enter" and Module.stack.depth == 1
    if not root or run.stopping or not run.travel.wanted() then return watcher(event, frame, ...) end
    local inputs = table.pack(watcher("enter", frame, ...))
    if inputs[1] == Module.skip then return table.unpack(inputs, 1, inputs.n) end
    local module = frame.module
    return Module.skip, run.travel.call({module, module.forward, ...}, function()
        local outputs = table.pack(module:forward(table.unpack(inputs, 1, inputs.n)))
        for _, hook in ipairs(rawget(module, "_forward_hooks") or {}) do
            local replaced = hook(module, inputs, table.unpack(outputs, 1, outputs.n))
            if replaced ~= nil then outputs = table.pack(replaced) end
        end
        return watcher("exit", frame, table.unpack(outputs, 1, outputs.n))
    end)
end

-- A backward pass is one too.
local backward = methods.backward
function run.backward(x, ...)
    if run.stopping or not run.travel.wanted() then return backward(x, ...) end
    return run.travel.call({}, backward, x, ...)
end

-- While `catch nograd` waits, detach, which is no op, is seen too.
function run.watch_detach()
    local wanted = false
    for _, b in ipairs(core.list()) do wanted = wanted or b.location == "nograd" end
    methods.detach = wanted and detach_seen or detach
end

--- Module calls are seen while a breakpoint or a step needs it.
function breaks.seen_changed()
    local needed = enter ~= nil or exit_depth ~= nil
    matters, waits, steps_wanted = {}, false, false
    for _, b in ipairs(core.list()) do
        waits = waits or b.pending and (b.kind == "name" or b.kind == "watch")
        steps_wanted = steps_wanted or b.kind == "opt"
        needed = needed or waits or b.kind == "mod" or b.location:find "#%d"
    end
    local travels = run.travel and run.travel.wanted()
    needed = needed or travels
    methods.backward = run.backward_listener or travels and run.backward or backward
    Module.watcher = needed and travelling or nil
    run.watch_detach()
end

local function step_modules(depth, count)
    enter = {left = count, depth = depth}
    breaks.seen_changed()
    return "go"
end

local function leave_module(depth)
    exit_depth = depth
    breaks.seen_changed()
    return "go"
end

--- Forgets all steps.
function run.forget()
    enter, exit_depth = nil, nil
    core.step "none"
    core.line_step "none"
end

-- ---- steps of an optimiser ----

local optimizer_phase = lun.optimizer_phase

-- Optimizer:step calls this with self as its first local.
function lun.optimizer_phase(update)
    core.optimizer_step(core.optimizer_step() + 1)
    if not run.stopping and steps_wanted then
        local _, optimizer = debug.getlocal(2, 1)
        for _, b in ipairs(core.list()) do
            local function event() return {kind = "opt", phase = "opt", optimizer = optimizer, reason = "breakpoint", breakpoint = b.id} end
            if b.enabled and b.kind == "opt" and core.here(b.id, event()) then
                core.stop(event())
                break
            end
        end
    end
    if run.stopping or not run.travel.wanted() then return optimizer_phase(update) end
    local _, optimizer = debug.getlocal(2, 1)
    run.travel.note_step(type(optimizer) == "table" and optimizer or nil)
    return run.travel.call({optimizer, update}, optimizer_phase, update)
end

-- ---- train and eval ----

local function note_flip(self, mode)
    local frame = frames.of(coroutine.running())[1]
    local flip = {path = rawget(self, "_path") or rawget(self, "_root_name") or self.__name:lower(), to = mode and "train" or "eval",
                  place = frame and ("%s:%d"):format(frame.source, frame.line) or "?"}
    run.flips[#run.flips + 1] = flip
    if #run.flips > 100 then table.remove(run.flips, 1) end
    local why = ("%s goes to %s"):format(flip.path, flip.to)
    local id = breaks.catches("mode", {kind = "line", phase = "fwd"})
    if id then core.stop {kind = "line", phase = "fwd", reason = "mode", breakpoint = id, why = why} end
end

local train = Module.train
function Module:train(mode)
    local wanted = mode == nil or mode
    if not run.stopping and rawget(self, "training") ~= wanted then note_flip(self, wanted) end
    return train(self, mode)
end

-- ---- commands ----

local units = {op = true, line = true, module = true}

local function unit_of(ev)
    if unit then return unit end
    if ev.op then return "op" end
    return ev.frame and "module" or "line"
end
run.unit_of = unit_of

local function line_step(how)
    return function(ev, rest)
        local done = ev.kind == "return" and how == "out" and ev.selected == 1 -- it is left already: its caller
        local frame = ev.frames[done and 2 or ev.selected]
        if not frame or not frame.level then error("no Lua code is stopped here", 0) end
        core.line_step(how, ev.thread, frame.level, count_of(rest))
        return "go"
    end
end
local into, over, forward, out = line_step "into", line_step "over", line_step "forward", line_step "out"

local function op_step(how)
    return function(ev, rest)
        core.step(how, count_of(rest), ev.kind == "start")
        return "go"
    end
end
local op_into, op_over = op_step "op", op_step "over"

local function module_into(_, rest) return step_modules(math.huge, count_of(rest)) end
-- Behind a call there is no call beside it: its parent's end is the next place.
local function module_over(ev, rest)
    local depth = math.max(Module.stack.depth, 1)
    if not ev.frame then depth = depth + 1 end
    exit_depth = depth - 1 > 0 and depth - 1 or nil
    return step_modules(depth, count_of(rest))
end

local by_unit = {s = {op = op_into, line = into, module = module_into}, n = {op = op_over, line = over, module = module_over}}
local function unit_step(name) return function(ev, rest) return by_unit[name][unit_of(ev)](ev, rest) end end

-- From an op or module call to the end of the module call that it is in.
local function out_of_module(ev)
    local depth = ev.kind == "mod-exit" and Module.stack.depth - 1 or Module.stack.depth
    if depth < 1 then error("no module call is running", 0) end
    return leave_module(depth)
end

local function go(ev, rest)
    local n = count_of(rest)
    if n > 1 and ev.breakpoint then core.set(ev.breakpoint, "ignore", n - 1) end
    return "go"
end

-- The innermost of op, module call and function.
local function finish(ev)
    if ev.op and ev.kind == "before" then return op_step "finish"(ev, "") end
    if ev.kind == "line" or ev.kind == "opt" or ev.kind == "return" or Module.stack.depth == 0 then return out(ev, "") end
    return leave_module(ev.kind == "mod-exit" and Module.stack.depth - 1 or Module.stack.depth)
end

--- Steps by name and unit, for whoever does not type: run.steps.over.line(ev, "").
run.steps = {into = by_unit.s, over = by_unit.n, out = {op = finish, line = out, module = out_of_module}}

local function advance(ev, rest)
    if rest == "" then error("adv LOC: go on to a place", 0) end
    breaks.add(rest, {once = true}, ev)
    return "go"
end

--- Steps end where a stop is.
function run.arrived()
    enter, exit_depth = nil, nil
    breaks.seen_changed()
end

--- `set unit X`.
function run.set_unit(word)
    if word ~= "auto" and not units[word] then error("set unit op, line, module or auto", 0) end
    unit = word ~= "auto" and word or nil
    say("s and n step by %s", unit or "what stopped: op, module call or line")
end

local function detach_all()
    for _, b in ipairs(core.list()) do core.set(b.id, "enabled", false) end
    run.forget()
    say("all breakpoints are off; the run goes on (enable N)")
    return "go"
end

local function attach_all()
    for _, b in ipairs(breaks.list()) do core.set(b.id, "enabled", true) end
    breaks.seen_changed()
    say("%d breakpoints are on", #breaks.list())
end

commands.group("go on", {
    {"c continue", "c [N]: go on; pass N-1 more hits of this breakpoint", go, again = true},
    {"s step", "s [N]: step into: to the next line, op or module call (set unit)", unit_step "s", again = true},
    {"n next", "n [N]: step over", unit_step "n", again = true},
    {"si stepi", "si [N]: run this op, stop before the next, inside composed ops too", op_into, again = true},
    {"ni nexti", "ni [N]: run this op with all inside it, stop before the next", op_over, again = true},
    {"sm", "sm [N]: go on to the next module call", module_into, again = true},
    {"nm", "nm [N]: go on to the next module call that is not inside this one", module_over, again = true},
    {"finish", "finish: run the innermost unit (op, module call, function) to its end and stop there with its result", finish, again = true},
    {"until", "until [LOC]: to a later line of this function, so not back in a loop; or to a place", function(ev, rest)
        return rest == "" and forward(ev, rest) or advance(ev, rest)
    end, again = true},
    {"adv advance", "adv LOC: go on to a place", advance},
    {"detach", "detach: all breakpoints off, go on", detach_all},
    {"attach", "attach: all of them on again", attach_all},
    {"q quit", "q: give this run up and return to the prompt", function() core.quit(false) end},
    {"Q", "Q: leave the program", function() core.quit(true) end},
    {"h help", "help [NAME]: the commands", function(_, rest) commands.help(rest) end},
})

return run
